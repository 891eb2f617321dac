"""What people do about alerts: take note, and ask for quiet. Both stand in the audit trail."""

from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction

from routerproject.shared import clock
from usage import audit
from usage.models import Alert, AlertRule

PERMISSION = "usage.acknowledge_alert"


@transaction.atomic
def acknowledge(alert: Alert, *, by: Any) -> bool:
    """Take note of an alert; False when somebody did before. Raises PermissionDenied."""
    _require(by)
    row = Alert.objects.select_for_update(of=("self",)).get(pk=alert.pk)
    if row.acknowledged_at:
        return False
    row.acknowledged_by, row.acknowledged_at = by, clock.now()
    row.save(update_fields=["acknowledged_by", "acknowledged_at"])
    _record(row.tenant_id, "alert.acknowledged", by, alert=row.pk)
    return True


@transaction.atomic
def snooze(rule: AlertRule, *, until: datetime, by: Any) -> None:
    """Let a rule's alerts be written down and not sent until then. Raises PermissionDenied."""
    _require(by)
    rule.snoozed_until = until
    rule.save(update_fields=["snoozed_until"])
    _record(rule.tenant_id, "alert.snoozed", by, rule=rule.pk, until=until)


def _require(by: Any) -> None:
    if not by.has_perm(PERMISSION):
        raise PermissionDenied(f"This needs the permission {PERMISSION}.")


def _record(tenant_id: int | None, kind: str, by: Any, **facts: object) -> None:
    audit.append_now(
        tenant_id=tenant_id or audit.INSTALLATION,
        kind=kind,
        record=facts,
        actor=by.get_username(),
    )
