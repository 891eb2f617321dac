"""The snapshot: one version, complete, and refused when it could not be served."""

import threading
from dataclasses import FrozenInstanceError, fields

import pytest
from django.db import connection, transaction

from routing.models import RulebookVersion
from routing.snapshot import InvalidConfiguration, Snapshot, build, validate
from routing.types import Json
from tests.factories.accounts import make_client
from usage.configuration import current_version
from usage.models import Client, Price, Tier

pytestmark = [pytest.mark.service, pytest.mark.django_db]

HAIKU = "claude-haiku-4-5-20251001"


@pytest.fixture
def snapshot() -> Snapshot:
    make_client()
    return build()


def test_starter_configuration_is_fit(snapshot: Snapshot):
    validate(snapshot)
    assert snapshot.version == snapshot.table.version == current_version()
    assert snapshot.table.catalog.default_models.keys() == {"haiku", "sonnet", "opus"}


def test_everything_in_it_is_frozen(snapshot: Snapshot):
    for value in (snapshot, snapshot.table, snapshot.accounts, snapshot.table.catalog):
        first = fields(value)[0].name
        with pytest.raises(FrozenInstanceError):
            setattr(value, first, None)


@pytest.mark.django_db(transaction=True)
def test_snapshot_is_of_one_version_while_others_edit():
    """Each edit writes its number to two tables; no snapshot ever holds two numbers."""
    stop = threading.Event()
    thread = threading.Thread(target=_edit_until, args=[stop])
    thread.start()
    try:
        seen = {_numbers(build()) for _ in range(40)}
    finally:
        stop.set()
        thread.join()
    assert len(seen) > 1, "the editor ran meanwhile"
    assert all(first == second for first, second in seen)


def _edit_until(stop: threading.Event) -> None:
    number = 1000
    while not stop.is_set():
        number += 1
        with transaction.atomic():
            Tier.objects.filter(slug="haiku").update(ttft_target_ms=number)
            Price.objects.update(input_usd=number)
    connection.close()


def _numbers(snapshot: Snapshot) -> tuple[int | None, int]:
    catalog = snapshot.table.catalog
    changed = int(catalog.prices[HAIKU][0].input_usd)
    return (catalog.tiers["haiku"].ttft_target_ms, changed) if changed > 1000 else (0, 0)


@pytest.mark.parametrize(
    "content",
    [
        {},
        [],
        {"task_types": 5, "rules": [], "loss_matrix": {}},
        {"task_types": [{"slug": "x"}], "rules": [], "loss_matrix": {}},
        {"task_types": [], "rules": [{"slug": "x"}], "loss_matrix": {}},
        {"task_types": [], "rules": [], "loss_matrix": {"haiku": {"haiku": "much"}}},
        {"task_types": [], "rules": [], "loss_matrix": []},
    ],
)
def test_malformed_publication_is_refused(content: Json):
    latest = RulebookVersion.objects.get()
    RulebookVersion.objects.create(content=content, note="x", published_at=latest.published_at)
    with pytest.raises(InvalidConfiguration, match="malformed"):
        build()


def test_without_any_publication_there_is_no_snapshot():
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE routing_rulebookversion")
    with pytest.raises(InvalidConfiguration, match="ever published"):
        build()


def test_clients_and_prices_are_those_of_the_tables(snapshot: Snapshot):
    client = Client.objects.select_related("tenant").get()
    assert (client.tenant.slug, client.slug) in snapshot.accounts.clients
    assert sum(map(len, snapshot.table.catalog.prices.values())) == Price.objects.count()
    assert snapshot.table.catalog.tiers.keys() == set(Tier.objects.values_list("slug", flat=True))
