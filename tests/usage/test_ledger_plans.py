"""The ledger's statements as PostgreSQL plans them for the writer's connection."""

import re

import pytest
from django.db import connection

from usage.ledger import statements

pytestmark = pytest.mark.django_db
WRITES = [
    pytest.param(statement, id=f"{part} {number}")
    for part, text in statements.writes().items()
    for number, statement in enumerate(re.split(r";\s*\n", text), start=1)
]


@pytest.mark.parametrize("statement", WRITES)
def test_rows_of_a_group_are_found_by_their_key_while_the_tables_are_empty(statement):
    """A plan is kept as the tables grow, so none may read an index from end to end."""
    asked = re.sub(r"\bdoc\b", "$1", statement.strip()).replace("taken[", "($2)[")
    with connection.cursor() as cursor:
        cursor.execute(statements.SETTINGS)
        cursor.execute(f"PREPARE asked(jsonb, integer[]) AS {asked.replace('PERFORM', 'SELECT')}")
        cursor.execute("EXPLAIN EXECUTE asked('{}', '{}')")
        plan = "\n".join(line for (line,) in cursor.fetchall())
        cursor.execute("DEALLOCATE asked")

    reads = re.findall(r"(?:Index|Index Only|Seq) Scan .*\n?.*", plan)
    assert [read for read in reads if "Index Cond" not in read] == []
