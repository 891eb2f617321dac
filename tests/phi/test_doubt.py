"""What may identify somebody becomes a token too; what a clinic's texts hold raises no doubt."""

from dataclasses import replace
from typing import Any

import pytest

from phi.doubt.look import doubts
from phi.doubt.reading import PERSON, masked
from phi.policies import configuration_of
from phi.rehydrate import rehydrate
from phi.sanitize import Sanitized, sanitize
from phi.types import KnownIdentifier, PhiConfiguration, PhiPolicy
from tests.phi.cast import KEY, POLICY, message

NAMES = frozenset({"rose", "bell", "heart"})
DOUBTFUL = [
    # text, what is doubted, why
    ("She came with Quillfeather.", "Quillfeather", "doubt:word"),
    ("Tell Xanthrovik to rest", "Xanthrovik", "doubt:word"),
    ("his daughter Sung-Min called", "Sung-Min", "doubt:word"),
    ("i am ok, his mother grace is not", "grace", "doubt:word"),
    ("Emergency contact Habiba Okonkwoson.", "Okonkwoson", "doubt:word"),
    ("in december bell may return", "bell", "doubt:word"),
    ("rose hopes to travel", "rose", "doubt:word"),
    ("Now living in Providence with a friend", "Providence", "doubt:place"),
    ("We leave for Truth or Consequences soon", "Truth or Consequences", "doubt:place"),
    ("Mail to 247 Kings Higwhay North, please", "", ""),
    ("old one was on 113 via plaza, he says", "113 via plaza", "doubt:place"),
    (
        "Patient drives for Harbor\n  Freight Terminal",
        "Harbor\n  Freight Terminal",
        "doubt:employer",
    ),
    ("His employer (metro-north) asks", "metro-north", "doubt:employer"),
    ("she works at blue heron bakery and has pain", "blue heron bakery", "doubt:employer"),
    ("he is laid off from the dutch valley mill.", "dutch valley mill", "doubt:employer"),
    ("dtr nkechikwu brought him to clinic", "nkechikwu", "doubt:word"),
    ("seen 14 0ctober 2021 in clinic", "14 0ctober 2021", "doubt:date"),
    ("from June to July  16tb 2021.", "July  16tb 2021", "doubt:date"),
    ("taken 2025/05/2l at home", "2025/05/2l", "doubt:date"),
    ("He turned 98 on 8/23.", "8/23", "doubt:date"),
    ("Sat 22 she fell at home.", "Sat 22", "doubt:date"),
    ("his hearing moved to Fri the 3rd, call", "Fri the 3rd", "doubt:date"),
    ("She is better since Mar of 24, sleeping.", "Mar of 24", "doubt:date"),
    ("seen by her dentist the twenty-second, ok", "twenty-second", "doubt:date"),
    ("he rtc ~11/22 for labs", "11/22", "doubt:date"),
    ("Her biopsy 11 22 25, margins clear", "11 22 25", "doubt:date"),
    ("he was booked 11.22, intake done", "11.22", "doubt:date"),
    (f"With {PERSON * 5} Nettles at bedside.", "Nettles", "doubt:word"),
    ("the frozen section, job number 084612", "084612", "doubt:number"),
    ("plate noted: badge 48213", "48213", "doubt:number"),
    ("he keeps 720 046 70 5888 at home", "720 046 70 5888", "doubt:number"),
]


@pytest.mark.parametrize(("text", "value", "reason"), DOUBTFUL)
def test_what_may_identify_somebody_is_doubted(text: str, value: str, reason: str) -> None:
    found = [(text[one.start : one.end], one.reason) for one in doubts(text, names=NAMES)]
    assert ((value, reason) in found) if value else not found


@pytest.mark.parametrize(
    "text",
    [
        # medicines, tests, scores, signs, devices, eponyms, studies
        "He takes Levophed 8 mcg/min and continues Zaltrovimab; Velmorixib 20 mg daily.",
        "She has Prealbumin 18, an Anticoagulation clinic visit, Anti-Xa 0.6 and CA-125 120.",
        "His Kaplan-Meier estimates, Kruskal-Wallis and Mann-Whitney tests; Mosteller formula.",
        "Her Hoehn and Yahr stage 3, Wagner grade 2, Foley catheter, bell's palsy.",
        "We compared Rotterdam, Whitehall and Tromso cohorts of participants.",
        f"Dr. {PERSON * 5} Monday, {PERSON * 4} Please call. {PERSON * 4} Nurse of the day.",
        # days that are none
        "She has O2 Sat 94, Sun 8-5, Fri 9 to noon, the 4th rib, the 25th percentile, INR 2.15.",
        "He had the third dose on 2.5 mg, recheck 1.25 mg, seen 10-12 units, 5 10 15 exercises.",
        # measures, fractions, scales, doses, codes
        "He has strength 5/5, pain 3/10 today, BP 120/80, 1/2 tab, 20/20, MMSE 12/30, GCS 3/15.",
        "Her prednisone taper 40-30-20-10, Na 136-145, platelets 250000, WBC 12500, BNP 104567.",
        "His ICD-10 L40.50, CPT 99213, LOINC 8867-4 and 59408-5, SNOMED 195967001, RxNorm 314076.",
        '{"system": "http://loinc.org", "code": "11506-3", "his": 1}',
        "I/O 0800 I 240 O 300, she may take 2 tabs; temperature of 101 in the year 2024.",
        "she works at home, works for a bank, his mother has diabetes and sister had a stroke.",
        "She went home, walks to work, works at night, was seen in clinic and moved to ICU.",
        # code
        "He wrote class Zephyrine(Base): return Quillfeather.objects.get(id=1)",
        "Medecine was prescirbed for her Hypertenshion.",
    ],
)
def test_what_a_clinic_writes_raises_no_doubt(text: str) -> None:
    assert [text[one.start : one.end] for one in doubts(text, names=NAMES)] == []


