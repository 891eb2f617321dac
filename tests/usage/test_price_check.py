"""Prices held against a public list."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from usage import price_check
from usage.models import Price

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
