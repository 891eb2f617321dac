"""The lines of single requests, page by page, each with all its calls."""

from collections.abc import Iterator, Sequence
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, Sum

from routerproject.shared.clock import first_id
from routerproject.shared.money import usd_text
from usage.models import Attempt, UsageRecord
from usage.reports.names import Names
from usage.rollups.figures import TOKEN_KINDS
from usage.rollups.making import BEFORE, LONGEST_REQUEST
from usage.rollups.scope import Scope

PAGE: Final = 2_000
WORDS: Final = ("task_type", "tier", "model_id", "source", "state", "outcome", "cache_status")
LABELS: Final = ("session_label", "case_label")
HEADER: Final = (
    *("id", "created_at", "tenant", "client", "department", *WORDS, "session", "case"),
    *("calls", *TOKEN_KINDS, "cost_usd", "uniform_opus_usd", "latency_ms"),
)
Sums = dict[UUID, dict[str, Any]]


def number_of(scope: Scope) -> int:
    """Return how many requests a scope has."""
    return scope.requests().count()


def pages(scope: Scope) -> Iterator[list[list[Any]]]:
    """Return the lines of a scope's requests, oldest first, in pages."""
    names, after = Names.load(), None
    while True:
        found = scope.requests()
        if after is not None:
            found = found.filter(id__gt=after)
        rows = list(found.order_by("id").defer("decision", "phi_counts", "metadata_sealed")[:PAGE])
        if not rows:
            return
        sums = _sums(scope, rows)
        yield [_line(row, sums.get(row.pk, {}), names) for row in rows]
        after = rows[-1].pk


def _sums(scope: Scope, rows: Sequence[UsageRecord]) -> Sums:
    """Return what the calls of some requests came to: also of those that have not ended."""
    bounds = {
        "id__gte": first_id(rows[0].created_at - BEFORE),
        "id__lt": first_id(scope.end + LONGEST_REQUEST),
    }
    made = Attempt.objects.filter(request_id__in=[row.pk for row in rows], **bounds).order_by()
    kinds = {f"sum_{kind}": Sum(kind) for kind in TOKEN_KINDS}
    found: Any = made.values("request_id").annotate(
        calls=Count("id"), cost=Sum("cost_nano_usd"), **kinds
    )
    return {each["request_id"]: each for each in found}


def _line(row: UsageRecord, sums: dict[str, Any], names: Names) -> list[Any]:
    named = names.of(row.client_id)
    return [
        *(str(row.pk), row.created_at.isoformat()),
        *(named.tenant, named.client, named.department),
        *(getattr(row, name) for name in (*WORDS, *LABELS)),
        sums.get("calls", 0),
        *(int(sums.get(f"sum_{kind}") or 0) for kind in TOKEN_KINDS),
        usd_text(int(sums.get("cost") or 0)),
        usd_text(row.uniform_opus_nano_usd),
        "" if row.latency_ms is None else round(row.latency_ms, 1),
    ]
