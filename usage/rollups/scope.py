"""Which requests a figure is about."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from routerproject.shared.clock import first_id
from usage.models import UsageRecord

ROLLED = ("tenant_id", "tier", "task_type", "client_id")  # what hours are summed by
SINGLE = ("session_hash", "case_hash")  # what only the rows know


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which requests are meant; `end` is exclusive, None does not narrow."""

    tenant_id: int | None
    start: datetime
    end: datetime
    tier: str | None = None
    task_type: str | None = None
    client_id: int | None = None
    session_hash: bytes | None = None
    case_hash: bytes | None = None

    def narrowing(self) -> dict[str, object]:
        """Return the columns that are narrowed to a value."""
        chosen = {name: getattr(self, name) for name in (*ROLLED, *SINGLE)}
        return {name: value for name, value in chosen.items() if value is not None}

    def requests(self) -> QuerySet[UsageRecord]:
        """Return the requests that were begun in scope, unordered."""
        return UsageRecord.objects.filter(
            id__gte=first_id(self.start), id__lt=first_id(self.end), **self.narrowing()
        ).order_by()
