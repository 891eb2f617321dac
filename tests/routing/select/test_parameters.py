"""What a model is asked with, as far as it supports it."""

from dataclasses import replace

import pytest

from routing.select.parameters import parameters_for
from tests.routing.select.cast import TABLE, request
from tests.routing.tables import HAIKU, OPUS, SONNET

MODELS = TABLE.catalog.models
TASK = replace(TABLE.task_types["feature"], max_output_tokens=2_048, thinking="off", effort=None)


def asked(model, task=TASK, **fields):
    return parameters_for(request(**fields), task, MODELS[model])


def warned(found):
    return [w.code for w in found.warnings]


@pytest.mark.parametrize(
    ("fields", "limit"),
    [({}, 2_048), ({"max_tokens": 100}, 100), ({"max_tokens": 500_000}, 64_000)],
)
def test_the_output_limit_is_the_callers_within_the_models(fields, limit):
    """Else the task type's."""
    assert asked(SONNET, **fields).max_output_tokens == limit


def test_an_admins_ceiling_lowers_what_a_caller_asks_for():
    """And says that the task type did it."""
    task = replace(TASK, output_ceiling_tokens=4_000)
    found = asked(SONNET, task, max_tokens=9_000)
    assert found.max_output_tokens == 4_000
    assert [w.text for w in found.warnings] == ["The task type allows at most 4000 tokens."]
    assert asked(SONNET, task).max_output_tokens == 2_048
    assert asked(SONNET, task, max_tokens=4_000).warnings == ()


@pytest.mark.parametrize(
    ("budget", "given", "warnings"),
    [
        (6_000, 2_000, ["thinking-lowered"]),
        (2_000, 2_000, []),
        (1_500, 1_500, []),
        (None, 2_000, []),
    ],
)
def test_an_admins_ceiling_lowers_a_thinking_budget(budget, given, warnings):
    task = replace(TASK, thinking_ceiling_tokens=2_000)
    wish = {"type": "enabled", **({"budget_tokens": budget} if budget else {})}
    found = asked(HAIKU, task, thinking=wish, max_tokens=8_000)
    assert found.thinking == {"type": "enabled", "budget_tokens": given}
    assert warned(found) == warnings


@pytest.mark.parametrize(
    ("of_task", "of_tier", "given", "whose"),
    [
        (2_000, 4_000, 2_000, "task type"),
        (4_000, 2_000, 2_000, "tier"),
        (None, 2_000, 2_000, "tier"),
    ],
)
def test_the_lower_ceiling_of_task_type_and_tier_counts(of_task, of_tier, given, whose):
    task = replace(TASK, thinking_ceiling_tokens=of_task)
    model = replace(MODELS[HAIKU], thinking_ceiling_tokens=of_tier)
    wish = {"type": "enabled", "budget_tokens": 6_000}
    found = parameters_for(request(thinking=wish, max_tokens=8_000), task, model)
    assert found.thinking == {"type": "enabled", "budget_tokens": given}
    assert [w.text for w in found.warnings] == [f"The {whose} allows {given} tokens of thinking."]


@pytest.mark.parametrize("model", [HAIKU, SONNET], ids=["with a budget", "adaptive"])
@pytest.mark.parametrize("kind", ["adaptive", "extended"])
def test_a_tier_may_be_kept_from_thinking_at_all(model, kind):
    """What the task type wishes is dropped silently, what a caller asked for with a warning."""
    kept_from = replace(MODELS[model], thinking_ceiling_tokens=0)
    task = replace(TASK, thinking=kind)
    quiet = parameters_for(request(max_tokens=8_000), task, kept_from)
    assert (quiet.thinking, warned(quiet)) == (None, [])
    wish = {"type": "adaptive"}
    told = parameters_for(request(max_tokens=8_000, thinking=wish), task, kept_from)
    assert (told.thinking, warned(told)) == (None, ["thinking-dropped"])


