"""Whom a call that took too long speaks against: its deployment, or its caller's hurry."""

from dataclasses import replace
from typing import Any

import pytest

from routing.errors import DeadlineExceeded, ProviderAmbiguous, ProviderCutOff
from routing.providers.attempt import Attempt
from routing.providers.gate import NOWHERE, ending_of
from routing.types import Candidate
from tests.routing.select.cast import decide


def attempt(*, model_timeout_ms: int) -> Attempt:
    chosen: Candidate = decide().chain[0]
    model = replace(chosen.model, timeout_ms=model_timeout_ms)
    unused: Any = None
    return Attempt(
        kind="main",
        candidate=replace(chosen, model=model),
        body=b"{}",
        max_output_tokens=10,
        page=unused,
        clients=unused,
        deadline=unused,
        known=(),
        policy=unused,
    )


@pytest.mark.parametrize(
    ("waited_seconds", "model_timeout_ms", "is_silence"),
    [
        (12, 120_000, False),  # a slow plain answer, and a caller who gave it twelve seconds
        (53, 120_000, False),
        (54, 120_000, True),  # what a request without a deadline leaves a call
        (120, 120_000, True),
        (29, 30_000, False),
        (30, 30_000, True),
    ],
)
def test_silence_is_what_outlasts_the_models_or_the_routers_own_patience(
    settings, waited_seconds: int, model_timeout_ms: int, *, is_silence: bool
):
    settings.REQUEST_DEADLINE_MS = 60_000
    call = attempt(model_timeout_ms=model_timeout_ms)
    assert call.is_silence(waited_seconds) is is_silence


def test_a_callers_deadline_is_no_failure_however_long_it_was_waited():
    """Nor is one that ran out before anything was sent, such as in wait for a budget."""
    assert ending_of(DeadlineExceeded()) == NOWHERE
    assert ending_of(DeadlineExceeded(is_timeout=False)) == NOWHERE


@pytest.mark.parametrize("failure", [DeadlineExceeded, ProviderAmbiguous, ProviderCutOff])
def test_a_timeout_of_the_routers_own_is_a_failure(failure: type[Any]):
    assert ending_of(failure(outcome="timeout", is_timeout=True)).went == "badly"
