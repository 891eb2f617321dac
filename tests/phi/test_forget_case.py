"""Forgetting a case: one command, after which its tokens mean nothing, and the trail says so."""

import asyncio
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from phi import case_keys, key_cache
from phi.errors import PhiBlocked
from phi.models import CaseKey
from tests.factories.accounts import make_client
from usage import verification
from usage.models import AuditEntry

pytestmark = [pytest.mark.service, pytest.mark.django_db]


@pytest.mark.parametrize("kind", ["case", "session", "user"])
def test_a_forgotten_case_begins_anew_and_the_trail_verifies(kind: str):
    tenant = make_client().tenant
    before = case_keys.key_for(tenant.pk, f"{kind}:7")
    other = case_keys.key_for(tenant.pk, f"{kind}:8")
    out = StringIO()
    call_command("forget_case", "--tenant", tenant.slug, f"--{kind}", "7", stdout=out)
    assert out.getvalue().startswith("forgotten")
    assert case_keys.key_for(tenant.pk, f"{kind}:7") != before
    assert case_keys.key_for(tenant.pk, f"{kind}:8") == other
    entry = AuditEntry.objects.get(tenant_id=tenant.pk, kind="case-forgotten")
    assert entry.actor == "command line"
    assert list(verification.verify(tenant.pk)) == []


@pytest.mark.parametrize(
    ("tenant", "sentence"), [("nowhere", "There is no tenant"), ("", "has no key")]
)
def test_what_cannot_be_forgotten_is_said(tenant: str, sentence: str):
    known = make_client().tenant
    with pytest.raises(CommandError, match=sentence):
        call_command("forget_case", "--tenant", tenant or known.slug, "--case", "never")
    assert not AuditEntry.objects.filter(kind="case-forgotten").exists()


@pytest.mark.django_db(transaction=True)
def test_a_key_that_cannot_be_opened_refuses():
    """After the key encryption key was exchanged without sealing anew, for one."""
    tenant = make_client().tenant
    case_keys.key_for(tenant.pk, "case:7")
    CaseKey.objects.update(wrapped_key=b"sealed by somebody else")
    with pytest.raises(PhiBlocked) as refusal:
        asyncio.run(key_cache.key_for(tenant.pk, "case:7"))
    assert refusal.value.extra["reasons"] == ["case-key-unavailable"]
