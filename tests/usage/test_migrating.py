"""The limits of requests are none of migrations."""

import pytest
from django.core.management.sql import emit_post_migrate_signal, emit_pre_migrate_signal
from django.db import connection

pytestmark = [pytest.mark.service, pytest.mark.django_db]


def limit(name: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SHOW {name}")
        return str(cursor.fetchone()[0])


@pytest.mark.parametrize("name", ["statement_timeout", "idle_in_transaction_session_timeout"])
def test_an_index_on_a_large_table_is_not_given_up_as_a_request_would_be(name: str) -> None:
    usual = limit(name)
    emit_pre_migrate_signal(0, False, "default", plan=[])
    assert limit(name) == "0"
    emit_post_migrate_signal(0, False, "default", plan=[])
    assert limit(name) == usual


def test_a_migration_that_waits_for_a_busy_table_still_gives_up() -> None:
    usual = limit("lock_timeout")
    emit_pre_migrate_signal(0, False, "default", plan=[])
    assert limit("lock_timeout") == usual
