"""What the last scan sees goes only to a model inside the house, where the policy says so."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from phi.errors import EgressDenied
from phi.known import identifiers_of
from phi.patient_index import PatientIndex
from phi.types import PhiPolicy
from routing.providers.attempt import Attempt, scan
from routing.types import Candidate
from tests.routing.select.cast import decide

POLICY = PhiPolicy("clinic", 1)
ON_PREMISE = replace(POLICY, on_finding="on_premise", mode="local_only")
SEEN = b'{"messages": [{"role": "user", "content": "saw corvina weathersby today"}]}'
UNREADABLE = b'{"messages": '
HEADERS: Mapping[str, str] = {"content-type": "application/json"}


def attempt(policy: PhiPolicy, *, on_premise: bool, body: bytes = SEEN) -> Attempt:
    index = PatientIndex()
    index.add(identifiers_of([{"name": "Corvina Weathersby"}]))
    chosen: Candidate = decide().chain[0]
    deployment = replace(chosen.deployment, is_on_premise=on_premise)
    unused: Any = None  # a scan asks neither ledger nor provider
    return Attempt(
        kind="main",
        candidate=replace(chosen, deployment=deployment),
        body=body,
        max_output_tokens=10,
        page=unused,
        clients=unused,
        deadline=unused,
        known=(),
        policy=policy,
        patients=index,
    )


@pytest.mark.parametrize(
    ("policy", "on_premise"), [(POLICY, False), (POLICY, True), (ON_PREMISE, False)]
)
async def test_a_finding_is_refused(policy: PhiPolicy, on_premise: bool) -> None:
    with pytest.raises(EgressDenied) as denial:
        await scan(attempt(policy, on_premise=on_premise), HEADERS)
    assert denial.value.extra["reasons"] == ["patient:name"]


async def test_a_finding_may_stay_in_the_house() -> None:
    await scan(attempt(ON_PREMISE, on_premise=True), HEADERS)


async def test_what_cannot_be_read_goes_nowhere() -> None:
    with pytest.raises(EgressDenied) as denial:
        await scan(attempt(ON_PREMISE, on_premise=True, body=UNREADABLE), HEADERS)
    assert denial.value.extra["reasons"] == ["scan-failed"]


async def test_a_header_is_looked_at_too() -> None:
    with pytest.raises(EgressDenied):
        await scan(attempt(POLICY, on_premise=False, body=b"{}"), {"x-note": "Corvina Weathersby"})
