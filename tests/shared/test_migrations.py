"""Migrations go back: what they make and load, they also take away."""

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from usage.configuration import load_catalog

pytestmark = [pytest.mark.service, pytest.mark.django_db(transaction=True)]

OWN = ("usage", "phi", "routing")
Migration = tuple[str, str]


def newest() -> list[Migration]:
    """Return the newest migration of each app of ours."""
    graph = MigrationExecutor(connection).loader.graph
    return [leaf for app in OWN for leaf in graph.leaf_nodes(app)]


def the_one_before(migration: Migration) -> Migration:
    """Return the migration of the same app that a migration follows."""
    app, _ = migration
    parents = MigrationExecutor(connection).loader.graph.node_map[migration].parents
    return next((app, name) for each, name in (parent.key for parent in parents) if each == app)


def test_the_newest_migrations_go_back_and_forth():
    """An upgrade that went wrong is undone, and tried again."""
    before, migrations = load_catalog(), newest()
    for each in reversed(migrations):  # one by one, as by hand; together they take longer
        MigrationExecutor(connection).migrate([the_one_before(each)])
    executor = MigrationExecutor(connection)
    assert not set(migrations) & set(executor.loader.applied_migrations)
    executor.migrate(migrations)
    executor.loader.build_graph()
    assert set(migrations) <= set(executor.loader.applied_migrations)
    assert load_catalog() == before


@pytest.mark.soak
def test_all_migrations_go_back_and_leave_no_table():
    call_command("migrate", "usage", "zero", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " AND relname ~ '^(usage|routing|phi|ai)_'"
        )
        assert cursor.fetchall() == []


@pytest.mark.soak
def test_all_migrations_go_back_and_forth():
    """What the migrations load, they also take away, and load again."""
    before = load_catalog()
    call_command("migrate", "routing", "zero", verbosity=0)
    call_command("migrate", "usage", "zero", verbosity=0)
    call_command("migrate", verbosity=0)
    assert load_catalog().models == before.models
    assert load_catalog().aliases == before.aliases
