"""One request through everything: routed, masked, billed, audited."""

import pytest

from tests.gateway_server import Pms
from tests.sandbox_server import Sandbox

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
