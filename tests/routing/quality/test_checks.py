"""What is plainly wrong with an answer, by its form alone."""

import json

import pytest

from routing.quality.checks import UNFIT_FLAG, rate, without_flag
from routing.types import ProviderReply, RouteRequest
from tests.routing.tables import NOW
from usage.pricing import TokenCounts

SCHEMA = {
    "type": "object",
    "properties": {
        "label": {"type": "string", "enum": ["yes", "no"]},
        "count": {"type": ["integer", "null"]},
        "items": {"type": "array", "items": {"type": "number"}},
    },
    "required": ["label"],
    "additionalProperties": False,
}


def answer(text: str = "Fine.", stop_reason: str | None = "end_turn") -> ProviderReply:
    blocks = ({"type": "text", "text": text},) if text else ()
    return ProviderReply(blocks, stop_reason, "m", TokenCounts(), "r", 1.0)


def flaws(reply: ProviderReply, prompt: str = "Summarize.", *, numbers=False, **fields):
    messages = ({"role": "user", "content": prompt},)
    request = RouteRequest("r-1", "demo", "pms", messages, NOW, **fields)
    return rate(reply, request, checks_numbers=numbers).flaws


def schema_flaws(document: object, schema: object = SCHEMA):
    text = document if isinstance(document, str) else json.dumps(document)
    return flaws(answer(text), output_format={"type": "json_schema", "schema": schema})


def test_a_whole_answer_has_no_flaw():
    assert flaws(answer()) == ()


def test_a_refusal_an_empty_and_a_flagged_answer_are_none():
    assert flaws(answer("", "refusal")) == ("refusal",)
    assert flaws(answer("I would rather not.", "refusal")) == ("refusal",)
    assert flaws(answer(" \n")) == ("empty",)
    assert flaws(answer(f" {UNFIT_FLAG}\n")) == ("unfit",)
    assert flaws(answer(f"The word {UNFIT_FLAG} in a text is a word.")) == ()


@pytest.mark.parametrize("reason", ["max_tokens", "model_context_window_exceeded", None])
def test_an_answer_that_broke_off_is_flawed_unless_its_caller_set_the_limit(reason):
    assert flaws(answer("Half of", reason)) == ("truncated",)
    assert flaws(answer("Half of", reason), max_tokens=10) == ()


@pytest.mark.parametrize("reason", ["tool_use", "pause_turn"])
def test_a_call_of_a_tool_is_not_judged(reason):
    assert flaws(answer("", reason)) == ()


@pytest.mark.parametrize(
    "document",
    [
        {"label": "yes"},
        {"label": "no", "count": None, "items": []},
        {"label": "no", "count": 3, "items": [1, 2.5]},
    ],
)
def test_what_fits_its_schema_passes(document):
    assert schema_flaws(document) == ()


@pytest.mark.parametrize(
    ("document", "flaw"),
    [
        ("not json", "not_the_schema"),
        ([], "not_the_schema"),
        ({"label": "maybe"}, "not_the_schema"),
        ({"label": "yes", "count": "3"}, "not_the_schema"),
        ({"label": "yes", "count": True}, "not_the_schema"),
        ({"label": "yes", "items": [1, "2"]}, "not_the_schema"),
        ({"label": "yes", "more": 1}, "not_the_schema"),
        ({"count": 1}, "missing_fields"),
        ({"count": "1"}, "not_the_schema"),
    ],
    ids=str,
)
def test_what_does_not_fit_its_schema_is_told(document, flaw):
    assert schema_flaws(document) == (flaw,)


@pytest.mark.parametrize(
    "schema",
    [
        *(None, "x", [], {"type": 7}, {"required": "label"}, {"properties": []}, {"enum": "yes"}),
        *({"type": "unheard of"}, {"$ref": "http://127.0.0.1:9/"}, {"pattern": "(a+)+$"}),
    ],
    ids=str,
)
def test_a_schema_that_makes_no_sense_finds_no_fault(schema):
    """It is a caller's; nothing in it is run, and nothing is fetched."""
    assert schema_flaws({"label": "a" * 40}, schema) == ()


def test_a_schema_without_an_end_is_left_after_some_levels():
    deep: dict[str, object] = {"type": "array"}
    deep["items"] = deep
    document = "[" * 60 + "]" * 60
    assert schema_flaws(document, deep) == ()


@pytest.mark.parametrize(
    ("text", "is_foreign"),
    [
        ("INR 2.5 on 40 mg, seen in 2026.", False),
        ("INR 2,5 on 40.0 mg.", False),
        ("1,250 steps", False),
        ("Two of 3 points; see 1. and 2.", False),
        ("PHI_DATE_P12_7KQ2M was called.", False),
        ("INR 25 on 40 mg.", True),
        ("INR 2.5 on 400 mg.", True),
        ("1,350 steps", True),
    ],
)
def test_figures_that_the_request_does_not_have_are_foreign(text, is_foreign):
    prompt = "2026: INR 2.5, warfarin 40 mg, 1250 steps."
    assert flaws(answer(text), prompt, numbers=True) == (("foreign_numbers",) * is_foreign)
    assert flaws(answer(text), prompt) == ()


def test_the_flag_is_no_word_of_the_answer():
    assert without_flag(answer(f"{UNFIT_FLAG}\nSorry.")).content[0]["text"] == "Sorry."
    whole = answer()
    assert without_flag(whole) is whole
