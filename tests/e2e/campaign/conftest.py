"""One database for all tests of a module: each opens a practice of its own in it.

Only what all tenants share (prices, task types, budgets of the installation) must be left as found.
"""

import math
from collections.abc import Callable, Iterator

import pytest
from django.test import TransactionTestCase
from pytest_django import DjangoDbBlocker

from tests import canaries
from tests import practice as practices
from tests.gateway_server import Gateway
from tests.practice import Practice
from tests.sandbox_server import Sandbox

OPENED_AT_ONCE = 32  # at most; each time the router reads its configuration anew


@pytest.fixture(scope="module")
def shared_database(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The migrated database, swept for patients and restored after the module's last test."""
    with django_db_blocker.unblock():
        practices.outrun_older_versions()
        yield
        left = canaries.of_what_stays()
        TransactionTestCase._fixture_teardown(None)  # type: ignore[attr-defined]
        assert left == set()


@pytest.fixture
def transactional_db(shared_database: None) -> None:
    """Here, the module's database instead of a fresh one for each test."""


@pytest.fixture
def swept_database(transactional_db: None) -> None:
    """Here, swept with the module's."""


@pytest.fixture
def open_practice(
    transactional_db: None, gateway_process: Gateway
) -> Iterator[Callable[..., Practice]]:
    """Return a function that opens a practice at a router, the shared one if none is named."""
    opened: list[Practice] = []

    def make(server: Gateway = gateway_process, **wishes) -> Practice:
        opened.extend(practices.open_practices(server, 1, **wishes))
        return opened[-1]

    yield make
    for each in opened:
        each.pms.client.close()


@pytest.fixture(scope="module")
def unused_practices(shared_database: None) -> Iterator[list[Practice]]:
    """Practices that were opened with others, and wait for their test."""
    unused: list[Practice] = []
    yield unused
    for each in unused:
        each.pms.client.close()


@pytest.fixture(scope="module")
def opened_at_once(request: pytest.FixtureRequest) -> int:
    """How many practices are opened together: all that the module's tests take, or equal parts."""
    mine = f"{request.node.nodeid}::"
    tests = [each for each in request.session.items if each.nodeid.startswith(mine)]
    taken = sum("practice" in getattr(each, "fixturenames", ()) for each in tests)
    parts = math.ceil(taken / OPENED_AT_ONCE)
    return math.ceil(taken / parts)


@pytest.fixture
def practice(
    transactional_db: None,
    unused_practices: list[Practice],
    opened_at_once: int,
    sandbox: Sandbox,
    gateway_process: Gateway,
) -> Iterator[Practice]:
    """A practice of its own at the shared router, beside an emptied sandbox."""
    if not unused_practices:
        unused_practices += practices.open_practices(gateway_process, opened_at_once)
    practice = unused_practices.pop()
    practices.forget_failures(gateway_process)  # also those known after their test had ended
    yield practice
    practice.pms.client.close()
    practices.forget_failures(gateway_process)
