"""One request through everything: routed, masked, billed, audited."""

import pytest

from routing import snapshot
from routing.select.decide import decide
from routing.select.facts import Recorded, restored
from tests.gateway_server import Pms
from tests.sandbox_server import Sandbox
from usage.models import UsageRecord

pytestmark = pytest.mark.service
PATIENT = {
    "name": "Zephyrine Quillfeather",
    "birth_date": "1961-04-09",
    "mrn": "MRN-7718203",
    "phone": "(555) 010-4477",
    "email": "z.quillfeather@example.org",
}
CANARIES = ("Zephyrine", "Quillfeather", "7718203", "010-4477", "1961-04-09")


def test_request_is_answered_with_its_identifiers_restored(pms: Pms, sandbox: Sandbox):
    """The PMS gets names back; the provider never saw one."""
    reply = pms.route(
        "ECHO:Dear Zephyrine Quillfeather (MRN-7718203), call (555) 010-4477.", patient=PATIENT
    )
    assert reply.status == 200, reply.body
    assert reply.body["text"] == "Dear Zephyrine Quillfeather (MRN-7718203), call (555) 010-4477."
    sent = str(sandbox.requests())
    assert not [canary for canary in CANARIES if canary in sent]


@pytest.mark.parametrize(
    "fields",
    [
        {"task_type": "drug_interaction"},
        {"patient": PATIENT, "accuracy": "high", "model": "opus"},
    ],
)
def test_the_record_of_a_request_replays_to_the_same_decision(pms: Pms, fields):
    """Without its text, from what the ledger kept."""
    reply = pms.route("May she take warfarin with renal failure?", **fields)
    assert reply.status == 200, reply.body
    row = UsageRecord.objects.get(pk=reply.body["id"])
    recorded = Recorded(
        id=str(row.id),
        tenant="demo",
        client="pms",
        task_type=row.declared_task_type or None,
        urgency=row.urgency,
        accuracy=row.accuracy,
        patient_facing=row.patient_facing,
        facts=row.decision,
    )
    again = decide(restored(recorded, snapshot.build().table))
    told = reply.body["routing"]
    assert (again.tier, again.source) == (told["tier"], told["source"])
    assert again.confidence == told["confidence"]
    assert [r.code for r in again.reasons] == [r["code"] for r in told["reasons"]]
