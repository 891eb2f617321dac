"""A clinic with a patient management system: ids, the index of all, and the record of denials."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from phi.models import Denial
from routing.sandbox.pms import patient
from tests.gateway_server import Gateway, Pms
from tests.practice import Practice
from tests.sandbox_server import Sandbox

pytestmark = pytest.mark.service


@dataclass
class Clinic:
    practice: Practice
    pms: Pms
    gateway: Gateway


@pytest.fixture
def clinic(
    open_practice: Callable[..., Practice], sandbox: Sandbox, tmp_path: Path
) -> Iterator[Clinic]:
    """A practice whose patients the sandbox knows, at a router of its own."""
    practice = open_practice()
    environment = {"PMS_TENANTS": practice.tenant.slug}
    gateway = Gateway(sandbox.base_url, tmp_path / "web.log", environment=environment).start()
    pms = Pms(gateway.url, practice.pms.key)
    yield Clinic(practice, pms, gateway)
    pms.client.close()
    gateway.stop()


def test_a_clinic_whose_patients_are_known(clinic: Clinic, sandbox: Sandbox):
    """Its patients are masked by id, and none of them leaves in another patient's request."""
    assert clinic.gateway.ready()["patient_index"] == "ready"
    maria, other = patient(0), patient(23)
    full = f"{other['name']['first']} {other['name']['last']}".lower()
    asked = f"Summarize: alvarez, maria came in, MRN {maria['mrn']}, lives on Alder Court."
    reply = clinic.pms.route(asked, patient={"id": maria["id"]})
    assert reply.status == 200, reply.body
    (sent,) = sandbox.requests()
    assert not [word for word in ("alvarez", maria["mrn"]) if word in sent["body"].lower()]

    masked = clinic.pms.post(
        "/api/v1/phi/sanitize", {"text": asked, "patients": [{"id": maria["id"]}]}
    )
    assert maria["mrn"] not in masked.body["text"]
    explained = clinic.pms.post(
        "/api/v1/route/explain", {"prompt": asked, "patient": {"id": maria["id"]}}
    )
    assert explained.status == 200, explained.body

    unknown = clinic.pms.route(asked, patient={"id": "pat-9"})
    assert (unknown.status, unknown.body["reasons"]) == (422, ["patient-unknown"])

    before = len(sandbox.requests())
    denied = clinic.pms.route(
        "Classify the mood: all is well.",
        tools=[
            {"name": "look_up", "description": f"about {full}", "input_schema": {"type": "object"}}
        ],
    )
    assert denied.status in {200, 422}
    left = [row["body"].lower() for row in sandbox.requests()[before:]]
    assert not [body for body in left if full in body]

    rows = Denial.objects.filter(tenant=clinic.practice.tenant.slug).order_by("pk")
    assert rows[0].reasons == ["patient-unknown"]
    assert {row.client for row in rows} == {"pms"}
    assert clinic.practice.sums[1:] == (0, 0)  # nothing held
