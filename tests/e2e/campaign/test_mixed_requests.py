"""Requests of every kind that costs money, in any order: the ledger says what the bill says."""

import pytest

from bench.clinic import CappedClinic
from bench.money import mixed
from tests.gateway_server import Gateway
from tests.practice import Practice
from tests.sandbox_server import Sandbox
from usage import freezes

pytestmark = pytest.mark.service


@pytest.mark.parametrize("requests", [160, pytest.param(100_000, marks=pytest.mark.soak)])
def test_ledger_equals_the_bill_whatever_is_asked(
    practice: Practice, gateway_process: Gateway, sandbox: Sandbox, requests: int
):
    """Streams, left and broken ones, fallbacks, escalations, failures: to the nano-USD."""
    clinic = CappedClinic(
        practice.tenant.pk,
        practice.client.pk,
        practice.key_id,
        practice.budget.pk,
        practice.pms.key,
    )
    found = mixed.campaign(gateway_process.url, sandbox.base_url, clinic, requests=requests)
    assert {name: found[name] for name in found if "_minus_book_" in name} == {
        "budget_minus_book_nano_usd": 0,
        "attempts_minus_book_nano_usd": 0,
        "requests_minus_book_nano_usd": 0,
    }
    assert found["held_or_unknown_nano_usd"] == found["not_ended"] == found["audit_findings"] == 0
    assert found["cleared_up_by_the_bill"]
    assert freezes.current() == [], "a call cost more than its worst case"
    assert {"main", "fallback", "escalation"} <= found["calls"].keys()
