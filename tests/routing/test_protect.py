"""A request leaves under the strictest policy that any task type it may be of has."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from phi import patients
from phi.errors import PhiBlocked
from phi.patient_lists import PatientLists
from phi.patients import Patients
from phi.pms import PmsClient
from phi.types import PhiConfiguration, PhiPolicy
from routerproject.shared.outbound import Outbound
from routing.protect import SafeRequest, sanitize, under_policy_of
from routing.types import RouteRequest
from tests.patience import LIMIT_SECONDS
from tests.pms_server import PmsServer, pms_server

OPEN = PhiPolicy(
    "open",
    3,
    allowed_categories=frozenset({"date", "mrn"}),
    allows_images=True,
    allows_documents=True,
    allow_list=frozenset({"oak"}),
)
TEXT = "Seen on 03/02/2026, MRN 482913, call (555) 234-5678."
REQUEST = RouteRequest(
    id="r-1",
    tenant="clinic",
    client="pms",
    messages=({"role": "user", "content": TEXT},),
    received_at=datetime(2026, 11, 21, tzinfo=UTC),
)
IMAGE = {"type": "image", "source": {"type": "base64", "media_type": "image/gif", "data": "aGk="}}


def config(**by_task_type: PhiPolicy) -> Any:
    policies = {("clinic", name): policy for name, policy in by_task_type.items()}
    return SimpleNamespace(
        phi=PhiConfiguration(OPEN, by_tenant={}, by_task_type=policies),
        table=SimpleNamespace(task_types={"write_code": SimpleNamespace(is_code=True)}),
    )


async def taken_for(
    task_type: str | None, policy: PhiPolicy, request: RouteRequest = REQUEST
) -> tuple[SafeRequest, SafeRequest]:
    snapshot = config(intake=policy)
    first = await sanitize(request, tenant_id=1, config=snapshot)
    then = await under_policy_of(task_type, request, first, tenant_id=1, config=snapshot)
    return first, then


@pytest.mark.parametrize(
    "policy",
    [
        OPEN,
        replace(OPEN, slug="other"),
        replace(OPEN, allowed_categories=frozenset({*("date", "mrn", "ssn")})),
    ],
    ids=["same", "other name", "looser"],
)
async def test_a_policy_that_is_no_stricter_changes_nothing(policy: PhiPolicy) -> None:
    first, then = await taken_for("intake", policy)
    assert then is first


@pytest.mark.parametrize("task_type", [None, "sentiment"])
async def test_a_type_without_a_policy_of_its_own_changes_nothing(task_type: str | None) -> None:
    first, then = await taken_for(task_type, replace(OPEN, mode="block"))
    assert then is first


async def test_what_the_detected_type_forbids_is_refused() -> None:
    with pytest.raises(PhiBlocked):
        await taken_for("intake", replace(OPEN, mode="block"))


@pytest.mark.parametrize("mode", ["redact", "local_only"])
async def test_the_stricter_mode_counts(mode: str) -> None:
    first, then = await taken_for("intake", PhiPolicy("strict", 7, mode=mode))
    assert (then.policy.slug, then.policy.version, then.policy.mode) == ("strict", 7, mode)
    assert bool(then.vault) == (mode == "local_only")
    assert "482913" in str(first.request.messages)
    left = str(then.request.messages)  # a token may well hold three digits in a row
    assert not [word for word in ("482913", "03/02/2026", "(555) 234-5678") if word in left]


async def test_fewer_allowances_count_beside_a_mode_of_the_own() -> None:
    declared = replace(OPEN, mode="redact")
    snapshot = config(intake=replace(OPEN, slug="few", allowed_categories=frozenset({"date"})))
    request = replace(REQUEST, task_type="note")
    snapshot.phi.by_task_type["clinic", "note"] = declared
    first = await sanitize(request, tenant_id=1, config=snapshot)
    then = await under_policy_of("intake", request, first, tenant_id=1, config=snapshot)
    text = then.request.messages[0]["content"]
    assert text == "Seen on 03/02/2026, MRN [MRN], call [PHONE]."


async def test_images_need_both_policies() -> None:
    request = replace(REQUEST, messages=({"role": "user", "content": [IMAGE]},))
    with pytest.raises(PhiBlocked) as refusal:
        await taken_for("intake", replace(OPEN, allows_images=False), request)
    assert refusal.value.extra["reasons"] == ["image-not-allowed"]


def test_two_policies_make_the_strictest_of_both() -> None:
    one = PhiPolicy("a", 1, "redact", frozenset({"date"}), True, False, frozenset({"oak"}))
    two = PhiPolicy(
        "b", 2, "tokenize", frozenset({"date", "url"}), False, True, frozenset(), on_doubt="deny"
    )
    assert one.tightened_by(two) == PhiPolicy(
        "b", 2, "redact", frozenset({"date"}), on_doubt="deny"
    )
    assert one.tightened_by(one) is one


async def test_declared_work_on_code_raises_no_doubt() -> None:
    """Taken for something else, the same text is read again under what both policies let pass."""
    declared = replace(REQUEST, task_type="write_code")
    first, then = await taken_for("summary", OPEN, declared)
    assert (first.policy.on_doubt, then.policy.on_doubt) == ("off", "tokenize")
    first, then = await taken_for("write_code", OPEN)
    assert (first.policy.on_doubt, then.policy.on_doubt) == ("tokenize", "tokenize")


def test_a_finding_and_a_missing_record_are_met_as_strictly_as_either_policy_says() -> None:
    loose = replace(OPEN, on_finding="resanitize", pms_failure="proceed")
    assert loose.tightened_by(replace(loose, on_finding="on_premise")).on_finding == "on_premise"
    assert loose.tightened_by(OPEN).pms_failure == "refuse"
    assert OPEN.tightened_by(loose) is OPEN


def test_an_answer_is_kept_only_where_both_policies_let_it_be() -> None:
    forbidding = replace(OPEN, keeps_answers=False)
    assert not OPEN.tightened_by(forbidding).keeps_answers
    assert forbidding.tightened_by(OPEN) is forbidding


@pytest.fixture
async def pms(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[PmsServer]:
    async with pms_server() as server:
        client = PmsClient(server.url, Outbound([server.url]), LIMIT_SECONDS)
        records = Patients(client, tenants=["clinic"], record_seconds=60)
        monkeypatch.setattr(patients, "_running", [records])
        yield server
        await records.close()


ABOUT_HER = replace(
    REQUEST,
    messages=({"role": "user", "content": "Pemberwick asked for theodora: 217 555 0144."},),
    patients=({"id": "p-1"},),
)


@pytest.mark.usefixtures("pms")
async def test_a_patient_named_by_id_alone_is_protected() -> None:
    safe = await sanitize(ABOUT_HER, tenant_id=1, config=config())
    text = str(safe.request.messages).lower()
    assert not [word for word in ("pemberwick", "theodora", "0144") if word in text]
    assert {one.value for one in safe.known} >= {"Theodora Pemberwick"}
    assert safe.cautions == ()


async def test_a_policy_that_proceeds_says_so(pms: PmsServer) -> None:
    pms.scripted(500, b"")
    with pytest.raises(PhiBlocked):
        await sanitize(ABOUT_HER, tenant_id=1, config=config())
    snapshot = config()
    snapshot.phi.by_tenant["clinic"] = replace(OPEN, pms_failure="proceed")
    safe = await sanitize(ABOUT_HER, tenant_id=1, config=snapshot)
    assert [caution.code for caution in safe.cautions] == ["patient-record-unavailable"]


async def test_what_only_the_last_scan_saw_counts_as_an_identifier(pms: PmsServer) -> None:
    """Else a policy that keeps identifiers on premise would look for a model in the cloud."""
    here = patients.current()
    assert here is not None
    here.lists = PatientLists(here.client, ["clinic"], refresh_seconds=300)
    await here.lists.refresh()
    snapshot = config()
    snapshot.phi.by_tenant["clinic"] = replace(
        OPEN, on_finding="on_premise", allowed_categories=frozenset()
    )
    said = "the theodora pemberwick visit went well, no fever."
    request = replace(REQUEST, messages=({"role": "user", "content": said},))
    safe = await sanitize(request, tenant_id=1, config=snapshot)
    if safe.outcome:  # the engine itself may find her by then
        assert (safe.outcome, safe.policy.mode) == ("on_premise", "local_only")
        assert safe.reasons == ("patient:name",)
    assert safe.contains_identifiers
