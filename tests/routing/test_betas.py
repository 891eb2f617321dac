"""Values of anthropic-beta pass by allow-list, to each protocol by its own."""

from typing import get_args

from anthropic.types import AnthropicBetaParam
from django.conf import settings

from routing import betas

THINKING, LONG = "interleaved-thinking-2025-05-14", "context-1m-2025-08-07"


def test_starter_list_holds_words_of_the_vendors_own_list_and_other_clouds_none():
    known = {word for each in get_args(AnthropicBetaParam) for word in get_args(each)}
    assert known >= settings.ANTHROPIC_BETAS
    assert not settings.BEDROCK_BETAS | settings.VERTEX_BETAS


def test_starter_list_neither_names_hosts_nor_stores_nor_other_prices():
    bad = ("mcp", "files", "skills", "memory", "agents", "code-", "computer", "batch", "fast", "1m")
    assert not [each for each in settings.ANTHROPIC_BETAS if any(part in each for part in bad)]


def test_what_is_on_no_list_does_not_pass():
    header = f" {THINKING}, {LONG},,{THINKING.upper()},{THINKING}\t"
    assert betas.passing(header) == {"anthropic": (THINKING,)}
    assert betas.passing("") == betas.passing(LONG) == {}


def test_each_protocol_has_its_own_list_and_its_own_way(settings):
    settings.BEDROCK_BETAS = settings.VERTEX_BETAS = frozenset({LONG})
    passing = betas.passing(f"{LONG},{THINKING}")
    assert passing == {"anthropic": (THINKING,), "bedrock": (LONG,), "vertex": (LONG,)}
    assert betas.headers_for("anthropic", passing) == {"anthropic-beta": THINKING}
    assert betas.headers_for("vertex", passing) == {"anthropic-beta": LONG}
    assert betas.headers_for("bedrock", passing) == betas.headers_for("openai", passing) == {}
