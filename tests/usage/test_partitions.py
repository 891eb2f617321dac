# ruff: noqa: S608 (statements are made here, for this test)
"""Rows of a month that nobody prepared are kept, told of, and moved when its partition is made."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from structlog.testing import capture_logs

from routerproject.shared import clock
from tests.factories.requests import make_attempt, make_request
from usage import audit, partitions, verification
from usage.models import AuditEntry, AuditHead, LedgerEntry

pytestmark = [pytest.mark.service, pytest.mark.django_db(transaction=True)]

TENANT = 7
MONTH, MAY = date(2031, 5, 20), datetime(2031, 5, 31, 23, 59, 59, 999_000, tzinfo=UTC)
JUNE = MAY + timedelta(milliseconds=1)


@pytest.fixture
def months(transactional_db) -> list[datetime]:
    """Two rows in each table, of two months without a partition."""
    head = audit.Head(TENANT, 0, audit.GENESIS)
    for at in (MAY, JUNE):
        attempt = make_attempt(make_request(at=at, tenant_id=TENANT))
        LedgerEntry.objects.create(
            id=clock.new_id(at),
            attempt_id=attempt.pk,
            period_id=1,
            kind="post",
            amount_nano_usd=5,
            created_at=at,
        )
        link, head = audit.extend(head, audit.Fact("test.happened", {}), at)
        AuditEntry.objects.create(**link.__dict__)
    AuditHead.objects.create(tenant_id=TENANT, seq=head.seq, hash=head.hash)
    return [MAY, JUNE]


def where(table: str) -> list[str]:
    """Return the partition of each row, in the order of the rows."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT tableoid::regclass::text FROM {table} ORDER BY id")
        return [row[0].removeprefix(table) for row in cursor.fetchall()]


def run(statement: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def alarms(first_month: date) -> dict[str, str]:
    """Return what is said of default partitions after preparing: table and month."""
    with capture_logs() as logs:
        partitions.prepare(first_month)
    found = [line for line in logs if line["event"] == "ledger.default_partition_is_used"]
    assert {line["log_level"] for line in found} <= {"error"}
    return {line["table"]: line["month"] for line in found}


def test_rows_of_the_default_move_into_the_month_that_is_made(months):
    for table in partitions.TABLES:
        assert where(table) == ["_default", "_default"]
    assert alarms(MONTH) == {}
    for table in partitions.TABLES:
        assert where(table) == ["_2031_05", "_2031_06"]
    assert list(verification.verify(TENANT)) == []


def test_months_after_one_with_rows_are_made_too(months):
    alarms(MONTH)
    for table in partitions.TABLES:
        run(f"SELECT 1 FROM {table}_2031_07")


@pytest.mark.parametrize("place", ["_default", "_2031_05"])
@pytest.mark.parametrize("table", partitions.TABLES)
def test_what_only_grows_still_does(months, table, place):
    """Before and after the move, in the table and in its partition."""
    if place != "_default":
        alarms(MONTH)
    for name in (table, table + place):
        with pytest.raises(IntegrityError, match="only grows"):
            run(f"DELETE FROM {name}")


def test_triggers_of_the_default_are_back_after_the_move(months):
    alarms(MONTH)
    make_request(at=datetime(2035, 1, 1, tzinfo=UTC))
    with pytest.raises(IntegrityError, match="only grows"):
        run("DELETE FROM ai_usage_default")


def test_sequence_numbers_are_unique_in_a_made_month(months):
    alarms(MONTH)
    row = AuditEntry.objects.get(seq=1)
    row.pk = clock.new_id(MAY)
    with pytest.raises(IntegrityError, match="tenant_id_seq"), transaction.atomic():
        AuditEntry.objects.bulk_create([row])


def test_one_month_that_cannot_be_made_does_not_stop_the_others(months):
    """And its rows are not lost, but told of."""
    run(
        "CREATE TABLE in_the_way PARTITION OF usage_attempt FOR VALUES FROM"
        " (usage_first_id('2031-05-03')) TO (usage_first_id('2031-05-04'))"
    )
    assert alarms(MONTH) == {"usage_attempt": "2031-05"}
    assert where("usage_attempt") == ["_default", "_2031_06"]
    assert where("ai_usage") == ["_2031_05", "_2031_06"]
    with pytest.raises(IntegrityError, match="only grows"):
        run("DELETE FROM usage_attempt_default")
    run("DROP TABLE in_the_way")
    assert alarms(MONTH) == {}
    assert where("usage_attempt") == ["_2031_05", "_2031_06"]


def test_rows_of_other_months_stay_and_are_told_of(months):
    assert alarms(date(2030, 1, 1)) == dict.fromkeys(partitions.TABLES, "2031-05")
    assert alarms(date(2031, 6, 1)) == dict.fromkeys(partitions.TABLES, "2031-05")
    assert where("usage_ledgerentry") == ["_default", "_2031_06"]
    assert alarms(MONTH) == {}


def test_made_months_look_like_those_of_the_migration(months):
    """Columns, defaults, checks, indexes and triggers."""
    alarms(MONTH)
    queries = (
        "SELECT attname, attnotnull, pg_get_expr(adbin, adrelid) FROM pg_attribute LEFT JOIN"
        " pg_attrdef ON adrelid = attrelid AND adnum = attnum"
        " WHERE attrelid = %s::regclass AND attnum > 0 ORDER BY attnum",
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass"
        " ORDER BY conname",
        "SELECT indkey::text, indisunique, pg_get_expr(indpred, indrelid) FROM pg_index"
        " WHERE indrelid = %s::regclass ORDER BY 1, 2, 3",
        "SELECT tgname, tgenabled FROM pg_trigger WHERE tgrelid = %s::regclass ORDER BY tgname",
    )
    with connection.cursor() as cursor:
        for table in partitions.TABLES:
            for query in queries:
                seen = []
                for place in ("_default", "_2031_05"):
                    cursor.execute(query, [table + place])
                    seen.append(cursor.fetchall())
                assert seen[0] == seen[1]


@pytest.mark.parametrize("table", partitions.TABLES)
def test_no_month_of_what_only_grows_can_be_emptied(months, table: str):
    """Triggers of a table are not asked when one of its parts is emptied by name."""
    partitions.prepare(MONTH)
    for part in ("2031_05", "2031_06", "default"):
        with pytest.raises(IntegrityError, match="only grows"):
            run(f"TRUNCATE {table}_{part}")
    assert len(where(table)) == len(months)
