"""How long is waited before a deployment is asked again, and when not at all."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.providers.backoff import LONGEST_PAUSE_SECONDS, pause_seconds
from routing.providers.refusals import retry_after
from routing.providers.retries import retries_before
from routing.providers.retry_budget import MOST_ATTEMPTS, RetryBudget, Tries
from routing.types import Candidate
from tests.routing.select.cast import decide


def pause(failures: int = 1, **changes) -> float | None:
    values = {"asked_seconds": None, "remaining_seconds": 60.0, "has_fallback": True, "chance": 1.0}
    return pause_seconds(failures, **{**values, **changes})


def test_pauses_double_up_to_a_bound():
    pauses = [pause(failures, has_fallback=False) for failures in range(1, 9)]
    assert pauses == [0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0, 5.0]


def test_jitter_takes_all_of_the_pause():
    """Those sent away together come back spread over the whole pause."""
    assert [pause(3, chance=chance) for chance in (0.0, 0.5, 1.0)] == [0.0, 0.4, 0.8]


def test_wish_of_the_provider_is_the_least():
    assert pause(asked_seconds=2, chance=0.0) == 2.0
    assert pause(asked_seconds=2, chance=1.0) == 2.2


@pytest.mark.parametrize("asked", [86_400, 16, 1e308, float("inf")])
def test_wish_beyond_the_deadline_is_not_waited_for(asked: float):
    assert pause(asked_seconds=asked) is None


@pytest.mark.parametrize("asked", [-1, -1e308, float("-inf"), float("nan")])
def test_wish_below_nothing_is_none(asked: float):
    assert pause(asked_seconds=asked, chance=0.0) == 0.0


def test_longer_waits_are_worth_it_when_nobody_else_can_answer():
    assert pause(asked_seconds=20, chance=0.0) is None
    assert pause(asked_seconds=20, chance=0.0, has_fallback=False) == 20.0


NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
IN_HALF_A_MINUTE = "Fri, 20 Nov 2026 15:00:30 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7),
        ({"retry-after": "0.4"}, 1),
        ({"retry-after": IN_HALF_A_MINUTE}, 30),
        ({"retry-after": "Friday, 20-Nov-26 15:00:30 GMT"}, 30),
        (
            {
                "retry-after": "Fri, 20 Nov 2026 15:00:30 GMT",
                "date": "Fri, 20 Nov 2026 15:00:20 GMT",
            },
            10,
        ),
        ({"retry-after": "Fri, 20 Nov 2026 14:00:00 GMT"}, 0),
        ({"retry-after": "Fri, 20 Nov 2099 14:00:00 GMT"}, 3_600),
        ({"retry-after": "86400"}, 3_600),
        ({"retry-after-ms": "1500"}, 2),
        ({"retry-after": "3", "retry-after-ms": "1500"}, 3),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "1e308"}, None),
        ({"retry-after": "Fri, 99 Nov 2026 15:00:30 GMT"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "\u0667"}, None),
        ({"retry-after-ms": "soon"}, None),
        ({}, None),
    ],
    ids=str,
)
def test_wish_of_a_provider_in_all_its_spellings(headers: dict[str, str], seconds: int | None):
    assert retry_after(headers, now=NOW) == seconds


@given(
    st.integers(1, 50),
    st.none() | st.floats(allow_nan=True, allow_infinity=True),
    st.floats(-10, 600),
    st.booleans(),
    st.floats(0, 1),
)
def test_no_advice_leads_past_the_deadline(failures, asked, remaining, has_fallback, chance):
    found = pause_seconds(
        failures,
        asked_seconds=asked,
        remaining_seconds=remaining,
        has_fallback=has_fallback,
        chance=chance,
    )
    assert found is None or 0 <= found <= remaining / 2
    if asked is None and found is not None:
        assert found <= LONGEST_PAUSE_SECONDS


class Clock:
    """A monotonic clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def test_outage_is_made_worse_by_a_tenth(settings):
    """A thousand requests within a second, all failing, cause a hundred calls more."""
    settings.RETRY_RESERVE = 10
    budget, made = RetryBudget(monotonic=Clock()), 0
    for _ in range(1_000):
        budget.earn()
        tries = Tries(budget)
        while tries.take():
            made += 1
    assert made <= 1_000 + 100 + 10
    assert made >= 1_090


def test_what_is_left_of_the_reserve_is_for_point_of_care_work(settings):
    """While a provider half works, the others use up what they earn."""
    settings.RETRY_RESERVE = 10
    budget = RetryBudget(monotonic=Clock())
    assert sum(budget.take() for _ in range(20)) == 7
    assert sum(budget.take(is_urgent=True) for _ in range(20)) == 3
    assert not budget.take(is_urgent=True)


def test_request_makes_three_calls_at_most(settings):
    settings.RETRY_RESERVE = 100
    tries = Tries(RetryBudget(monotonic=Clock()))
    assert [tries.take() for _ in range(5)] == [True] * MOST_ATTEMPTS + [False] * 2


def test_quiet_site_can_always_fall_back(settings):
    """A second without requests earns one further call, and a night no more than the reserve."""
    settings.RETRY_RESERVE = 2
    clock = Clock()
    budget = RetryBudget(monotonic=clock)
    assert [budget.take() for _ in range(3)] == [True, True, False]
    clock.now += 1
    assert [budget.take(), budget.take()] == [True, False]
    clock.now += 30_000
    assert [budget.take() for _ in range(3)] == [True, True, False]


def candidate(model: str, provider: str) -> Candidate:
    known = decide().chosen
    return replace(
        known,
        model=replace(known.model, model_id=model),
        deployment=replace(known.deployment, slug=f"{provider}-{model}", provider=provider),
    )


SONNET, OPUS = candidate("sonnet", "anthropic"), candidate("opus", "anthropic")
ELSEWHERE, AT_HOME = candidate("sonnet", "cloud"), candidate("gemma", "house")


@pytest.mark.parametrize(
    ("asked", "further", "made", "retries"),
    [
        (SONNET, [], 1, 2),
        (SONNET, [OPUS], 1, 1),
        (SONNET, [OPUS, OPUS], 1, 1),
        (SONNET, [ELSEWHERE, AT_HOME], 1, 0),
        (SONNET, [AT_HOME], 1, 1),
        (SONNET, [OPUS, AT_HOME], 1, 0),
        (OPUS, [AT_HOME], 2, 0),
        (OPUS, [AT_HOME], 1, 1),
        (SONNET, [OPUS, OPUS, AT_HOME], 1, 0),
    ],
)
def test_a_place_of_another_provider_keeps_its_call(asked, further, made, retries):
    """What is down at one provider is often all of it; its own models may wait for a retry."""
    left = Tries(RetryBudget(monotonic=Clock()), made=made).left
    has_twin = bool(further) and further[0].model == asked.model
    provider = asked.deployment.provider
    assert retries_before(further, provider=provider, has_twin=has_twin, left=left) == retries
