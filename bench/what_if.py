"""How long a changed rulebook takes on recorded decisions, as the worker tries it.

make bench ARGS="what_if"                  a million decisions, recorded
.venv/bin/python -m bench what_if 100000   so many of them
"""

import time
from collections.abc import Sequence
from typing import Any

from django.db import connection

from routing.models import RulebookVersion
from routing.rulebook import what_if
from tests.factories.decisions import COPIES, PATTERNS, change_much, fill
from tests.factories.people import make_admin
from usage.models import UsageRecord

GOAL_SECONDS = 60
SHOWN = ("requests", "judged", "not_judged", "moved", "cost", "under_routing", "seconds")


def main(arguments: Sequence[str]) -> dict[str, Any]:
    """Write decisions, change what may touch each of them, and try the change."""
    assert RulebookVersion.objects.exists(), "The starter rulebook comes with the migrations."
    fill(int(arguments[0]) // PATTERNS if arguments else COPIES)
    change_much()
    row = what_if.ask(days=30, by=make_admin())
    started = time.process_time()
    what_if.run(row.pk)
    cpu_seconds = round(time.process_time() - started, 1)
    row.refresh_from_db()
    assert row.result is not None, row.problem
    figures = {name: row.result[name] for name in SHOWN}
    figures |= {"cpu_seconds": cpu_seconds, "goal_seconds": GOAL_SECONDS, "table_mb": _size_mb()}
    for name, value in figures.items():
        print(f"  {name:<16} {value}")
    return figures


def _size_mb() -> int:
    """Return the size of the recorded decisions in the database, with their indexes."""
    names = [UsageRecord._meta.db_table]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(pg_total_relation_size(relid)) FROM pg_partition_tree(%s)", names
        )
        return int(cursor.fetchone()[0] / 1_000_000)
