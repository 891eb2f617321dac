"""The configuration version: counted by the database, so nothing edits past it."""

import psycopg
import pytest
from django.db import connection, transaction

from tests.factories.accounts import make_client, make_key
from tests.patience import LIMIT_SECONDS
from usage.models import ApiKey, Client, ConfigVersion, ModelCard, Price, Tenant, Tier

pytestmark = [pytest.mark.service, pytest.mark.django_db]


TABLES = [
    *("usage_tenant", "usage_client", "usage_apikey", "usage_tier", "usage_provider"),
    *("usage_modelcard", "usage_deployment", "usage_price"),
    *("routing_tasktype", "routing_rule", "routing_loss", "routing_rulebookversion"),
    *("phi_policy", "phi_policyversion"),
]


def version() -> int:
    return ConfigVersion.objects.get().version


def run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def save() -> None:
    Tier.objects.get(slug="haiku").save()


def update() -> None:
    Price.objects.update(note="checked")


def bulk() -> None:
    rows = list(ModelCard.objects.all())
    ModelCard.objects.bulk_update(rows, ["note"])


def delete() -> None:
    Price.objects.all().delete()


def plain_sql() -> None:
    run("UPDATE usage_provider SET is_enabled = false")


@pytest.mark.parametrize("edit", [save, update, bulk, delete, plain_sql])
def test_every_way_to_edit_counts(edit):
    before = version()
    edit()
    assert version() > before


@pytest.mark.parametrize("table", TABLES)
def test_every_table_of_the_configuration_counts(table):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid"
            " WHERE t.tgrelid = %s::regclass AND p.proname = 'bump_config_version'",
            [table],
        )
        assert cursor.fetchone() == (1,)


def test_each_kind_of_account_edit_counts():
    versions = [version()]
    client = make_client()
    versions.append(version())
    key = make_key(client=client)
    versions.append(version())
    ApiKey.objects.filter(pk=key.row.pk).update(name="renamed")
    versions.append(version())
    Client.objects.filter(pk=client.pk).update(requests_per_minute=5)
    versions.append(version())
    Tenant.objects.filter(pk=client.tenant_id).update(is_active=False)
    versions.append(version())
    assert versions == sorted(set(versions))


def test_edit_that_is_rolled_back_does_not_count():
    before = version()
    with transaction.atomic():
        save()
        transaction.set_rollback(True)
    assert version() == before


def test_history_keeps_what_queryset_updates_and_sql_changed():
    Price.objects.update(note="first")
    run("UPDATE usage_price SET note = 'second'")
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT note FROM usage_priceevent WHERE pgh_label = 'update'")
        assert {row[0] for row in cursor.fetchall()} >= {"first", "second"}


@pytest.mark.django_db(transaction=True)
def test_edit_notifies_who_listens():
    database = connection.settings_dict
    address = {name: database[name.upper()] for name in ("host", "port", "user", "password")}
    with psycopg.connect(**address, dbname=database["NAME"], autocommit=True) as listener:
        listener.execute("LISTEN config_version")
        save()
        notices = list(listener.notifies(timeout=LIMIT_SECONDS, stop_after=1))
    assert [notice.payload for notice in notices] == [str(version())]
