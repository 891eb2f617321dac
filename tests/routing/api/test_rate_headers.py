"""What is left of a minute, as clients read it."""

from datetime import UTC, datetime

import pytest
import time_machine

from routing.api import rate_headers
from routing.api.v1 import dialects
from usage.throttling import Quota

CLIENT = Quota("client", limit=1_000, remaining=997, reset_seconds=30)
TENANT = Quota("tenant", limit=5_000, remaining=12, reset_seconds=30)


def test_standard_headers_have_an_item_for_each_limit():
    assert rate_headers.standard((TENANT, CLIENT)) == {
        "RateLimit-Policy": '"tenant";q=5000;w=60, "client";q=1000;w=60',
        "RateLimit": '"tenant";r=12;t=30, "client";r=997;t=30',
    }


@pytest.mark.parametrize(
    ("path", "own"),
    [
        (
            "/v1/messages",
            {
                "anthropic-ratelimit-requests-limit": "5000",
                "anthropic-ratelimit-requests-remaining": "12",
                "anthropic-ratelimit-requests-reset": "2026-05-04T12:00:30Z",
            },
        ),
        (
            "/v1/chat/completions",
            {
                "x-ratelimit-limit-requests": "5000",
                "x-ratelimit-remaining-requests": "12",
                "x-ratelimit-reset-requests": "30s",
            },
        ),
    ],
)
def test_provider_s_own_headers_tell_the_limit_with_the_least_left(path, own):
    with time_machine.travel(datetime(2026, 5, 4, 12, 0, 0, tzinfo=UTC), tick=False):
        found = dialects.rate_headers_of((CLIENT, TENANT), path, {})
    assert found == {**rate_headers.standard((CLIENT, TENANT)), **own}


INPUT = Quota("client", limit=60_000, remaining=41_250, reset_seconds=19, unit="input_tokens")
OUTPUT = Quota("tenant", limit=8_000, remaining=400, reset_seconds=57, unit="output_tokens")


def test_tokens_have_items_of_their_own():
    assert rate_headers.standard((CLIENT, INPUT, OUTPUT)) == {
        "RateLimit-Policy": '"client";q=1000;w=60, "client-input-tokens";q=60000;qu="tokens";w=60,'
        ' "tenant-output-tokens";q=8000;qu="tokens";w=60',
        "RateLimit": '"client";r=997;t=30, "client-input-tokens";r=41250;t=19,'
        ' "tenant-output-tokens";r=400;t=57',
    }


def test_clients_find_tokens_where_they_look():
    """Anthropic's by kind; OpenAI's know one, which is the one with the least left."""
    with time_machine.travel(datetime(2026, 5, 4, 12, 0, 0, tzinfo=UTC), tick=False):
        anthropic = rate_headers.of_anthropic((INPUT, OUTPUT))
    assert anthropic == {
        "anthropic-ratelimit-input-tokens-limit": "60000",
        "anthropic-ratelimit-input-tokens-remaining": "41250",
        "anthropic-ratelimit-input-tokens-reset": "2026-05-04T12:00:19Z",
        "anthropic-ratelimit-output-tokens-limit": "8000",
        "anthropic-ratelimit-output-tokens-remaining": "400",
        "anthropic-ratelimit-output-tokens-reset": "2026-05-04T12:00:57Z",
    }
    assert rate_headers.of_openai((INPUT, OUTPUT)) == {
        "x-ratelimit-limit-tokens": "8000",
        "x-ratelimit-remaining-tokens": "400",
        "x-ratelimit-reset-tokens": "57s",
    }


@pytest.mark.parametrize("path", ["/v1/messages", "/v1/chat/completions"])
def test_where_nothing_was_counted_there_is_no_header(path):
    assert dialects.rate_headers_of((), path, {}) == {}
