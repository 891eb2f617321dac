"""Who reads, acknowledges, snoozes and edits alerts in the admin."""

import pytest
from django.contrib.auth.models import Permission
from django.core.exceptions import PermissionDenied
from django.test import Client as Browser
from django.urls import reverse

from tests.factories.alerts import fired
from tests.factories.people import make_member
from usage.alerts import handling
from usage.models import (
    AlertRule,
    AuditEntry,
)

pytestmark = [pytest.mark.service, pytest.mark.django_db]


def signed_in(group: str) -> Browser:
    browser = Browser()
    browser.force_login(make_member(group))
    return browser


def test_finance_takes_note_and_asks_for_quiet():
    alert, finance = fired(), signed_in("finance")
    address = "admin:usage_alert_{}"
    page = finance.get(reverse(address.format("changelist"))).content.decode()
    assert "The spend: $0.005, above $0.001" in page
    finance.post(reverse(address.format("acknowledge"), args=[alert.pk]))
    finance.post(reverse(address.format("snooze"), args=[alert.pk]), {"hours": "8"})
    alert.refresh_from_db()
    assert alert.acknowledged_by is not None
    assert alert.acknowledged_by.username == "a-finance"
    assert alert.rule is not None
    assert alert.rule.snoozed_until is not None
    kinds = set(AuditEntry.objects.values_list("kind", flat=True))
    assert {"alert.acknowledged", "alert.snoozed"} <= kinds


def test_compliance_reads_and_cannot_silence():
    alert, compliance = fired(), signed_in("compliance")
    for name in ("alert", "alertrule", "alertsink", "alertdelivery"):
        assert compliance.get(reverse(f"admin:usage_{name}_changelist")).status_code == 200
    refused = compliance.post(reverse("admin:usage_alert_acknowledge", args=[alert.pk]))
    assert refused.status_code == 403
    with pytest.raises(PermissionDenied):
        handling.acknowledge(alert, by=make_member("compliance", "cleo"))


def test_rules_are_edited_with_a_history_and_an_audit_entry():
    operations = signed_in("operations")
    form = operations.get(reverse("admin:usage_alertrule_add")).content.decode()
    assert "In the unit of the kind" in form
    given = {"name": "Night", "kind": "spend", "threshold": "2", "period": "hour"}
    more = {"least_requests": "1", "is_active": "on"}
    saved = operations.post(reverse("admin:usage_alertrule_add"), {**given, **more})
    assert saved.status_code == 302
    rule = AlertRule.objects.get(name="Night")
    assert rule.threshold == 2
    page = operations.get(reverse("admin:usage_alertrule_change", args=[rule.pk]))
    assert page.context["adminform"].form.initial["threshold"] == "2"
    assert "2.000000000" not in operations.get(reverse("admin:usage_alertrule_changelist")).text
    assert AuditEntry.objects.filter(kind="alerts.changed").exists()


@pytest.mark.parametrize("threshold", ["-1", "NaN", "1e30", "0.0000000001", "much"])
def test_thresholds_that_are_none_are_refused(threshold):
    given = {"name": "x", "kind": "spend", "threshold": threshold, "period": "day"}
    answer = signed_in("operations").post(
        reverse("admin:usage_alertrule_add"), {**given, "least_requests": "1"}
    )
    assert answer.status_code == 200
    assert not AlertRule.objects.exists()


def test_roles_of_an_existing_installation_have_their_part():
    wanted = {"finance": True, "operations": True, "compliance": False, "developer": False}
    permission = Permission.objects.get(codename="acknowledge_alert")
    for group, may in wanted.items():
        held = make_member(group, f"b-{group}").has_perm(f"usage.{permission.codename}")
        assert held is may
