"""Adjustments: a late line of a closed month's bill stands on the next open month's statement."""

import io
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, transaction
from django.db.utils import DatabaseError
from django.test import Client as Browser
from django.urls import reverse
from pypdf import PdfReader

from routerproject.shared import clock
from tests.factories.accounts import make_client
from tests.factories.people import make_member
from tests.patience import wait_until
from usage.closing import adjusting, locking, months, statement
from usage.closing.adjusting import Proposed
from usage.exports import printing
from usage.models import Adjustment, AlertRule, AuditEntry, MonthClose, StatementLine

LATER = months.of(clock.now()).before
MONTH = LATER.before
USD = 1_000_000_000
pytestmark = [pytest.mark.django_db, pytest.mark.service]


@pytest.fixture
def closed_month(finance):
    closed(MONTH, finance)


def closed(month: months.Month, by: Any) -> None:
    row = locking.ask(month, by=by)
    locking.close(row.pk)
    assert MonthClose.objects.get(pk=row.pk).state == "closed"


def proposed(by: Any, **changes: Any) -> Adjustment:
    fields = {
        "provider": "anthropic",
        "reference": "INV-7 line 3",
        "kind": "charge",
        "amount": 3 * USD,
        "reason": "Came after the close.",
        **changes,
    }
    return adjusting.propose(Proposed(**fields), month=MONTH, by=by)


def test_late_line_stands_on_the_statement_of_the_next_open_month(closed_month, finance, colleague):
    lab = make_client(slug="lab", department="Labor")
    charge = adjusting.confirm(proposed(finance, client=lab), by=colleague)
    credit = proposed(finance, reference="CN-1", kind="credit", amount=USD // 4)
    adjusting.confirm(credit, by=colleague)
    assert charge.posted_in == LATER.first
    closed(LATER, finance)
    found = statement.find(LATER)
    assert found
    assert (found.cost, found.adjusted, found.total) == (0, 2_750_000_000, 2_750_000_000)
    of_lab = statement.find(LATER, tenant=lab.tenant.slug)
    assert of_lab
    assert (of_lab.total, [row.department for row in of_lab.adjustments]) == (3 * USD, ["Labor"])
    before = statement.find(MONTH)
    assert before
    assert before.total == 0
    printed = PdfReader(io.BytesIO(printing.statement_pdf(found)))
    text = "".join(page.extract_text() for page in printed.pages)
    assert "$3.00" in text
    assert "-$0.25" in text
    assert "$2.75" in text
    assert "Came after the close." in " ".join(text.split())
    names = f"({finance.get_username()}, {colleague.get_username()})"
    assert names in " ".join(text.split())
    record = AuditEntry.objects.filter(kind="month.closed").latest("seq").record
    assert '"adjustments_usd":"2.750000000"' in record


def test_months_that_are_closed_or_being_closed_are_passed_over(closed_month, finance, colleague):
    first, second = proposed(finance), proposed(finance, reference="other")
    locking.ask(LATER, by=finance)
    assert adjusting.confirm(first, by=colleague).posted_in == LATER.after.first
    MonthClose.objects.filter(month=LATER.first).update(state="refused")
    assert adjusting.confirm(second, by=colleague).posted_in == LATER.first
    assert StatementLine.objects.count() == 0


def test_nobody_decides_alone_or_twice(closed_month, finance, colleague):
    row = proposed(finance)
    with pytest.raises(ValidationError, match="of their own"):
        adjusting.confirm(row, by=finance)
    adjusting.reject(row, by=colleague)
    for decide in (adjusting.confirm, adjusting.reject):
        with pytest.raises(ValidationError, match="decided before"):
            decide(row, by=colleague)
    assert proposed(finance).state == "proposed"  # what was rejected may be said again
    for person in (make_member("compliance"), make_member("operations")):
        with pytest.raises(PermissionDenied):
            adjusting.confirm(row, by=person)
        with pytest.raises(PermissionDenied):
            proposed(person)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({}, "This line was adjusted before"),
        ({"reference": " INV-7 line 3 "}, "This line was adjusted before"),
        ({"reference": " "}, "cannot be blank"),
        ({"reason": ""}, "cannot be blank"),
        ({"reference": "x" * 101}, "at most 100"),
        ({"reference": "other", "amount": 0}, "above"),
        ({"reference": "other", "amount": -5}, "above"),
        ({"reference": "other", "kind": "gift"}, "not a valid choice"),
    ],
)
def test_adjustment_that_cannot_be_is_refused(closed_month, finance, changes, sentence):
    proposed(finance)
    with pytest.raises(ValidationError, match=sentence):
        proposed(finance, **changes)
    assert Adjustment.objects.count() == 1


