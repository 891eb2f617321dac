"""The rows of a usage report in a table of this connection, beside what the ledger has of each.

A report may have millions of rows: none but the present one is in memory, and the database finds
those that do not agree.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from itertools import islice
from typing import Any, Final
from uuid import UUID

from django.db import Error, connection

from routerproject.shared.clock import first_id
from routerproject.shared.figures import exact_usd
from usage.bill_names import Place
from usage.bill_rows import COLUMNS, BadReport, Bucket
from usage.closing.months import Month
from usage.models import AttemptState
from usage.pricing import TokenCounts
from usage.reconciliation import BILLED_WITHIN

KINDS: Final = tuple(COLUMNS.values())
AT_ONCE: Final = 5_000  # rows of one COPY
PAGE: Final = 500
MOST_NANO: Final = 2**63 - 1  # of a column of the ledger
Note = Callable[[int], None]  # is told how many rows were read
_COLUMNS: Final = ("row", "model", "starts", "ends", "first", "past", "billed", *KINDS)
_TABLES: Final = "pg_temp.bill_row, pg_temp.bill_ours, pg_temp.bill_suspect"
_DROP: Final = f"DROP TABLE IF EXISTS {_TABLES}"
_CREATE: Final = """
CREATE TEMPORARY TABLE bill_row (row int PRIMARY KEY, model text, starts timestamptz,
    ends timestamptz, first uuid, past uuid, billed bigint, {kinds})
""".format(kinds=", ".join(f"{kind} bigint" for kind in KINDS))
_COPY: Final = f"COPY pg_temp.bill_row ({', '.join(_COLUMNS)}) FROM STDIN"
_OVERLAP: Final = """
SELECT before, row FROM (
    SELECT row, starts, lag(row) OVER times AS before, lag(ends) OVER times AS until
    FROM pg_temp.bill_row WINDOW times AS (PARTITION BY model ORDER BY starts, row)) AS found
WHERE starts < until ORDER BY starts, row LIMIT 1
"""
# A call is of the bucket of its model in which it was admitted, as its id says.
_OURS: Final = """
CREATE TEMPORARY TABLE bill_ours AS
SELECT bucket.row, count(*) FILTER (WHERE a.state = 'unknown') AS unknown,
    count(*) FILTER (WHERE a.state = 'admitted') AS running,
    sum(a.cost_nano_usd) AS cost, {sums}
FROM usage_attempt a
JOIN unnest(%(places)s::text[], %(ids)s::text[], %(models)s::text[]) AS name (place, id, model)
    ON name.place = a.deployment AND name.id = a.model_id
CROSS JOIN LATERAL (SELECT row, past FROM pg_temp.bill_row b
    WHERE b.model = name.model AND b.first <= a.id ORDER BY b.first DESC LIMIT 1) AS bucket
WHERE a.id >= %(first)s AND a.id < %(past)s AND a.id < bucket.past AND a.kind <> 'batch'
GROUP BY bucket.row
""".format(  # noqa: S608 (names of ours)
    sums=", ".join(
        f"COALESCE(sum(a.{kind}) FILTER (WHERE a.state IN ('settled', 'resolved')), 0) AS {kind}"
        for kind in KINDS
    )
)
_SUSPECTS: Final = """
CREATE TEMPORARY TABLE bill_suspect AS
SELECT b.* FROM pg_temp.bill_row b LEFT JOIN pg_temp.bill_ours o USING (row)
WHERE b.ends > %s OR COALESCE(o.unknown + o.running, 0) > 0 OR b.billed <> COALESCE(o.cost, 0)
    OR {other}
""".format(other=" OR ".join(f"b.{kind} <> COALESCE(o.{kind}, 0)" for kind in KINDS))
_PAGE: Final = """
SELECT row, starts, ends, model, billed, {kinds} FROM pg_temp.bill_suspect
WHERE row > %s ORDER BY row LIMIT {page}
""".format(kinds=", ".join(KINDS), page=PAGE)
_WITHOUT_ROW: Final = """
SELECT a.id, a.state FROM usage_attempt a
JOIN unnest(%(places)s::text[], %(ids)s::text[], %(models)s::text[]) AS name (place, id, model)
    ON name.place = a.deployment AND name.id = a.model_id
WHERE a.id >= %(first)s AND a.id < %(past)s AND a.kind <> 'batch'
    AND a.state IN ('unknown', 'admitted') AND NOT EXISTS (SELECT FROM pg_temp.bill_row b
        WHERE b.model = name.model AND b.first <= a.id AND a.id < b.past)
