"""Tokens a minute and calls at once of a client and of its tenant, refused before money is held."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.gateway_server import Reply
from tests.patience import wait_until
from tests.practice import Practice
from tests.sandbox_server import HELD_MS, Sandbox

pytestmark = pytest.mark.service
CALL = {"task_type": "sentiment", "max_tokens": 50}


def limit(practice: Practice, whose: str, **limits: int) -> None:
    row = getattr(practice, whose)
    type(row).objects.filter(pk=row.pk).update(**limits)
    practice.wait_for_configuration()


@pytest.mark.parametrize("whose", ["client", "tenant"])
@pytest.mark.parametrize("kind", ["input", "output"])
def test_tokens_a_minute_are_refused_with_when_to_come_back(
    open_practice: Callable[..., Practice], whose: str, kind: str
):
    """What a call took of its worst case counts, so the second one still fits, and no third."""
    practice = open_practice()
    limit(practice, whose, **{f"{kind}_tokens_per_minute": 60})
    replies = [practice.pms.route("Mood: fine.", **CALL) for _ in range(12)]
    assert replies[0].status == 200
    refused = [reply for reply in replies if reply.status != 200]
    assert {reply.problem for reply in refused} == {"rate-limited"}
    assert all(int(reply.headers["retry-after"]) >= 1 for reply in refused)
    assert all(whose in reply.body["detail"] for reply in refused)
    assert all(f'"{whose}-{kind}-tokens";r=' in reply.headers["ratelimit"] for reply in replies)
    assert practice.sums[1:] == (0, 0)
    assert len(practice.attempts()) == len(replies) - len(refused)


def test_calls_at_once_are_bounded_and_given_back(
    open_practice: Callable[..., Practice], sandbox: Sandbox
):
    practice = open_practice()
    limit(practice, "client", max_concurrency=2)
    sandbox.script(next=2, latency_ms=HELD_MS)
    with ThreadPoolExecutor(2) as callers:
        running = [callers.submit(practice.pms.route, f"Mood {n}?", **CALL) for n in range(2)]
        wait_until(lambda: len(sandbox.requests()) == 2)
        refused = practice.pms.route("Mood of another?", **CALL)
        sandbox.release()
        assert [each.result().status for each in running] == [200, 200]
    assert (refused.status, refused.problem) == (429, "rate-limited")
    assert practice.pms.route("Mood again?", **CALL).status == 200


PLAIN = {"max_tokens": 20, "messages": [{"role": "user", "content": "Mood: fine."}]}
ADDRESSES = {
    "/api/v1/route": ({"prompt": "Mood: fine.", **CALL}, "ratelimit", '"client";r={left};t='),
    "/v1/messages": (
        {"model": "claude-haiku-4-5", **PLAIN},
        "anthropic-ratelimit-requests-remaining",
        "{left}",
    ),
    "/v1/chat/completions": (
        {"model": "claude-haiku-4-5", **PLAIN},
        "x-ratelimit-remaining-requests",
        "{left}",
    ),
}


@pytest.mark.parametrize("path", ADDRESSES)
def test_answers_and_refusals_say_what_is_left_of_the_minute(
    open_practice: Callable[..., Practice], path: str
):
    """A minute may end meanwhile, so it is asked until one is used up."""
    practice = open_practice(requests_per_minute=2)
    body, name, value = ADDRESSES[path]
    replies: list[Reply] = []
    while not replies or replies[-1].status == 200:
        replies.append(practice.pms.post(path, body))
        assert '"client";q=2;w=60' in replies[-1].headers["ratelimit-policy"]
    first, refused = replies[0], replies[-1]
    assert first.headers[name].startswith(value.format(left=1))
    assert refused.status == 429
    assert refused.headers[name].startswith(value.format(left=0))
    assert f"t={refused.headers['retry-after']}" in refused.headers["ratelimit"]


def test_streams_say_it_too(open_practice: Callable[..., Practice]):
    streamed = open_practice(requests_per_minute=100).pms.stream(
        "Mood: fine.", task_type="sentiment"
    )
    assert streamed.headers["ratelimit"].startswith('"client";r=9')


def test_answers_say_what_is_left_of_tokens_a_minute(open_practice: Callable[..., Practice]):
    practice = open_practice()
    limit(practice, "client", input_tokens_per_minute=900, output_tokens_per_minute=400)
    route, messages, chat = (
        practice.pms.post(path, body).headers for path, (body, _, _) in ADDRESSES.items()
    )
    left = re.search('"client-input-tokens";r=(\\d+);t=', route["ratelimit"])
    assert left
    assert int(left[1]) <= 900
    assert '"client-output-tokens";q=400;qu="tokens";w=60' in route["ratelimit-policy"]
    assert messages["anthropic-ratelimit-input-tokens-limit"] == "900"
    assert int(messages["anthropic-ratelimit-output-tokens-remaining"]) <= 400
    assert int(chat["x-ratelimit-remaining-tokens"]) <= 400


def test_without_limits_of_tokens_nothing_is_said_of_them(open_practice: Callable[..., Practice]):
    answered = open_practice().pms.route("Mood: fine.", **CALL)
    assert "tokens" not in answered.headers["ratelimit-policy"]
