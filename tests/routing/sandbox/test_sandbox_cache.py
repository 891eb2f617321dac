"""Prompt-cache accounting over conversations, keys, models and time."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.sandbox.tokens import compact, prompt_tokens, segments

SONNET = "claude-sonnet-4-6"
RULES = "Copy tokens verbatim. " * 400  # 8,800 bytes: 2,200 tokens


def system(**control: Any) -> list[dict[str, Any]]:
    return [{"type": "text", "text": RULES, "cache_control": {"type": "ephemeral"} | control}]


def counts(usage: Any) -> tuple[int, int, int, int]:
    """Return plain, written for 5 minutes, written for 1 hour, and read tokens."""
    made = usage.cache_creation
    return (
        usage.input_tokens,
        made.ephemeral_5m_input_tokens,
        made.ephemeral_1h_input_tokens,
        usage.cache_read_input_tokens,
    )


def test_three_turns_write_read_and_extend(client, sandbox):
    """Each turn reads what the last one wrote and writes only what is new."""
    turns: list[Any] = []
    seen = []
    for question in ("First?", "Second?", "Third?"):
        turns.append({"role": "user", "content": question})
        reply = client.messages.create(
            model=SONNET,
            max_tokens=500,
            system=system(),
            messages=turns,
            cache_control={"type": "ephemeral"},
        )
        turns.append({"role": "assistant", "content": reply.content[0].text})
        seen.append(counts(reply.usage))
    assert seen[0] == (0, 4 + 2200 + 3 + 2, 0, 0)
    for before, now in pairwise(seen):
        assert now[3] == before[1] + before[3]
        assert now[1] > 0
        assert now[0] == 0
    lines = sandbox.book()
    assert [line["cache_read_input_tokens"] for line in lines] == [row[3] for row in seen]
    first = lines[0]
    assert first["nano_usd"] == seen[0][1] * 3_750 + first["output_tokens"] * 15_000


def test_question_after_the_breakpoint_is_plain_input(ask):
    """Only what lies before a breakpoint is cached; the rest costs full price."""
    assert counts(ask("Hello", model=SONNET, system=system()).usage) == (5, 2204, 0, 0)
    assert counts(ask("Hello", model=SONNET, system=system()).usage) == (5, 0, 0, 2204)


@pytest.mark.parametrize(("ttl", "seconds", "place"), [("5m", 300, 1), ("1h", 3600, 2)])
def test_entries_expire_by_the_clock_and_reading_renews(ask, sandbox, ttl, seconds, place):
    """Five minutes after the last use an entry is gone, an hour for the long kind."""
    text = system(ttl=ttl)
    assert counts(ask("Hi", model=SONNET, system=text).usage)[place] == 2204
    for _ in range(2):
        sandbox.advance_clock(seconds - 60)
        assert counts(ask("Hi", model=SONNET, system=text).usage)[3] == 2204
    sandbox.advance_clock(seconds + 1)
    assert counts(ask("Hi", model=SONNET, system=text).usage)[place] == 2204


def test_keys_and_models_share_nothing(client, ask):
    """A prefix belongs to one key and one model."""
    ask("Hi", model=SONNET, system=system())
    other = client.with_options(api_key="sk-other")
    messages: list[Any] = [{"role": "user", "content": "Hi"}]
    usage = other.messages.create(
        model=SONNET, max_tokens=50, system=system(), messages=messages
    ).usage
    assert counts(usage)[3] == 0
    assert counts(ask("Hi", model="claude-opus-4-8", system=system()).usage)[3] == 0


def test_short_prefix_is_not_cached(ask):
    """Below the model's minimum nothing is written and nothing is said."""
    usage = ask("Hi", system=system()).usage  # Haiku 4.5 wants 4,096 tokens
    assert counts(usage) == (4 + 2200 + 3 + 1, 0, 0, 0)


def test_longer_lifetime_must_come_first(post):
    """A one-hour breakpoint after a five-minute one is refused, and so is a fifth."""
    short, long = system()[0], system(ttl="1h")[0]
    body = {"model": SONNET, "max_tokens": 50, "messages": [{"role": "user", "content": "Hi"}]}
    assert post(body | {"system": [long, short]}).status == 200
    assert post(body | {"system": [short, long]}).status == 400
    assert post(body | {"system": [short] * 5}).status == 400


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)
BLOCKS = st.one_of(
    TEXTS.map(lambda text: {"type": "text", "text": text}),
    TEXTS.map(lambda text: {"type": "tool_use", "id": "t", "name": "n", "input": {"a": text}}),
)


@given(st.lists(st.one_of(TEXTS, st.lists(BLOCKS, min_size=1, max_size=3)), min_size=1, max_size=4))
def test_tokens_add_up_and_stay_below_the_bytes(contents):
    """The pieces of a prompt sum to its tokens: at least one, at most a token a byte."""
    body = {"messages": [{"role": "user", "content": content} for content in contents]}
    total = prompt_tokens(body)
    assert total == sum(piece.tokens for piece in segments(body))
    assert 1 <= total <= len(compact(body).encode())


@pytest.mark.parametrize(("text", "tokens"), [("a", 1), ("abcd", 1), ("abcde", 2), ("éé", 1)])
def test_four_bytes_are_a_token(text, tokens):
    """The rule can be worked out by hand."""
    assert prompt_tokens({"messages": [{"role": "user", "content": text}]}) == 4 + 3 + tokens
