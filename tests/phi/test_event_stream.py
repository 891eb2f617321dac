"""Identifiers in an answer that comes in pieces: whatever the cuts, the same answer."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from phi.event_stream import EventRestorer
from phi.rehydrate import StreamRehydrator, rehydrate
from phi.tokens import TokenVault

NAME, QUOTED, FORGED = "PHI_NAME_7KQ2M", "PHI_ADDR_2AB3X", "PHI_NAME_ABCDE"
VAULT = TokenVault({NAME: "Zoë O'Neil", QUOTED: 'Box "7"\\\n2nd floor'})
PIECES = st.lists(
    st.sampled_from([NAME, QUOTED, FORGED, NAME.replace("_", "\\_"), "PHI", "P", " ", "é", "x_"]),
    max_size=8,
).map("".join)


def cut(text: str, data: st.DataObject) -> list[str]:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    return [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]


def block(
    index: int, start: dict[str, Any], kind: str, member: str, pieces: list[str]
) -> list[Any]:
    deltas = [
        {"type": "content_block_delta", "index": index, "delta": {"type": kind, member: piece}}
        for piece in pieces
    ]
    return [
        {"type": "content_block_start", "index": index, "content_block": start},
        *deltas,
        {"type": "content_block_stop", "index": index},
    ]


def shown(events: list[Any], index: int, member: str) -> str:
    """Return what an asker puts together from the deltas of a block, as long as it is open."""
    text, is_open = "", False
    for event in events:
        if event.get("index") != index:
            continue
        if event["type"] == "content_block_delta":
            assert is_open
            text += event["delta"].get(member, "")
        is_open = event["type"] != "content_block_stop"
    return text


@settings(max_examples=200)
@given(PIECES, PIECES, st.data())
def test_any_cut_gives_the_restored_answer(first: str, second: str, data: st.DataObject):
    arguments = json.dumps({"q": second, "n": [first]}, ensure_ascii=False)
    tool = {"type": "tool_use", "id": "t", "name": "n", "input": {}}
    signed = {"type": "thinking", "thinking": "", "signature": ""}
    events = [
        *block(0, signed, "thinking_delta", "thinking", cut(first, data)),
        *block(1, {"type": "text", "text": ""}, "text_delta", "text", cut(first, data)),
        *block(2, tool, "input_json_delta", "partial_json", cut(arguments, data)),
        *block(3, {"type": "text", "text": ""}, "text_delta", "text", cut(second, data)),
        {"type": "message_stop"},
    ]
    restorer = EventRestorer(VAULT)
    found = [each for event in events for each in restorer.restored([event])]
    assert shown(found, 0, "thinking") == first
    assert shown(found, 1, "text") == rehydrate(first, VAULT)[0]
    assert shown(found, 3, "text") == rehydrate(second, VAULT)[0]
    parsed = json.loads(shown(found, 2, "partial_json"))
    if "\\" not in first + second:
        assert parsed == rehydrate({"q": second, "n": [first]}, VAULT)[0]
    assert found[-1] == {"type": "message_stop"}


NUMBER = "PHI_MRN_9ZZ3T"
NUMBERED = TokenVault({**VAULT.values, NUMBER: "4500123.5"}, frozenset({NUMBER}))
VALUES = st.recursive(
    st.sampled_from([NUMBER, NAME, f"{NUMBER} ", f'"{NUMBER}', f"\\{NUMBER}", 7, "x", ""]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", NUMBER, NAME]), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=300)
@given(VALUES, st.sampled_from([None, 2]), st.data())
def test_number_in_streamed_arguments_comes_back_as_a_number(
    value: Any, indent: int | None, data: st.DataObject
):
    """As in a whole answer: a record number that was a number is one for the tool."""
    arguments = {"value": value, "list": [value]}
    raw = json.dumps(arguments, indent=indent)
    stream = StreamRehydrator(NUMBERED, "json")
    shown = "".join(map(stream.feed, cut(raw, data))) + stream.flush()
    assert json.loads(shown) == rehydrate(arguments, NUMBERED)[0]


PLAIN = TokenVault({NAME: "Zoë O'Neil", QUOTED: "12 Oak St"})
NESTED = st.recursive(
    PIECES.filter(lambda text: "\\" not in text) | st.sampled_from([7, None, "[", "{}", '"', "\n"]),
    lambda inner: (
        st.lists(inner, max_size=2) | inner.map(json.dumps) | inner.map(lambda x: {"a": x})
    ),
    max_leaves=6,
)


def spelled_by_numbers(raw: str, data: st.DataObject) -> str:
    """Return JSON with some of its letters written as escapes, where it has no other escape."""
    if "\\" in raw:
        return raw
    chosen = data.draw(st.sets(st.sampled_from("PHI_NMé7"), max_size=3))
    return "".join(rf"\u{ord(each):04x}" if each in chosen else each for each in raw)


def streamed_arguments(pieces: list[str], vault: TokenVault) -> str:
    tool = {"type": "tool_use", "id": "t", "name": "n", "input": {}}
    events = block(0, tool, "input_json_delta", "partial_json", pieces)
    return shown(EventRestorer(vault).restored(events), 0, "partial_json")


@settings(max_examples=200)
@given(NESTED, st.sampled_from([VAULT, PLAIN]), st.data())
def test_streamed_arguments_read_as_those_of_a_whole_answer(
    value: Any, vault: TokenVault, data: st.DataObject
):
    """JSON within strings too, and letters that the model spelled by their numbers."""
    arguments = {"who": value, "where": QUOTED}
    if data.draw(st.booleans()):
        arguments["text"] = json.dumps({"where": QUOTED})
    raw = spelled_by_numbers(json.dumps(arguments, ensure_ascii=False), data)
    whole = rehydrate(arguments, vault)[0]
    assert json.loads(streamed_arguments(cut(raw, data), vault)) == whole


def test_letters_spelled_by_their_numbers_are_read_across_cuts():
    """What is spelled by number and stands in no token stays as it is, and so does what is none."""
    raw = r'{"\\u0050": "\u0050HI_NAME\u005f7KQ2M \u00e9 \uZZ \\'
    restored = r'{"\\u0050": "Zoë O_Neil \u00e9 \uZZ \\'.replace("_", "'")
    assert streamed_arguments(list(raw), PLAIN) == restored


def test_arguments_that_were_cut_are_given_out_as_far_as_they_came():
    raw = f'{{"who": "{NAME}", "wh'
    assert streamed_arguments([raw], VAULT) == """{"who": "Zoë O'Neil", "wh"""


def test_stop_sequence_of_the_caller_comes_back_as_it_was():
    delta = {"stop_reason": "stop_sequence", "stop_sequence": NAME}
    ended = {"type": "message_delta", "delta": delta, "usage": {"output_tokens": 2}}
    (found,) = EventRestorer(VAULT).restored([ended])
    assert found == {**ended, "delta": {**delta, "stop_sequence": "Zoë O'Neil"}}


def test_text_at_the_beginning_of_a_block_is_restored_with_what_follows():
    events = block(0, {"type": "text", "text": "For PHI_NA"}, "text_delta", "text", ["ME_7KQ2M."])
    restorer = EventRestorer(VAULT)
    found = restorer.restored(events)
    assert found[0]["content_block"]["text"] == "For "
    assert shown(found, 0, "text") == "Zoë O'Neil."


def test_citations_and_finished_arguments_are_restored_whole():
    citation = {"type": "citations_delta", "citation": {"cited_text": f"of {NAME}"}}
    start = {"type": "tool_use", "id": "t", "name": "n", "input": {"who": NAME}}
    restorer = EventRestorer(VAULT)
    found = restorer.restored(
        [
            {"type": "content_block_start", "index": 0, "content_block": start},
            {"type": "content_block_delta", "index": 0, "delta": citation},
        ]
    )
    assert found[0]["content_block"]["input"] == {"who": "Zoë O'Neil"}
    assert found[1]["delta"]["citation"] == {"cited_text": "of Zoë O'Neil"}


def test_what_a_broken_stream_held_back_is_given_out_at_its_end():
    restorer = EventRestorer(VAULT)
    found = restorer.restored(
        block(0, {"type": "text", "text": ""}, "text_delta", "text", ["a PHI"])[:2]
    )
    assert shown(found, 0, "text") == "a "
    assert restorer.flush() == [
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "PHI"}}
    ]  # fmt: skip


def test_signature_is_never_touched():
    event = {
        "type": "content_block_delta",
        "index": 0,
        "delta": {"type": "signature_delta", "signature": NAME},
    }
    assert EventRestorer(VAULT).restored([event]) == [event]