def test_open_month_has_no_adjustments(finance):
    with pytest.raises(ValidationError, match="is open"):
        proposed(finance)


def test_decided_adjustment_stays_and_none_is_deleted(closed_month, finance, colleague):
    rows = Adjustment.objects.filter(pk=proposed(finance).pk)
    adjusting.confirm(rows.get(), by=colleague)
    for change in (
        lambda: rows.update(amount_nano_usd=1),
        lambda: rows.update(posted_in=MONTH.first),
        rows.delete,
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_two_persons_adjust_on_the_page_of_the_month(closed_month, finance, colleague):
    browsers = [Browser(), Browser()]
    for browser, person in zip(browsers, (finance, colleague), strict=True):
        browser.force_login(person)
    page = reverse("closing:month", args=[MONTH])
    address = reverse("closing:adjust", args=[MONTH])
    assert address in browsers[0].get(page).content.decode()
    asked = {"provider": "anthropic", "kind": "charge", "reference": "L9", "reason": "<b>late</b>"}
    for amount in ("", "0", "-1", "NaN", "1e400", "0.0000000001", "9999999999999", "=1+1"):
        answer = browsers[0].post(address, {**asked, "amount_usd": amount})
        assert answer.status_code == 400
        assert "error" in answer.content.decode()
    assert browsers[0].post(address, {**asked, "amount_usd": "1.5"}).status_code == 302
    row = Adjustment.objects.get()
    decide = reverse("closing:decide", args=[MONTH, row.pk])
    assert decide not in browsers[0].get(page).content.decode()
    text = browsers[1].get(page).content.decode()
    assert decide in text
    assert "&lt;b&gt;late" in text
    answer = browsers[1].post(decide, {"decision": "confirm"}, follow=True)
    assert f"statement of {LATER}" in answer.content.decode()
    assert "$1.50" in browsers[1].get(reverse("closing:month", args=[LATER])).content.decode()
    closed(LATER, finance)
    text = browsers[0].get(reverse("closing:statement", args=[LATER])).content.decode()
    assert "$1.50" in text
    readers = Browser()
    readers.force_login(make_member("operations"))
    assert readers.post(address, {**asked, "amount_usd": "1"}).status_code == 403
    assert readers.post(decide, {"decision": "confirm"}).status_code == 403


def test_upgrade_brings_the_starter_rules_to_an_older_installation():
    upgrade = import_module("usage.migrations.0032_starter_alert_rules")
    upgrade.load(apps, None)
    assert not AlertRule.objects.exists()  # a new one gets them with its starter data
    make_client()
    upgrade.load(apps, None)
    assert AlertRule.objects.count() == 14
    AlertRule.objects.all().delete()
    upgrade.load(apps, None)
    assert not AlertRule.objects.exists()


def is_waited_for() -> bool:
    """Say whether another connection waits for the calendar."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database"
            " WHERE locktype = 'advisory' AND NOT granted AND datname = current_database()"
        )
        return bool(cursor.rowcount > 0)


@contextmanager
def meanwhile(work: Callable[[], Any]) -> Iterator[Future[Any]]:
    """Begin something on a connection of its own, which waits for what the block holds."""

    def run() -> Any:
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as other, transaction.atomic():
        months.hold_calendar()
        yield (begun := other.submit(run))
        wait_until(lambda: begun.done() or is_waited_for())
        assert not begun.done()


@pytest.fixture
def no_worker(monkeypatch):
    """Closes are asked for in earnest; the test does what the worker would."""
    monkeypatch.setattr(locking, "current_app", SimpleNamespace(send_task=lambda *_, **__: None))


@pytest.mark.django_db(transaction=True)
def test_adjustment_that_meets_a_beginning_close_goes_to_the_month_after(
    no_worker, closed_month, finance, colleague
):
    """Whichever of two connections comes first, no adjustment misses its statement."""
    late, early = proposed(finance), proposed(finance, reference="early")
    with meanwhile(lambda: locking.ask(LATER, by=finance)) as asking:
        assert adjusting.confirm(early, by=colleague).posted_in == LATER.first
    MonthClose.objects.filter(pk=asking.result().pk).update(state="refused")
    with meanwhile(lambda: adjusting.confirm(late, by=colleague)) as confirming:
        asked = locking.ask(LATER, by=finance)
    assert confirming.result().posted_in == LATER.after.first
    locking.close(asked.pk)
    found = statement.find(LATER)
    assert found
    assert [row.reference for row in found.adjustments] == ["early"]
