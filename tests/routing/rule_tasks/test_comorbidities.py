"""Which codes a request names, and which pairs are among them. Pure."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.errors import NoConditionCodes, TaskTypeDisabled, TooLarge
from routing.icd10 import codes_in, is_related, lineage, normalized
from routing.rule_tasks.comorbidities import answer
from routing.types import ComorbidityPair, RouteRequest, RoutingTable
from usage.catalog import Catalog

STARTER = Path(__file__).parents[3] / "routing" / "starter" / "comorbidity_pairs.json"
ROWS = json.loads(STARTER.read_text())
PAIRS = tuple(ComorbidityPair(**row) for row in ROWS)
NOTHING_KNOWN = Catalog({}, {}, {}, {}, {}, {})


def table(*pairs: ComorbidityPair) -> RoutingTable:
    return RoutingTable(1, NOTHING_KNOWN, {}, comorbidities=pairs)


def asked(text: str = "Find comorbidities.", context: Any = None) -> RouteRequest:
    messages = ({"role": "user", "content": text},)
    return RouteRequest("1", "t", "c", messages, datetime(2026, 1, 1, tzinfo=UTC), context=context)


def found(text: str = "Find them.", context: Any = None, restore=str) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(answer(asked(text, context), table(*PAIRS), restore))
    return said


def named(*codes: Any) -> dict[str, Any]:
    return found(context={"condition_codes": list(codes)})


def pairs_of(*codes: str) -> set[tuple[str, ...]]:
    return {tuple(each["codes"]) for each in named(*codes)["pairs"]}


@pytest.mark.parametrize("spelled", ["E11.65", "e11.65", " E1165 ", "e11 65", "E11. 65\n"])
def test_case_blanks_and_a_missing_dot_do_not_matter(spelled):
    assert normalized(spelled) == "E11.65"


@pytest.mark.parametrize(
    "word", ["", "E1", "11E", "E11.", "E11.65432", "Q4H", "A1C", "1E11", "É11"]
)
def test_what_is_not_shaped_like_a_code_is_none(word):
    assert normalized(word) is None


def test_codes_stand_in_running_text():
    text = "Hx: E11.9/I10, n18.30; CKD (N1830). Vitals 120/80, q12h, HbA1c 8.1, order A12-3456X."
    assert codes_in(text)[:3] == ["E11.9", "I10", "N18.30"]
    assert "Q12.H" not in codes_in(text)


@given(st.text(max_size=300))
def test_no_text_is_too_odd(text):
    for code in codes_in(text):
        assert normalized(code) == code
        assert code.startswith(list(lineage(code))[-1])


@pytest.mark.parametrize("codes", [("E11", "N18"), ("N18", "E11"), ("N18.30", "E11.22")])
def test_a_pair_is_found_in_any_order_and_below(codes):
    assert ("E11", "N18") in pairs_of(*codes)


def test_a_code_with_a_dot_is_found_and_only_below_it():
    """Sleep apnea is G47.3 and what lies below; insomnia of the same category is not."""
    assert ("E66", "G47.3") in pairs_of("E66.9", "G47.33")
    assert ("E66", "G47.3") not in pairs_of("E66.9", "G47.00")
    assert ("E66", "G47.3") not in pairs_of("E66.9", "G47")


def test_lipids_and_coronary_disease_are_a_pair_as_people_name_them():
    assert ("E78", "I25") in pairs_of("I25.10", "E78.5")


def test_the_answer_says_what_matched_and_what_did_not():
    said = named("E11.22", "E11.9", "e1122", "N18.30", "Z00.00", "diabetes", 7, "Z00.00")
    [pair] = said["pairs"]
    assert pair["matched"] == [["E11.22", "E11.9"], ["N18.30"]]
    assert (pair["severity"], bool(pair["watch"])) == ("high", True)
    assert said["in_no_pair"] == ["Z00.00"]
    assert said["not_recognized"] == ["diabetes", 7]


def test_the_most_severe_pair_comes_first():
    severities = [p["severity"] for p in named("E11.9", "I10", "N18.4", "E66.9", "N39.3")["pairs"]]
    assert severities == sorted(severities, key=("high", "moderate", "low").index)
    assert {"high", "low"} <= set(severities)


@pytest.mark.parametrize(
    "text", ['["E11.9", "I10"]', '{"condition_codes": ["E11.9", "I10"]}', "He has E11.9 and I10."]
)
def test_the_prompt_may_hold_them(text):
    assert [p["codes"] for p in found(text)["pairs"]] == [["E11", "I10"]]


def test_a_code_that_looked_like_a_record_number_counts_and_stays_a_token():
    """Letter and six figures; the answer shows it once it is restored."""
    own = {"PHI_MRN_AAAAA": "E119000"}
    said = found(
        context={"condition_codes": ["PHI_MRN_AAAAA", "PHI_MRN_BBBBB", "I10"]},
        restore=lambda text: own.get(text, text),
    )
    assert said["codes"] == ["PHI_MRN_AAAAA", "I10"]
    assert said["pairs"][0]["matched"][0] == ["PHI_MRN_AAAAA"]
    assert said["not_recognized"] == ["PHI_MRN_BBBBB"]


@pytest.mark.parametrize("text", ["", "diabetes and hypertension", "[]", '{"a": 1}', "[" * 5_000])
def test_a_request_without_codes_is_told_how_to_send_them(text):
    with pytest.raises(NoConditionCodes, match="condition_codes"):
        found(text)


def test_too_many_codes_are_refused_and_repeats_are_not():
    many = [f"{c}{n:02}.{d}" for c in "ABCDEFGHIJ" for n in range(100) for d in range(10)]
    with pytest.raises(TooLarge):
        named(*many)
    assert len(named(*(["E11.9", "I10"] * 5_000))["codes"]) == 2


def test_without_a_table_nothing_is_said():
    """An empty answer would read as good news."""
    with pytest.raises(TaskTypeDisabled):
        answer(asked("E11.9 I10"), table(), str)


def test_the_starter_pairs_are_sound():
    keys = [(row["first"], row["second"]) for row in ROWS]
    assert len(keys) == len(set(keys)) >= 150
    for first, second in keys:
        assert (normalized(first), normalized(second)) == (first, second)
        assert first < second
        assert not is_related(first, second)
