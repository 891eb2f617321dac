"""What single sessions and patient journeys cost, and the steps of one journey."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection

from routerproject.shared.clock import first_id
from usage.rollups.making import BEFORE, LONGEST_REQUEST
from usage.rollups.scope import Scope

Kind = Literal["session", "case"]
SHOWN: Final = 50
MOST_IN_FILE: Final = 10_000
MOST_STEPS: Final = 500
_COSTS: Final = """
    LEFT JOIN (
        SELECT request_id, sum(cost_nano_usd) AS cost, count(*) AS calls
        FROM usage_attempt WHERE id >= %s AND id < %s GROUP BY request_id
    ) c ON c.request_id = r.id
"""
# Of one journey or session: by the index of requests, however many calls there are in that time.
_COSTS_OF_FEW: Final = """
    LEFT JOIN LATERAL (
        SELECT sum(cost_nano_usd) AS cost, count(*) AS calls
        FROM usage_attempt WHERE id >= %s AND id < %s AND request_id = r.id
    ) c ON true
"""
_GROUPS: Final = """
    SELECT r.{kind}_hash, max(r.{kind}_label), count(*), COALESCE(sum(c.cost), 0) AS cost,
        sum(r.uniform_opus_nano_usd), min(r.created_at), max(r.created_at), count(*) OVER (),
        COALESCE(sum(sum(c.cost)) OVER (), 0)
    FROM ({requests}) r {costs}
    WHERE r.{kind}_hash IS NOT NULL
    GROUP BY 1 ORDER BY cost DESC, 1 LIMIT %s
"""
_STEPS: Final = """
    SELECT r.id, r.created_at, r.task_type, r.tier, r.model_id, r.state, r.cache_status,
        COALESCE(c.calls, 0), COALESCE(c.cost, 0)::bigint, r.uniform_opus_nano_usd
    FROM ({requests}) r {costs}
    ORDER BY r.id LIMIT %s
"""
_DAYS: Final = """
    SELECT (a.admitted_at AT TIME ZONE %s)::date AS day, r.session_hash, max(r.session_label),
        a.tier, count(DISTINCT r.id), sum(a.input_tokens + a.cache_creation_5m_input_tokens
            + a.cache_creation_1h_input_tokens + a.cache_read_input_tokens),
        sum(a.output_tokens), sum(a.cost_nano_usd)
    FROM usage_attempt a JOIN ({requests}) r ON r.id = a.request_id
    WHERE a.id >= %s AND a.id < %s AND a.state IN ('settled', 'resolved')
    GROUP BY 1, 2, 4 ORDER BY 1, 3, 2, 4
"""


@dataclass(frozen=True, slots=True)
class Group:
    """A session or a journey. Its label is empty where it would have held an identifier."""

    hash: bytes
    label: str
    requests: int
    cost: int
    opus: int
    first_at: datetime
    last_at: datetime

    @property
    def reference(self) -> str:
        """Return the keyed hash that names it in an address."""
        return self.hash.hex()

    @property
    def name(self) -> str:
        return self.label or f"{self.reference[:10]}..."


@dataclass(frozen=True, slots=True)
class Groups:
    """The dearest sessions or journeys, and how many there are in all."""

    shown: tuple[Group, ...] = ()
    number: int = 0
    cost: int = 0  # of all of them

    @property
    def mean(self) -> int | None:
        return round(Decimal(self.cost) / self.number) if self.number else None

    @property
    def other_cost(self) -> int:
        return self.cost - sum(each.cost for each in self.shown)


@dataclass(frozen=True, slots=True)
class StepTaken:
    """One request of a journey."""

    id: UUID
    at: datetime
    task_type: str
    tier: str
    model_id: str
    state: str
    cache_status: str
    calls: int
    cost: int
    opus: int


@dataclass(frozen=True, slots=True)
class Day:
    """What one session used of one tier on one day."""

    day: date
    session: str
    tier: str
    tasks: int
    read_tokens: int
    output_tokens: int
    cost: int


def dearest(scope: Scope, kind: Kind, *, limit: int = SHOWN) -> Groups:
    """Return the dearest sessions or journeys with a request in scope; what is not in it is not
    counted."""
    rows = _rows(_GROUPS, scope, kind=kind, after=[limit])
    if not rows:
        return Groups()
    shown = tuple(
        Group(bytes(row[0]), row[1], row[2], int(row[3]), int(row[4]), row[5], row[6])
        for row in rows
    )
    return Groups(shown, rows[0][7], int(rows[0][8]))


def steps(scope: Scope) -> list[StepTaken]:
    """Return the requests of a scope, oldest first, each with all its calls."""
    rows = _rows(_STEPS, scope, after=[MOST_STEPS])  # the totals of all are in `dearest`
    return [StepTaken(*row) for row in rows]


def days(scope: Scope, zone: ZoneInfo) -> Iterator[Day]:
    """Return what each session used of each tier, day by day."""
    requests, given = scope.requests().query.sql_with_params()
    statement = _DAYS.format(requests=requests)
    with connection.cursor() as cursor:
        cursor.execute(statement, [zone.key, *given, *_bounds(scope)])
        for day, session_hash, label, *rest in cursor:
            session = label or (bytes(session_hash).hex()[:10] if session_hash else "")
            tier, *numbers = rest
            yield Day(day, session, tier, *map(int, numbers))


def _rows(statement: str, scope: Scope, *, after: list[Any], **names: str) -> list[Any]:
    requests, given = scope.requests().query.sql_with_params()
    is_of_few = scope.case_hash is not None or scope.session_hash is not None
    costs = _COSTS_OF_FEW if is_of_few else _COSTS
    text = statement.format(requests=requests, costs=costs, **names)
    with connection.cursor() as cursor:
        cursor.execute(text, [*given, *_bounds(scope), *after])
        return list(cursor.fetchall())


def _bounds(scope: Scope) -> tuple[UUID, UUID]:
    return first_id(scope.start - BEFORE), first_id(scope.end + LONGEST_REQUEST)
