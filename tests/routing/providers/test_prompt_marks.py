"""Where marks for the prompt cache stand: on stable beginnings, and never beside a caller's."""

import copy
from dataclasses import replace
from typing import Any

import pytest

from routing.providers.prompt_cache import Keeping, keeping_of, marked
from tests.routing.select.cast import TABLE
from tests.routing.tables import SONNET

KEEPING = Keeping("5m", 100)
MARK = {"type": "ephemeral"}
LONG = "word " * 100
TOOL = {"name": "t", "description": LONG, "input_schema": {"type": "object"}}
USER = {"role": "user", "content": "Question?"}
ASSISTANT = {"role": "assistant", "content": [{"type": "text", "text": "Answer."}]}
BLOCK = {"type": "tool_result", "tool_use_id": "a", "content": "7"}
RESULT = {"role": "user", "content": [BLOCK]}


def body(*turns: Any, **more: Any) -> dict[str, Any]:
    return {"model": "m", "max_tokens": 5, "messages": list(turns or [USER]), **more}


def marks(found: dict[str, Any]) -> list[str]:
    """Return where marks stand: tools[i], system[i], messages[i][j]."""
    places = [(f"tools[{i}]", each) for i, each in enumerate(found.get("tools") or ())]
    if isinstance(found.get("system"), list):
        places += [(f"system[{i}]", each) for i, each in enumerate(found["system"])]
    for i, turn in enumerate(found["messages"]):
        if isinstance(turn["content"], list):
            places += [(f"messages[{i}][{j}]", b) for j, b in enumerate(turn["content"])]
    return [place for place, each in places if "cache_control" in each]


def mark(asked: dict[str, Any], *, has_context: bool = False) -> dict[str, Any]:
    before = copy.deepcopy(asked)
    found = marked(asked, KEEPING, has_context=has_context)
    assert asked == before, "what is sent elsewhere must not change"
    return found


def test_tools_and_system_prompt_are_kept():
    found = mark(body(tools=[TOOL, TOOL], system=LONG))
    assert marks(found) == ["tools[1]", "system[0]"]
    assert found["system"] == [{"type": "text", "text": LONG, "cache_control": MARK}]


def test_question_that_may_never_be_asked_again_is_not_kept():
    assert marks(mark(body({"role": "user", "content": LONG}))) == []


def test_prefix_that_is_too_short_is_not_marked():
    assert mark(body(system="Be brief.")) == body(system="Be brief.")


def test_conversation_is_kept_up_to_its_end_and_its_last_question():
    """The second finds what was kept last time, however many blocks came since."""
    found = mark(body(USER, ASSISTANT, USER, ASSISTANT, RESULT))
    assert marks(found) == ["messages[2][0]", "messages[4][0]"]


def test_no_more_than_four_marks():
    found = mark(body(USER, ASSISTANT, USER, tools=[TOOL], system=[{"type": "text", "text": LONG}]))
    assert marks(found) == ["tools[0]", "system[0]", "messages[0][0]", "messages[2][0]"]


def test_turn_with_a_context_of_its_own_is_not_kept():
    """The next request has that context no more."""
    found = mark(body(USER, ASSISTANT, USER), has_context=True)
    assert marks(found) == ["messages[0][0]", "messages[1][0]"]


def test_mark_stands_on_a_block_that_takes_one():
    thinking = {"type": "thinking", "thinking": "...", "signature": "x"}
    empty = {"type": "text", "text": ""}
    turn = {"role": "assistant", "content": [{"type": "text", "text": "a"}, thinking, empty]}
    assert marks(mark(body(USER, turn))) == ["messages[0][0]", "messages[1][0]"]
    alone = {"role": "assistant", "content": [thinking]}
    assert marks(mark(body(USER, alone))) == ["messages[0][0]"]


@pytest.mark.parametrize(
    "own",
    [
        {"cache_control": MARK},
        {"tools": [{**TOOL, "cache_control": MARK}]},
        {"system": [{"type": "text", "text": LONG, "cache_control": MARK}]},
        {"messages": [{"role": "user", "content": [{**BLOCK, "cache_control": MARK}]}]},
        {
            "messages": [
                {
                    "role": "user",
                    "content": [
                        {
                            "type": "tool_result",
                            "tool_use_id": "a",
                            "content": [{"type": "text", "text": "7", "cache_control": MARK}],
                        }
                    ],
                }
            ]
        },
    ],
    ids=["request", "tool", "system", "message", "within a result"],
)  # fmt: skip
def test_callers_marks_are_left_alone(own: dict[str, Any]):
    asked = body(USER, ASSISTANT, USER, **{"tools": [TOOL], "system": LONG, **own})
    assert mark(asked) == asked


def test_hour_is_said():
    found = marked(body(system=LONG), Keeping("1h", 100), has_context=False)
    assert found["system"][0]["cache_control"] == {"type": "ephemeral", "ttl": "1h"}


def test_admin_decides_as_far_as_the_model_can():
    model = replace(TABLE.catalog.models[SONNET], prompt_cache_min_tokens=2_048)
    task = replace(TABLE.task_types["feature"], prompt_cache="1h")
    assert keeping_of(task, model) == Keeping("1h", 2_048)
    assert keeping_of(None, model) == Keeping("5m", 2_048)
    assert keeping_of(replace(task, prompt_cache="off"), model) is None
    assert keeping_of(task, replace(model, prompt_caching=False)) is None
