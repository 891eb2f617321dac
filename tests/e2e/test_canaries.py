"""The sweep for patients itself."""

import pytest

from routing.models import Rule
from tests import canaries
from tests.factories.accounts import make_tenant
from tests.factories.requests import make_attempt, make_request

pytestmark = [pytest.mark.service, pytest.mark.django_db]


def test_a_patient_is_found_in_words_documents_bytes_and_partitions():
    first, last = (word.encode() for word in canaries.CANARY.split())
    make_tenant(name=f"Dr. {canaries.CANARY.split()[0].upper()}")
    assert canaries.of_what_stays() == {first.lower()}
    Rule.objects.create(slug="hers", name="Hers", conditions={"words": [last.decode()]}, actions={})
    assert canaries.of_what_stays() == {first.lower(), last.lower()}
    make_attempt(make_request(), body_hash=b"\0" + last[::-1] + b"\xff")
    assert canaries.of_what_stays() == {first.lower(), last.lower(), last[::-1].lower()}
