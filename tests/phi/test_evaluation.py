"""The judge of the evaluation judges as it says."""

from random import Random

import pytest

from bench.phi import SHARES, cases_of, damage, development, main
from bench.phi.cases import CLEAN, ORDINARY, Case
from bench.phi.engine import LeafOutcome, Outcome, Removed, removed
from bench.phi.formats import day_words, digit_words, npi, ordinal_words, vin
from bench.phi.intervals import clustered, wilson
from bench.phi.marked import NEUTRAL, Label, Marked, joined, mark
from bench.phi.people import LATEST
from bench.phi.scene import Scene
from bench.phi.scoring import score

NAME = Label("name", "patient", of_record=True)


def _judged(text: Marked, *stretches: tuple[int, int]) -> list[bool]:
    leaf = LeafOutcome(text, tuple(Removed(start, end, "NAME") for start, end in stretches))
    case = Case("me", "note", ORDINARY, text)
    return [span.is_leaked for span in score(case, Outcome((leaf,))).spans]


def test_one_surviving_word_of_a_name_is_a_leak() -> None:
    text = mark("Ann Lee", NAME) + " is well"
    assert _judged(text, (0, 7)) == [False]
    assert _judged(text, (0, 3)) == [True]
    assert _judged(text, (0, 6)) == [True]
    assert _judged(text) == [True]


@pytest.mark.parametrize(
    ("value", "category", "kept", "is_leaked"),
    [
        ("March 4, 1980", "date", "1980", False),
        ("the 4th of March", "date", "the ", False),
        ("March 4, 1980", "date", "March", True),
        ("https://a.example/x", "url", "https", False),
        ("Ann B. Lee", "name", "B", False),
        ("A.B.", "name", "A", True),
        ("12 Oak St", "address", "St", True),
    ],
)
def test_what_may_stay_of_an_identifier(
    value: str, category: str, kept: str, is_leaked: bool
) -> None:
    at = value.index(kept)
    text = mark(value, Label(category))
    assert _judged(text, (0, at), (at + len(kept), len(value))) == [is_leaked]


def test_what_tokens_stand_for_is_found_in_the_original() -> None:
    values = {"PHI_NAME_7KQ2M": "Ann", "PHI_NAME_7KQ2M_AB": "Ann Lee"}
    written = "PHI_NAME_7KQ2M_AB met PHI_NAME_7KQ2M"
    assert removed("Ann Lee met Ann", written, values) == (
        Removed(0, 7, "NAME"),
        Removed(12, 15, "NAME"),
    )
    assert removed("somebody else", "PHI_NAME_7KQ2M", values) == ()


@pytest.mark.parametrize(
    "change",
    [
        damage.upper,
        damage.lower,
        lambda text: damage.scanned(text, Random(1), 0.2),
        lambda text: damage.typed_hastily(text, Random(1), 0.3),
        lambda text: damage.wrapped(text, 12, "> "),
        lambda text: damage.look_alike(text, Random(1)),
        lambda text: damage.full_width(text, Random(1)),
        lambda text: damage.zero_width(text, Random(1)),
        lambda text: damage.escaped(text, Random(3)),
    ],
)
def test_labels_stay_on_their_words_under_damage(change) -> None:
    text = joined(
        ["Seen: ", mark("Robert Garcia", NAME), ", tel ", mark("555-0101", Label("phone"))]
    )
    damaged = change(text)
    assert [span.label for span in damaged.spans] == [NAME, Label("phone")]
    assert damaged != text
    for span, piece in zip(damaged.spans, (1, 3), strict=True):
        assert damaged.text[span.start : span.end] == damaged.pieces[piece].text


_WRITING_CODE = {
    *("fhir", "interface team", "trading partners", "help desk", "workbench"),
    "terminals",
}


@pytest.mark.parametrize("share", SHARES)
def test_a_corpus_is_the_same_for_the_same_seed_and_full_of_labels(share: str) -> None:
    first = cases_of(SHARES[share], 4, 3)
    assert first == cases_of(SHARES[share], 4, 3)
    assert first != cases_of(SHARES[share], 4, 4)
    assert {case.difficulty for case in first} == {"ordinary", "hard", "clean"}
    for case in first:
        assert "{" not in case.text or case.author in _WRITING_CODE
        if case.difficulty == CLEAN and isinstance(case.content, Marked):
            assert not case.content.spans


@pytest.mark.parametrize("share", ["both", *(one for one in SHARES if one != "development")])
def test_examples_of_other_shares_than_development_are_not_shown(share: str) -> None:
    with pytest.raises(SystemExit):
        main(["--misses", "3", "--texts", "1", "--share", share])


def test_an_identifier_written_out_in_a_frame_is_labeled_without_its_title() -> None:
    scene = Scene(Random(1), development.fhir.HABITS)
    text = scene.fill("Sat with {=name.relative Aunt Bo Lind}, {=date.patient 14FEB1970}.")
    assert text.text == "Sat with Aunt Bo Lind, 14FEB1970."
    found = [(text.text[one.start : one.end], one.label.category) for one in text.spans]
    assert found == [("Aunt ", NEUTRAL), ("Bo Lind", "name"), ("14FEB1970", "date")]


def test_patients_of_a_child_s_texts_are_children() -> None:
    ages = {
        Scene(Random(seed), development.fhir.HABITS, youngest=4, oldest=17).patient.age
        for seed in range(40)
    }
    assert min(ages) >= 3
    assert max(ages) <= 17


def test_intervals_hold_the_share_and_widen_when_texts_fail_whole() -> None:
    low, high = wilson(0, 100)
    assert low == 0
    assert 0.03 < high < 0.04
    spread = [(1, 10)] * 10
    together = [(10, 10)] + [(0, 10)] * 9
    assert clustered(together)[1] > clustered(spread)[1]


def test_figures_have_their_check_characters() -> None:
    rng = Random(5)
    assert len(vin(rng)) == 17
    digits = "80840" + npi(rng)
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    assert sum(value - 9 * (value > 9) for value in doubled) % 10 == 0


def test_dictated_figures_and_days() -> None:
    assert digit_words("A-05") == "A zero five"
    assert day_words(LATEST.replace(day=12)) == "june twelfth twenty twenty six"
    assert [ordinal_words(number) for number in (1, 4, 9, 20, 31)] == [
        *("first", "fourth", "ninth", "twentieth", "thirty first")
    ]
