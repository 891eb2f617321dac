"""A million recorded decisions tried within a minute of CPU time."""

import time

import pytest

from routing.rulebook import what_if
from tests.factories.decisions import COPIES, PATTERNS, change_much, fill
from tests.factories.people import make_admin

pytestmark = [pytest.mark.service, pytest.mark.django_db, pytest.mark.soak]


def test_a_million_decisions_are_tried_within_a_minute():
    """Under a change that may touch every one of them."""
    fill()
    change_much()
    row = what_if.ask(days=30, by=make_admin())
    started = time.process_time()
    what_if.run(row.pk)
    cpu_seconds = time.process_time() - started
    row.refresh_from_db()
    assert row.result is not None, row.problem
    row.result["cpu_seconds"] = round(cpu_seconds, 1)
    names = ("requests", "judged", "moved", "seconds", "cpu_seconds")
    print({name: row.result[name] for name in names})  # noqa: T201
    assert row.result["requests"] == PATTERNS * COPIES
    assert row.result["judged"] + row.result["not_judged"]["needs_text"] == PATTERNS * COPIES
    assert cpu_seconds < 60
