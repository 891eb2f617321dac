"""Where an answer is kept, and what of it opens again: nothing moved, changed or too old."""

import itertools
import pickle
from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routerproject.shared import crypto
from routing.cache import Place, StoredReply, is_keepable, place_of
from routing.cache.entry import Unusable, seal, unseal
from routing.cache.place import PURPOSE
from routing.types import ProviderReply
from usage.pricing import TokenCounts

BODY = b'{"model":"m","messages":[]}'
FACTS = ("visit_summary", None, None, "claude-haiku-4-5", 7, "default", 3, "tokenize")
BOUND: dict[str, Any] = {
    "body": BODY,
    "tenant_id": 1,
    "scope": "tenant",
    "key_scopes": frozenset({"route"}),
    "facts": FACTS,
    "ttl_seconds": 60,
}
REPLY = ProviderReply(
    content=({"type": "text", "text": "Stable."},),
    stop_reason="end_turn",
    model="claude-haiku-4-5",
    usage=TokenCounts(input_tokens=5, output_tokens=2),
    provider_request_id="",
    latency_ms=0.0,
    message_id="msg_1",
)
AT = 1_700_000_000.0
PLACE = place_of(**BOUND)


def place(**changes: Any) -> Place:
    return place_of(**{**BOUND, **changes})


OTHERS: list[dict[str, Any]] = [
    {"tenant_id": 2},
    {"scope": "case:7"},
    {"scope": "session:7"},
    {"key_scopes": frozenset({"route", "route:override"})},
    {"body": BODY + b" "},
    *({"facts": (*FACTS[:at], "another", *FACTS[at + 1 :])} for at in range(len(FACTS))),
    {"facts": FACTS[:-1]},
    {"scope": 'tenant",["route"]'},
]


def test_same_request_has_the_same_place():
    assert place() == place(key_scopes=frozenset({"route"}))


def test_whatever_differs_has_another_place():
    """Tenant, scope, permissions, body, task type, variant, prompt, model, price and policy."""
    digests = [PLACE.digest, *(place(**other).digest for other in OTHERS)]
    assert len(set(digests)) == len(digests)


@settings(max_examples=300)
@given(
    st.lists(st.tuples(st.integers(1, 3), st.text(max_size=3), st.binary(max_size=3)), unique=True)
)
def test_no_two_requests_share_a_place(requests):
    places = {
        place(tenant_id=tenant, scope=scope.encode("utf-8", "replace").decode(), body=body).digest
        for tenant, scope, body in requests
        if scope.isprintable()
    }
    assert len(places) == sum(scope.isprintable() for _, scope, _ in requests)


def test_kept_answer_comes_back_whole():
    stored = unseal(seal(StoredReply(REPLY, AT), PLACE), PLACE, now=AT + 59)
    assert stored == StoredReply(REPLY, AT)
    assert stored.age_seconds(AT + 59) == 59


@pytest.mark.parametrize("other", OTHERS, ids=map(str, range(len(OTHERS))))
def test_answer_moved_to_another_place_is_refused(other):
    with pytest.raises(Unusable):
        unseal(seal(StoredReply(REPLY, AT), PLACE), place(**other), now=AT)


def test_two_swapped_answers_are_both_refused():
    places = [PLACE, *(place(**other) for other in OTHERS)]
    sealed = {each: seal(StoredReply(REPLY, AT), each) for each in places}
    for one, another in itertools.permutations(places, 2):
        with pytest.raises(Unusable):
            unseal(sealed[one], another, now=AT)


def test_answer_is_not_readable_where_it_is_kept():
    assert b"Stable" not in seal(StoredReply(REPLY, AT), PLACE)


@pytest.mark.parametrize("now", [AT + 60, AT + 3_600])
def test_old_answer_is_none_whatever_redis_says(now: float):
    """A Redis restored from an old snapshot revives nothing."""
    assert unseal(seal(StoredReply(REPLY, AT), PLACE), PLACE, now=now) is None


def test_lifetime_that_was_shortened_counts_at_once():
    sealed = seal(StoredReply(REPLY, AT), PLACE)
    assert unseal(sealed, replace(PLACE, ttl_seconds=10), now=AT + 11) is None


def test_answer_from_the_future_is_refused():
    with pytest.raises(Unusable):
        unseal(seal(StoredReply(REPLY, AT + 3_600), PLACE), PLACE, now=AT)


FOREIGN = [
    b"",
    b"null",
    orjson.dumps({"grammar": 1, "content": [{"type": "text", "text": "forged"}]}),
    pickle.dumps({"a": 1}),
    b"\x00" * 200,
]
UNREADABLE: list[Any] = [
    None,
    [],
    "text",
    {},
    {"grammar": 0},
    {"grammar": 1, "kept_at": AT},
    {"grammar": 1, "kept_at": "x", "content": [], "usage": {}},
]


@pytest.mark.parametrize("planted", FOREIGN, ids=range(len(FOREIGN)))
def test_planted_value_is_refused(planted: bytes):
    with pytest.raises(Unusable):
        unseal(planted, PLACE, now=AT)


@pytest.mark.parametrize("document", UNREADABLE, ids=repr)
def test_entry_of_another_version_is_refused(document: Any):
    sealed = crypto.seal(orjson.dumps(document), purpose=PURPOSE, place=PLACE.name)
    with pytest.raises(Unusable):
        unseal(sealed, PLACE, now=AT)


@settings(max_examples=100)
@given(st.data())
def test_flipped_bit_is_refused(data):
    sealed = bytearray(seal(StoredReply(REPLY, AT), PLACE))
    sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(Unusable):
        unseal(bytes(sealed), PLACE, now=AT)


@pytest.mark.parametrize("reason", ["end_turn", "stop_sequence"])
def test_whole_answer_may_be_kept(reason: str):
    assert is_keepable(replace(REPLY, stop_reason=reason))


@pytest.mark.parametrize(
    "reason",
    ["max_tokens", "refusal", "tool_use", "pause_turn", "model_context_window_exceeded", None, "x"],
)
def test_answer_that_ended_otherwise_is_not_kept(reason: str | None):
    assert not is_keepable(replace(REPLY, stop_reason=reason))


@pytest.mark.parametrize("kind", ["tool_use", "server_tool_use", "web_search_tool_result", "image"])
def test_answer_that_calls_a_tool_is_not_kept(kind: str):
    assert not is_keepable(replace(REPLY, content=(*REPLY.content, {"type": kind})))


def test_answer_with_parts_that_nobody_here_knows_is_not_kept():
    assert not is_keepable(replace(REPLY, has_unknown=True))