def test_what_was_found_already_is_not_doubted() -> None:
    text = "She is Quillfeather, PHI_NAME_7KQ2M and PHI_DATE_P4632_WDPGX_4T."
    assert doubts(masked(text, [(7, 19, "NAME")])) == []


def test_marks_in_a_text_hide_nothing() -> None:
    text = masked(f"She is {PERSON}Quillfeather{PERSON}", ())
    assert [one.reason for one in doubts(text)] == ["doubt:word"]


@pytest.mark.parametrize("text", ["Aa" * 50_000, "A'" * 50_000, "1 " * 50_000, "mother " * 20_000])
def test_hostile_texts_are_read_in_time(text: str) -> None:
    """Time grows in step with the text; a square of it would take hours."""
    doubts(text, names=NAMES)


def _sanitized(text: str, known: tuple[KnownIdentifier, ...] = (), **policy: Any) -> Sanitized:
    return sanitize(message(text), known=known, policy=replace(POLICY, **policy), key=KEY)


def _said(safe: Sanitized) -> str:
    return str(safe.document["messages"][0]["content"])


def test_doubt_becomes_a_token_and_comes_back() -> None:
    text = "i am ok, his mother grace is not"
    safe = _sanitized(text)
    assert "grace" not in _said(safe)
    assert sum(safe.counts.values()) == 1
    assert rehydrate(safe.document, safe.vault)[0] == message(text)


def test_a_doubted_word_is_replaced_wherever_it_stands() -> None:
    document = {"messages": [{"role": "user", "content": "Tell Xanthrovik to rest"}], "system": "X"}
    document["system"] = "the xanthrovik file"
    safe = sanitize(document, known=(), policy=POLICY, key=KEY)
    assert "xanthrovik" not in str(safe.document).lower()


@pytest.mark.parametrize("on_doubt", ["off", "deny", "on_premise"])
def test_other_choices_tokenize_no_doubt(on_doubt: str) -> None:
    text = "i am ok, his mother grace is not; he turned 98 on 8/23; Tell Xanthrovik to rest"
    assert _sanitized(text, on_doubt=on_doubt).doubts == {}


def test_allowed_words_and_categories_raise_no_doubt() -> None:
    text = "Tell Xanthrovik to rest"
    assert _said(_sanitized(text, allow_list=frozenset({"xanthrovik"}))) == text
    assert _said(_sanitized(text, allowed_categories=frozenset({"name"}))) == text


def test_work_on_code_raises_no_doubt_unless_a_policy_says_so() -> None:
    own = replace(POLICY, slug="own", on_doubt="tokenize")
    config = PhiConfiguration(default=POLICY, by_task_type={("north", "review"): own})
    assert config.policy_for("north", "write_code", is_code=True).on_doubt == "off"
    assert config.policy_for("north", "review", is_code=True).on_doubt == "tokenize"
    assert config.policy_for("north", "summary").on_doubt == "tokenize"
    strict = PhiConfiguration(default=replace(POLICY, on_doubt="deny"))
    assert strict.policy_for("north", "write_code", is_code=True).on_doubt == "deny"


@pytest.mark.parametrize(("denies", "means"), [(True, "deny"), (False, "tokenize")])
def test_older_publications_keep_their_meaning(denies: bool, means: str) -> None:
    row = {
        **{"slug": "old", "version": 3, "tenant": "", "task_type": "", "mode": "tokenize"},
        **{"allowed_categories": [], "allows_images": False, "allows_documents": False},
        **{"denies_on_doubt": denies, "on_finding": "deny", "pms_failure": "refuse"},
        "allow_list": [],
    }
    content = {"policies": [row], "recognizers": [], "allowed_phrases": []}
    assert configuration_of(content).default.on_doubt == means


def test_nothing_doubted_shows_in_a_repr() -> None:
    assert "Xanthrovik" not in repr(doubts("Tell Xanthrovik to rest"))
    assert PhiPolicy("x", 1).on_doubt == "tokenize"
