"""What the reader of the dashboard chose: a range of time in a zone, and whom it is about."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError

from usage.dashboard.queries import Scope, recent_task_types
from usage.models import Client, Tenant

RANGES = {"today": 1, "7d": 7, "30d": 30}
CUSTOM = "custom"
EARLIEST = date(2020, 1, 1)
LONGEST_DAYS = 366
HOURLY_UP_TO = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Selection:
    """The scope of a page, the zone whose clock it follows, and how wide its columns are."""

    scope: Scope
    zone: ZoneInfo
    step: str  # hour | day

    @property
    def last_moment(self) -> datetime:
        return (self.scope.end - timedelta(seconds=1)).astimezone(self.zone)


class FilterForm(forms.Form):
    """The filters above the figures; sent by GET, so that a view can be kept as a bookmark."""

    range = forms.ChoiceField(
        required=False,
        label="Time",
        choices=[
            ("today", "Today"),
            ("7d", "7 days"),
            ("30d", "30 days"),
            ("month", "This month"),
            ("last-month", "Last month"),
            (CUSTOM, "Custom"),
        ],
    )
    first = forms.DateField(
        required=False, label="From", widget=forms.DateInput(attrs={"type": "date"})
    )
    last = forms.DateField(
        required=False, label="Through", widget=forms.DateInput(attrs={"type": "date"})
    )
    tenant = forms.ModelChoiceField(
        Tenant.objects.all(), required=False, to_field_name="slug", empty_label="All tenants"
    )
    client = forms.ModelChoiceField(
        Client.objects.select_related("tenant"), required=False, empty_label="All clients"
    )
    task_type = forms.ChoiceField(required=False, label="Task type")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", "All task types"), *((slug, slug) for slug in recent_task_types())]
        self.fields["task_type"].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("range") == CUSTOM and not self.errors:
            self._check_days(cleaned.get("first"), cleaned.get("last"))
        return cleaned

    def _check_days(self, first: date | None, last: date | None) -> None:
        if not first or not last:
            raise ValidationError("A custom time needs a first and a last day.")
        if not EARLIEST <= first <= last or last.year > 9000:
            raise ValidationError("The first day lies after the last, or too far back.")
        if (last - first).days >= LONGEST_DAYS:
            raise ValidationError(f"At most {LONGEST_DAYS} days can be shown at once.")

    def selection(self, now: datetime) -> Selection:
        """Return what to show; the default range when the form has errors."""
        chosen = self.cleaned_data if self.is_valid() else {}
        tenant, client = chosen.get("tenant"), chosen.get("client")
        zone = _zone(tenant or (client.tenant if client else None))
        start, end = _bounds(chosen, now.astimezone(zone).date(), zone)
        scope = Scope(
            tenant_id=tenant.pk if tenant else None,
            client_id=client.pk if client else None,
            task_type=chosen.get("task_type") or None,
            start=start,
            end=end,
        )
        return Selection(scope, zone, "hour" if end - start <= HOURLY_UP_TO else "day")


def _zone(tenant: Tenant | None) -> ZoneInfo:
    """Return a tenant's zone; for all tenants the one they share, else UTC."""
    if tenant:
        return ZoneInfo(tenant.time_zone)
    zones = set(Tenant.objects.order_by().values_list("time_zone", flat=True).distinct()[:2])
    return ZoneInfo(zones.pop() if len(zones) == 1 else "UTC")


def _bounds(chosen: dict[str, Any], today: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    if chosen.get("range") == CUSTOM:
        first, last = chosen["first"], chosen["last"]
    elif chosen.get("range") == "month":
        first, last = today.replace(day=1), today
    elif chosen.get("range") == "last-month":
        last = today.replace(day=1) - timedelta(days=1)
        first = last.replace(day=1)
    else:
        days = RANGES.get(chosen.get("range") or "7d", RANGES["7d"])
        first, last = today - timedelta(days=days - 1), today
    return _midnight(first, zone), _midnight(last + timedelta(days=1), zone)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
