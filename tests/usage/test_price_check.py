"""Prices held against a public list."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from usage import price_check
from usage.models import ModelCard, Price
from usage.models.prices import LONG_CONTEXT

pytestmark = [pytest.mark.django_db, pytest.mark.service]


def test_without_the_list_the_command_says_what_to_install(monkeypatch):
    monkeypatch.setattr(price_check, "genai_prices", None)
    with pytest.raises(CommandError, match="genai-prices"):
        call_command("check_prices")


def test_starter_prices_agree_with_the_list():
    said = StringIO()
    call_command("check_prices", stdout=said)
    assert "models agree with the list" in said.getvalue()


def test_price_that_differs_is_reported_with_its_date():
    """And nothing is taken over."""
    Price.objects.filter(model__model_id="claude-haiku-4-5-20251001").update(output_usd="7.25")
    said = StringIO()
    with pytest.raises(CommandError, match="prices differ"):
        call_command("check_prices", stdout=said)
    assert "claude-haiku-4-5-20251001: output_usd $7.25 since 20" in said.getvalue()
    assert "the list has $5" in said.getvalue()
    assert Price.objects.filter(output_usd="7.25").exists()


@pytest.fixture
def sonnet_with_a_step():
    """Make a model with a step for long contexts live, and return its price."""
    ModelCard.objects.filter(model_id="claude-sonnet-4-5-20250929").update(is_live=True)
    return Price.objects.filter(model__model_id="claude-sonnet-4-5-20250929")


def test_step_for_long_contexts_agrees_with_the_list(sonnet_with_a_step):
    said = StringIO()
    call_command("check_prices", stdout=said)
    assert "models agree with the list" in said.getvalue()


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (
            {"long_output_usd": "23"},
            "output_usd above 200000 tokens $23 since 2025-09-29, the list has $22.5",
        ),
        (
            dict.fromkeys(LONG_CONTEXT),
            "input_usd above 200000 tokens nothing since 2025-09-29, the list has $6",
        ),
        (
            {"long_above_tokens": 128_000},
            "input_usd above 128000 tokens $6 since 2025-09-29, the list has nothing",
        ),
    ],
)
def test_step_that_differs_or_is_missing_is_reported(sonnet_with_a_step, change, line):
    sonnet_with_a_step.update(**change)
    said = StringIO()
    with pytest.raises(CommandError, match="prices differ"):
        call_command("check_prices", stdout=said)
    assert f"claude-sonnet-4-5-20250929: {line}" in said.getvalue()