TOOLS = ({"name": "look", "input_schema": {"type": "object"}},)
THOUGHT = {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"}
USE = {"type": "tool_use", "id": "toolu_1", "name": "look", "input": {}}
RESULT = {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_1"}]}
ASKED = {"role": "user", "content": "Look."}


@pytest.mark.parametrize("model", [HAIKU, SONNET], ids=["with a budget", "adaptive"])
@pytest.mark.parametrize("choice", ["any", "tool", "auto", None])
def test_tool_that_must_be_called_leaves_no_room_for_thinking(model, choice):
    """The provider refuses both together, whoever wished for the thinking."""
    task = replace(TASK, thinking="adaptive")
    fields = {"tools": TOOLS, "tool_choice": {"type": choice} if choice else None}
    must = choice in ("any", "tool")
    quiet = asked(model, task, max_tokens=8_000, **fields)
    assert ((quiet.thinking is None), warned(quiet)) == (must, [])
    told = asked(model, max_tokens=8_000, thinking={"type": "adaptive"}, **fields)
    assert ((told.thinking is None), warned(told)) == (must, ["thinking-dropped"] if must else [])


@pytest.mark.parametrize(
    ("turns", "may_think"),
    [
        ([ASKED], True),
        ([ASKED, {"role": "assistant", "content": [USE]}, RESULT], False),
        ([ASKED, {"role": "assistant", "content": [THOUGHT, USE]}, RESULT], True),
        ([ASKED, {"role": "assistant", "content": "Yes?"}, ASKED], True),
        ([ASKED, {"role": "assistant", "content": '{"mood":'}], False),
    ],
    ids=["first", "unshown thoughts", "shown thoughts", "another question", "a prefill"],
)
def test_answer_that_was_begun_without_thoughts_goes_on_without(turns, may_think):
    """As callers send it back who were not shown them; models that adapt do not mind."""
    wish = {"thinking": {"type": "adaptive"}, "messages": tuple(turns), "max_tokens": 8_000}
    budget, adaptive = asked(HAIKU, **wish), asked(SONNET, **wish)
    assert (budget.thinking is not None, adaptive.thinking is not None) == (may_think, True)
    assert warned(budget) == ([] if may_think else ["thinking-dropped"])


def test_a_lowered_limit_is_told():
    """The caller may get a shorter answer than asked for."""
    assert warned(asked(SONNET, max_tokens=500_000)) == ["max-tokens-lowered"]


def test_models_that_adapt_get_adaptive_thinking():
    """They refuse a fixed budget."""
    found = asked(OPUS, thinking={"type": "enabled", "budget_tokens": 4_000})
    assert found.thinking == {"type": "adaptive"}
    assert warned(found) == ["thinking-adaptive"]


def test_older_models_get_a_budget_below_the_output_limit():
    """At least the provider's minimum, else thinking is off."""
    wish = {"type": "adaptive"}
    found = asked(HAIKU, thinking=wish, max_tokens=8_000)
    assert found.thinking == {"type": "enabled", "budget_tokens": 4_000}
    small = asked(HAIKU, thinking=wish, max_tokens=500)
    assert (small.thinking, warned(small)) == (None, ["thinking-dropped"])


def test_a_task_types_wish_is_dropped_silently():
    """An admin set it for the type's own tier."""
    task = replace(TASK, thinking="adaptive", effort="high", max_output_tokens=256)
    found = asked(HAIKU, task)
    assert (found.thinking, found.effort, found.warnings) == (None, None, ())
    assert asked(OPUS, task).effort == "high"


def test_the_caller_may_switch_thinking_off():
    """Whatever the task type says."""
    task = replace(TASK, thinking="adaptive")
    assert asked(OPUS, task, thinking={"type": "disabled"}).thinking is None


def test_effort_and_temperature_are_dropped_with_a_warning():
    """Where the model has none."""
    found = asked(HAIKU, effort="high", temperature=0.2)
    assert (found.effort, found.temperature) == (None, None)
    assert warned(found) == ["effort-dropped", "temperature-dropped"]


def test_temperature_stays_where_the_model_has_it():
    """At the API version in use."""
    model = replace(MODELS[HAIKU], temperature=True)
    assert parameters_for(request(temperature=0.2), TASK, model).temperature == 0.2
