"""A budget near its cap lowers the tier as far as the floor lets it, and never passes the cap."""

from collections.abc import Callable

import pytest

from tests.practice import Practice

pytestmark = pytest.mark.service
CONTRACT = {"task_type": "contract_analysis", "max_tokens": 1000}
CRITICAL = {"task_type": "security_review", "max_tokens": 1000}


def edit(practice: Practice, **fields) -> None:
    type(practice.budget).objects.filter(pk=practice.budget.pk).update(**fields)
    practice.wait_for_configuration()


def hold_of(practice: Practice, call: dict) -> int:
    """Return what a call of the tier it is decided for holds."""
    assert practice.pms.route("Compare the two offers.", **call).status == 200
    return practice.attempts()[0].hold_nano_usd


def test_call_that_does_not_fit_is_answered_a_tier_lower(open_practice: Callable[..., Practice]):
    """By the next cheaper model of its chain, and the caller is told."""
    room = hold_of(open_practice(), CONTRACT) - 1
    practice = open_practice()
    edit(practice, cap_nano_usd=room, at_cap="step_down", act_at_percent=100)
    reply = practice.pms.route("Compare the two offers.", **CONTRACT)
    assert (reply.status, reply.body["routing"]["tier"]) == (200, "sonnet")
    assert "fallback-down" in {warning["code"] for warning in reply.body["warnings"]}
    assert [attempt.tier for attempt in practice.attempts()] == ["sonnet"]


def test_budget_near_its_cap_lowers_the_decision(open_practice: Callable[..., Practice]):
    hold = hold_of(open_practice(), CONTRACT)
    practice = open_practice()
    edit(practice, cap_nano_usd=2 * hold, at_cap="step_down", act_at_percent=1)
    first, second = (practice.pms.route("Compare the two offers.", **CONTRACT) for _ in range(2))
    assert first.body["routing"]["tier"] == "opus"
    assert second.body["routing"]["tier"] == "sonnet"
    assert "stepped_down" in {reason["code"] for reason in second.body["routing"]["reasons"]}


def test_critical_work_is_refused_rather_than_answered_a_tier_lower(
    open_practice: Callable[..., Practice],
):
    room = hold_of(open_practice(), CRITICAL) - 1
    practice = open_practice()
    edit(practice, cap_nano_usd=room, at_cap="step_down")
    reply = practice.pms.route("Compare the two offers.", **CRITICAL)
    assert (reply.status, reply.problem) == (402, "budget-exceeded")
    assert practice.attempts() == []
