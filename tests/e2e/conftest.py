"""The whole product on sockets: router, sandbox provider, PostgreSQL and Redis."""

from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from pytest_django import DjangoDbBlocker

from tests import canaries
from tests.gateway_server import Gateway, Pms
from tests.practice import outrun_older_versions
from tests.sandbox_server import Sandbox
from usage import accounts, budgets
from usage.configuration import current_version
from usage.models import Client, Tenant

SCOPES = ("route", "route:override", "usage:read", "phi:test")


@pytest.fixture(scope="session")
def gateway_process(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    sandbox_process: Sandbox,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Gateway]:
    log: Path = tmp_path_factory.mktemp("gateway") / "web.log"
    with django_db_blocker.unblock():
        running = Gateway(sandbox_process.base_url, log).start()
    yield running
    with django_db_blocker.unblock():
        # Until it follows the last copy it would write its last words over connections that died.
        running.wait_until(lambda: running.ready().get("configuration") == current_version())
    running.stop()


@pytest.fixture
def gateway(swept_database: None, gateway_process: Gateway, sandbox: Sandbox) -> Gateway:
    """The router beside an emptied sandbox and a fresh database."""
    return gateway_process


@pytest.fixture
def tenant(transactional_db: None) -> Tenant:
    outrun_older_versions()
    clinic = Tenant.objects.create(
        slug=f"clinic-{uuid4().hex[:8]}", name="Clinic", time_zone="America/New_York"
    )
    Client.objects.create(tenant=clinic, slug="pms", name="PMS", requests_per_minute=100_000)
    budgets.create_starter(
        tenant=clinic, tenant_cap_nano_usd=50_000_000_000, global_cap_nano_usd=100_000_000_000
    )
    return clinic


@pytest.fixture
def new_pms(tenant: Tenant) -> Iterator[Callable[..., Pms]]:
    """Return a function that makes a caller with a key of its own, for any running router."""

    made: list[Pms] = []

    def make(server: Gateway, *scopes: str) -> Pms:
        client = Client.objects.get(tenant=tenant, slug="pms")
        key = accounts.create_key(
            client=client, name="test", scopes=list(scopes or SCOPES), by=None
        )
        server.wait_for_version(current_version())
        made.append(Pms(server.url, key.text))
        return made[-1]

    yield make
    for each in made:
        each.client.close()


@pytest.fixture
def pms(gateway: Gateway, new_pms: Callable[..., Pms]) -> Pms:
    return new_pms(gateway)


@pytest.fixture(autouse=True)
def no_patient_reaches_the_provider(request: pytest.FixtureRequest) -> Iterator[None]:
    """After each test, sweep what the sandbox received for every patient of the run."""
    names = request.fixturenames
    sandbox: Sandbox | None = request.getfixturevalue("sandbox") if "sandbox" in names else None
    canaries.begin_test()
    yield
    if sandbox is not None:
        assert canaries.of_traffic(sandbox.requests()) == set()


@pytest.fixture
def swept_database(transactional_db: None) -> Iterator[None]:
    """A database, logs and Redis that hold no patient after the test."""
    yield
    assert canaries.of_what_stays() == set()