ORDER BY a.id LIMIT %(most)s
"""
_COVERED: Final = """
SELECT b.model, {sums} FROM pg_temp.bill_ours o JOIN pg_temp.bill_row b USING (row) GROUP BY b.model
""".format(sums=", ".join(f"sum(o.{kind})::bigint" for kind in KINDS))


@contextmanager
def staged(found: Iterable[Bucket], month: Month, note: Note) -> Iterator[None]:
    """Have the rows of a report in the database. Raises BadReport for one beyond the month."""
    _run(_DROP)
    _run(_CREATE)
    try:
        rows = _within(found, month)
        while part := list(islice(rows, AT_ONCE)):
            _copy_rows(part)
            note(part[-1].row)
        yield
    finally:
        if not connection.needs_rollback:
            with suppress(Error):  # they are gone with a connection that broke
                _run(_DROP)


def refuse_overlaps() -> None:
    """Raise BadReport for two rows of the same moment, which would count its calls twice."""
    _run("CREATE INDEX ON pg_temp.bill_row (model, first)")
    _run("ANALYZE pg_temp.bill_row")
    with connection.cursor() as cursor:
        cursor.execute(_OVERLAP)
        if found := cursor.fetchone():
            raise BadReport(f"Rows {found[0]} and {found[1]} overlap.")


def join_ledger(names: Mapping[str, Collection[Place]], month: Month, now: datetime) -> None:
    """Find what the ledger has of each row, and the rows of which it has something else."""
    _run(_OURS, _calls_of(names, month))
    _run("CREATE INDEX ON pg_temp.bill_ours (row)")
    _run(_SUSPECTS, [now - BILLED_WITHIN])
    _run("CREATE INDEX ON pg_temp.bill_suspect (row)")


def suspects() -> Iterator[Bucket]:
    """Return the rows of which the ledger has something else, or something is not known."""
    last = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(_PAGE, [last])
            page = cursor.fetchall()
        if not page:
            return
        for row, start, end, model, billed, *counts in page:
            tokens = TokenCounts(**dict(zip(KINDS, counts, strict=True)))
            yield Bucket(row, start, end, model, tokens, billed)
        last = page[-1][0]


def in_doubt_without_row(
    names: Mapping[str, Collection[Place]], month: Month, *, most: int
) -> list[tuple[UUID, AttemptState]]:
    """Return the first calls that are unknown or under way and in no row's model and time."""
    with connection.cursor() as cursor:
        cursor.execute(_WITHOUT_ROW, {**_calls_of(names, month), "most": most})
        return [(key, AttemptState(state)) for key, state in cursor.fetchall()]


def covered() -> dict[str, dict[str, int]]:
    """Return the tokens of all calls for which there is a row, by model and kind."""
    with connection.cursor() as cursor:
        cursor.execute(_COVERED)
        return {model: dict(zip(KINDS, sums, strict=True)) for model, *sums in cursor.fetchall()}


def totals() -> tuple[int, int | None]:
    """Return the number of rows, and the sum of their amounts in nano-USD if all have one.

    Raises BadReport when no ledger could hold that sum.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), count(billed), sum(billed) FROM pg_temp.bill_row")
        rows, amounts, billed = cursor.fetchone()
    if (billed or 0) > MOST_NANO:
        raise BadReport(f"The amounts add up to more than {exact_usd(MOST_NANO)}.")
    return rows, int(billed or 0) if rows == amounts else None


def _calls_of(names: Mapping[str, Collection[Place]], month: Month) -> dict[str, Any]:
    """Return which calls a report is of: where they went, under which names, and in which month."""
    rows = [(*place, model) for model, places in names.items() for place in places]
    lists = {name: [row[n] for row in rows] for n, name in enumerate(("places", "ids", "models"))}
    return {**lists, "first": first_id(month.start), "past": first_id(month.end)}


def _copy_rows(part: Iterable[Bucket]) -> None:
    with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
        for bucket in part:
            copy.write_row(_values(bucket))


def _within(found: Iterable[Bucket], month: Month) -> Iterator[Bucket]:
    for bucket in found:
        if not month.start <= bucket.start or bucket.end > month.end:
            raise BadReport(f"Row {bucket.row} is not within {month}.")
        yield bucket


def _values(bucket: Bucket) -> tuple[Any, ...]:
    counts = (getattr(bucket.tokens, kind) for kind in KINDS)
    bounds = (first_id(bucket.start), first_id(bucket.end))
    return (
        *(bucket.row, bucket.model, bucket.start, bucket.end),
        *(*bounds, bucket.billed, *counts),
    )


def _run(statement: str, parameters: Any = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
