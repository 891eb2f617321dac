"""The tables that grow are partitioned by month; here the coming months are prepared.

A row of a month that has no partition goes to the table's default partition, so it is not lost.
"""

from datetime import UTC, date, datetime

import structlog
from django.db import connection

PREPARED_MONTHS = 3
TABLES = ("ai_usage", "usage_attempt", "usage_ledgerentry", "usage_auditentry")
ROLLED_UP = ("usage_hourlyusage", "usage_hourlytotal", "usage_hourlycost")

log = structlog.get_logger(__name__)


def prepare(first_month: date) -> None:
    """Make the partitions of three months, and say so if rows are left in a default partition.

    Rows of these months are moved out of it; what is left is of months that nobody prepared.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT usage_make_partitions(%s, %s)", [first_month, PREPARED_MONTHS])
    for table in (*TABLES, *ROLLED_UP):
        if moment := _oldest_stray(table):
            log.error("ledger.default_partition_is_used", table=table, month=moment)


def _oldest_stray(table: str) -> str | None:
    """Return the month of the oldest row in a default partition."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id FROM {table}_default ORDER BY id LIMIT 1")  # noqa: S608 (ours)
        row = cursor.fetchone()
    return f"{datetime.fromtimestamp((row[0].int >> 80) / 1000, UTC):%Y-%m}" if row else None
