"""What the system says within a conversation becomes a marked text of the user's message."""

from typing import Any

import pytest

from routing.api.v1.system_turns import as_texts, has_any
from routing.errors import InvalidRequest

MARK = {"cache_control": {"type": "ephemeral"}}


def text(said: str, **more: Any) -> dict[str, Any]:
    return {"type": "text", "text": said, **more}


def marked(said: str, **more: Any) -> dict[str, Any]:
    return text(f"<system-reminder>\n{said}\n</system-reminder>", **more)


def user(*content: Any) -> dict[str, Any]:
    return {"role": "user", "content": content[0] if len(content) == 1 else list(content)}


def system(content: Any) -> dict[str, Any]:
    return {"role": "system", "content": content}


MODEL = {"role": "assistant", "content": "Yes?"}
RESULT = {"type": "tool_result", "tool_use_id": "t", "content": "found"}
CASES: dict[str, tuple[list[Any], list[Any]]] = {
    "after a user's": ([user("Hi"), system("Be brief.")], [user(text("Hi"), marked("Be brief."))]),
    "blocks keep their marks": (
        [user([text("Hi")]), system([text("A", **MARK), text("B")])],
        [user(text("Hi"), marked("A", **MARK), marked("B"))],
    ),
    "after results of tools": (
        [user("Hi"), MODEL, user([RESULT]), system("S")],
        [user("Hi"), MODEL, user(RESULT, marked("S"))],
    ),
    "several": (
        [user("Hi"), system("A"), system("B"), MODEL],
        [user(text("Hi"), marked("A"), marked("B")), MODEL],
    ),
    "before a user's": (
        [system("A"), system("B"), user("Hi")],
        [user(marked("A"), marked("B"), text("Hi"))],
    ),
    "after a model's": (
        [user("Hi"), MODEL, system("A"), user("Go")],
        [user("Hi"), MODEL, user(marked("A"), text("Go"))],
    ),
    "last of all": (
        [user("Hi"), MODEL, system("A")],
        [user("Hi"), MODEL, {"role": "user", "content": [marked("A")]}],
    ),
    "nothing said": ([user("Hi"), system("")], [user([text("Hi")])]),
    "none": ([user("Hi"), MODEL], [user("Hi"), MODEL]),
}


@pytest.mark.parametrize("name", CASES)
def test_its_place_is_kept(name: str):
    given, expected = CASES[name]
    before = [dict(each) for each in given]
    assert as_texts("messages", given) == expected
    assert given == before, "what came in is changed"
    assert not has_any(as_texts("messages", given))


@pytest.mark.parametrize(
    ("message", "field"),
    [
        (system([{"type": "image", "source": {}}]), "messages[1].content[0].type"),
        (system(5), "messages[1].content"),
        ({"role": "system"}, "messages[1]"),
        ({**system("x"), "clear_at": "turn"}, "messages[1]"),
    ],
    ids=str,
)
def test_what_is_no_text_is_refused(message: dict[str, Any], field: str):
    with pytest.raises(InvalidRequest) as refused:
        as_texts("messages", [user("Hi"), message])
    assert refused.value.extra["field"] == field


@pytest.mark.parametrize("value", ["x", None, 5, [5, system("x")], [{"role": ["system"]}]])
def test_what_is_no_conversation_is_left_to_be_refused(value: Any):
    as_texts("messages", value)
