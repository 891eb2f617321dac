"""Who edited what stays as it was written, for SQL too."""

import pytest
from django.apps import apps
from django.db import ProgrammingError, connection, transaction

from tests.factories.accounts import make_tenant

pytestmark = pytest.mark.django_db
OWN_APPS = ("usage", "phi", "routing")
HISTORIES = sorted(
    model._meta.db_table
    for app in OWN_APPS
    for model in apps.get_app_config(app).get_models()
    if hasattr(model, "pgh_obj_id")
)


@pytest.mark.parametrize(
    "statement",
    ["UPDATE usage_tenantevent SET name = 'another'", "DELETE FROM usage_tenantevent"],
)
def test_edit_that_was_kept_is_not_changed(statement: str):
    make_tenant()
    refused = pytest.raises(ProgrammingError, match="Cannot update or delete")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_each_history_is_guarded():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname LIKE 'pgtrigger_append_%'"
        )
        assert sorted(name for (name,) in cursor.fetchall()) == HISTORIES
    assert "usage_apikeyevent" in HISTORIES
