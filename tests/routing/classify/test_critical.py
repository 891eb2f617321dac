"""Work in which a lower tier may harm: told from what only sounds grave, and never sent lower."""

import pytest

from routing.classify import critical, kinds
from routing.classify.focus import read
from routing.classify.heuristics import ALARMED, judge
from routing.classify.learned import MalformedModel, load
from routing.classify.shipped import FILE, SHIPPED
from routing.classify.training.fit import data_hash
from routing.classify.training.heads import train_critical, train_kinds
from routing.classify.training.labelled import share
from routing.kinds_of_work import CRITICAL_FROM, KINDS, LOOKS_CRITICAL, PREFIX, kind_of

GRAVE = [
    "He drank from the antifreeze jug and now talks gibberish",
    "preemie 1100 g, gentamicin written as 50 mg, give it?",
    "febrile at 39.2, ANC 0.2, hypotensive since an hour, next step",
    "le dieron diez veces la dosis de morfina al lactante",
    '{"vitals": {"hr": 141, "bp": "71/40"}, "note": "mottled, drowsy", "return": "action"}',
]
CALM = [
    "ICD-10 for septic shock, only the code",
    "Move my appointment to Tuesday please",
    "rename strokeTimer to stroke_timer",
    "Summarize the minutes of the sepsis committee",
    "¿a qué hora abren?",
]


def verdict(text, model=SHIPPED):
    return judge(read([{"role": "user", "content": text}]), model=model)


@pytest.mark.parametrize("text", GRAVE)
def test_what_looks_critical_is_likely_to_need_the_top_and_says_so(text):
    """Above the line from which a declared type is corrected, too."""
    found = verdict(text)
    assert found.features[LOOKS_CRITICAL] >= CRITICAL_FROM
    assert found.probabilities["opus"] >= ALARMED
    assert found.reasons[0].code == LOOKS_CRITICAL


@pytest.mark.parametrize("text", CALM)
def test_grave_words_around_plain_work_raise_nothing(text):
    found = verdict(text)
    assert found.features.get(LOOKS_CRITICAL, 0.0) < CRITICAL_FROM
    assert found.probabilities["opus"] < ALARMED


def test_each_task_type_of_the_product_is_one_kind_of_work():
    """A clinic's own types are none, and are checked as if no kind were known."""
    assert kind_of("diagnostic_differential") == "care"
    assert kind_of("our_own_type") is None
    assert {kind_of(r.task_type) for r in share("train")} == set(KINDS)


def test_a_verdict_says_how_likely_the_kinds_are():
    """By names that hold no text."""
    found = verdict("List the medications in this note, one per line").features
    assert found[f"{PREFIX}take"] > found.get(f"{PREFIX}care", 0.0)


def test_a_model_of_other_labels_is_refused():
    """The one of tiers says nothing about what is critical."""
    with pytest.raises(MalformedModel):
        load(FILE.read_bytes(), critical.LABELS)
    with pytest.raises(MalformedModel):
        load(kinds.FILE.read_bytes())


def test_the_models_beside_are_what_the_labelled_requests_make():
    """Whoever edits them trains again: manage.py train_classifier."""
    learned = data_hash(share("train"))
    for file, labels in ((critical.FILE, critical.LABELS), (kinds.FILE, KINDS)):
        assert load(file.read_bytes(), labels).card["data_sha256"] == learned


def test_the_same_requests_make_the_same_models():
    """Byte by byte."""
    some = share("train")[::40]
    assert train_critical(some) == train_critical(some)
    assert train_kinds(some) == train_kinds(some)
