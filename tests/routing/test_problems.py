"""Which problem the caller gets for what was raised below a view."""

import django.db
import psycopg
import psycopg_pool
import pytest

from routing.api.problems import Internal, as_router_error
from routing.errors import DatabaseUnavailable


@pytest.mark.parametrize(
    "error",
    [
        django.db.OperationalError("x"),
        django.db.InterfaceError("x"),
        psycopg.OperationalError("x"),
        psycopg.errors.AdminShutdown("x"),
        psycopg.InterfaceError("x"),
        psycopg_pool.PoolTimeout("x"),
    ],
    ids=repr,
)
def test_a_database_that_is_away_is_worth_another_try(error):
    known = as_router_error(error)
    assert isinstance(known, DatabaseUnavailable)
    assert (known.status, known.is_retryable, known.retry_after_seconds) == (503, True, 1)


@pytest.mark.parametrize("module", [django.db, psycopg], ids=lambda module: module.__name__)
@pytest.mark.parametrize("name", ["DataError", "ProgrammingError", "IntegrityError"])
def test_a_statement_that_is_wrong_is_a_defect(module, name):
    """It fails however often it is repeated."""
    known = as_router_error(getattr(module, name)("x"))
    assert isinstance(known, Internal)
    assert (known.status, known.is_retryable) == (500, False)
