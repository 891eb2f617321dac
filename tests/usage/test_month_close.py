"""The close of a month: what is in its way, what it locks, and its pages."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.db.utils import DatabaseError, ProgrammingError
from django.test import Client as Browser
from django.urls import reverse

from routerproject.shared import clock
from tests.factories.people import make_member
from tests.usage.months import (
    COST,
    HERE,
    MODEL,
    MONTH,
    call,
    closed,
    compared,
    compared_elsewhere,
    line,
    price_paid,
)
from usage import bill_rows
from usage.bill_rows import BadReport
from usage.closing import comparing, locking, months
from usage.closing.comparing import IsClosed
from usage.models import (
    Attempt,
    Bill,
    BillDifference,
    MonthClose,
    StatementLine,
)
from usage.pricing import TokenCounts

pytestmark = [pytest.mark.django_db, pytest.mark.service]


HEADER = (*bill_rows.HEADER, "currency", "amount_usd")


def obstacles(by) -> list[str]:
    return locking.obstacles(MONTH, clock.now(), by, found=months.standing(MONTH))


def test_month_of_too_many_calls_is_counted_and_refused_by_the_worker(finance, monkeypatch):
    call("req_1")
    compared()
    comparing.explain(BillDifference.objects.get(), reason="Tried.", by=make_member("finance", "x"))
    call(state="unknown")

    def endless(month):
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 1")
            cursor.execute("SELECT pg_sleep(60)")

    with monkeypatch.context() as patched:
        patched.setattr(months, "standing", endless)
        browser = Browser()
        browser.force_login(finance)
        page = browser.get(reverse("closing:month", args=[MONTH])).content.decode()
        assert "too many calls to be counted" in page
        assert f"Close {MONTH}" in page
        assert "too many calls to count" in browser.get(reverse("closing:months")).content.decode()
        asked = locking.ask(MONTH, by=finance)
    locking.close(asked.pk)
    asked.refresh_from_db()
    assert asked.state == "refused"
    assert "Nobody knows what 1 calls cost" in asked.problem


def test_open_month_is_closed_by_nobody(finance):
    this_month = months.of(clock.now())
    with pytest.raises(ValidationError, match="it can be closed an hour later"):
        locking.ask(this_month, by=finance)


@pytest.mark.parametrize(
    ("prepare", "obstacle"),
    [
        (lambda: call(state="admitted"), "1 calls are still under way."),
        (lambda: call(state="unknown"), "at most $0.005."),
        (lambda: call("req_1"), "No bill was held against it."),
        (lambda: compared(line("req_9")), "1 differences are not explained."),
        (lambda: (call("req_1"), compared_elsewhere()), f"against the calls of {HERE}."),
    ],
)
def test_what_is_in_the_way_is_said(finance, prepare, obstacle):
    prepare()
    assert obstacle in " ".join(obstacles(finance))
    with pytest.raises(ValidationError):
        locking.ask(MONTH, by=finance)
    assert not MonthClose.objects.exists()


def test_whoever_explained_a_difference_does_not_close(finance, colleague):
    difference = compared(line("req_9")).differences.get()
    with pytest.raises(ValidationError, match="Say why"):
        comparing.explain(difference, reason="  ", by=finance)
    comparing.explain(difference, reason="Of another installation.", by=finance)
    with pytest.raises(ValidationError, match="somebody else"):
        locking.ask(MONTH, by=finance)
    assert closed(colleague).state == "closed"
    with pytest.raises(ValidationError, match="closed"):
        comparing.explain(difference, reason="Otherwise.", by=colleague)


def test_newer_comparison_replaces_an_older_one(finance):
    call("req_1")
    compared()
    compared(line("req_1"))
    assert obstacles(finance) == []


def test_closed_month_takes_and_loses_nothing(finance):
    """Not by the ledger, not by anybody with the database's password but its owner's will."""
    attempt = call("req_1", state="unknown")
    Attempt.objects.update(state="resolved", cost_nano_usd=COST)
    compared(line("req_1", tokens=TokenCounts()))
    row = closed(finance)
    assert (row.state, row.calls, row.cost_nano_usd) == ("closed", 1, COST)
    changes = (
        lambda: call("req_2"),
        lambda: Attempt.objects.filter(pk=attempt.pk).update(cost_nano_usd=0),
        lambda: Attempt.objects.filter(pk=attempt.pk).delete(),
        lambda: StatementLine.objects.update(cost_nano_usd=0),
        lambda: StatementLine.objects.all().delete(),
        lambda: MonthClose.objects.update(state="refused"),
        lambda: MonthClose.objects.all().delete(),
    )
    for change in changes:
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    with pytest.raises(IsClosed):
        compared()
    with pytest.raises(ValidationError, match="is closed"):
        locking.ask(MONTH, by=finance)
    call("req_3", hours=24 * 45)
    call("req_4", hours=-24)


def test_close_that_found_an_obstacle_meanwhile_locks_nothing(finance):
    call("req_1")
    compared(line("req_1"))
    row = locking.ask(MONTH, by=finance)
    call(state="unknown")
    locking.close(row.pk)
    row.refresh_from_db()
    assert row.state == "refused"
    assert "Nobody knows what 1 calls cost" in row.problem
    call("req_2")
    assert not StatementLine.objects.exists()


def test_close_that_no_worker_took_can_be_asked_for_again(finance):
    asked = locking.ask(MONTH, by=finance)
    browser = Browser()
    browser.force_login(finance)
    address = reverse("closing:month", args=[MONTH])
    button = f"Close {MONTH}"
    assert button not in browser.get(address).content.decode()
    MonthClose.objects.update(asked_at=clock.now() - timedelta(minutes=11))
    page = browser.get(address).content.decode()
    assert "it was broken off" in page
    assert button in page
    assert browser.post(reverse("closing:close", args=[MONTH])).status_code == 302
    asked.refresh_from_db()
    assert (asked.state, asked.problem) == ("refused", "It was broken off.")


def test_close_that_fails_is_not_closing_for_ever(finance, monkeypatch):
    asked = locking.ask(MONTH, by=finance)
    monkeypatch.setattr(locking, "_LINES", "SELECT nothing_of_the_kind()")
    with pytest.raises(ProgrammingError):
        locking.close(asked.pk)
    asked.refresh_from_db()
    assert (asked.state, asked.problem) == ("refused", "It was broken off. Try again.")


def upload(browser: Browser, *rows: str, header: tuple[str, ...] = HEADER) -> Any:
    text = "\n".join([",".join(header), *rows])
    file = SimpleUploadedFile("report.csv", text.encode())
    return browser.post(
        reverse("closing:bill", args=[MONTH]), {"provider": "anthropic", "file": file}
    )


def row(**changes: str) -> str:
    first = f"{MONTH}-02T00:00:00Z"
    values = {
        "starting_at": first,
        "ending_at": first.replace("-02T", "-03T"),
        "model": MODEL,
        "uncached_input_tokens": "40",
        "output_tokens": "20",
        "currency": "USD",
        "amount_usd": "0.00014",
    }
    return ",".join({**values, **changes}.get(name, "0") for name in HEADER)


def dear_row(day: int) -> str:
    times = {"starting_at": f"{MONTH}-{day:02}T00:00:00Z", "ending_at": f"{MONTH}-{day:02}T01:00Z"}
    return row(**times, amount_usd="999999999.999999999")


def test_uploaded_report_shows_how_the_month_stands(finance):
    call()
    browser = Browser()
    browser.force_login(finance)
    assert upload(browser, row()).status_code == 302
    text = browser.get(reverse("closing:month", args=[MONTH])).content.decode()
    assert "$0.00014" in text
    assert f"Close {MONTH}" in text


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([row(currency="EUR")], "Row 1 is in another currency than USD."),
        ([row(), row()], "Rows 1 and 2 overlap."),
        ([row(), row()[:30]], "Row 2 has"),
        ([row(amount_usd="=1+1")], "Row 1: amount_usd is no amount of USD."),
        ([row(amount_usd="NaN")], "Row 1: amount_usd is no amount of USD."),
        ([row(output_tokens="-5")], "Row 1: output_tokens is no number of tokens."),
        ([row(output_tokens="9" * 40)], "Row 1: output_tokens is no number of tokens."),
        ([row(starting_at="2021-01-01T00:00:00Z")], "Row 1 is not within"),
        ([row(starting_at="0001-01-01T00:00:00Z")], "Row 1: starting_at is no time of any call."),
        ([row(ending_at="9999-12-31T00:00:00Z")], "Row 1: ending_at is no time of any call."),
        ([dear_row(day) for day in range(1, 11)], "add up to more than"),
        ([row(ending_at=f"{MONTH}-01T00:00:00Z")], "Row 1 ends before it begins."),
        (['"cut'], "Row 1 or its file is not CSV in UTF-8."),
    ],
)
def test_report_that_cannot_be_is_refused_by_its_row(finance, rows, sentence):
    call(state="unknown", price=price_paid().frozen())
    browser = Browser()
    browser.force_login(finance)
    answer = upload(browser, *rows)
    assert answer.status_code == 400
    assert sentence in answer.content.decode()
    assert not Bill.objects.exists()
    assert Attempt.objects.get().state == "unknown"


def test_endless_report_is_read_no_further_than_its_bound(monkeypatch):
    monkeypatch.setattr(bill_rows, "MOST_ROWS", 3)
    read = []

    def lines():
        yield ",".join(HEADER)
        for day in range(2, 10_000):
            read.append(day)
            yield row(starting_at=f"2020-01-01T00:00:{len(read):02d}Z")

    with pytest.raises(BadReport, match="more than 3 rows"):
        bill_rows.read(lines())
    assert len(read) == 4


def test_only_finance_closes_and_only_readers_look(finance):
    readers = Browser()
    readers.force_login(make_member("operations"))
    address = reverse("closing:month", args=[MONTH])
    assert readers.get(address).status_code == 200
    for name in ("bill", "book", "close"):
        assert readers.post(reverse(f"closing:{name}", args=[MONTH])).status_code == 403
    strangers = Browser()
    strangers.force_login(make_member("developer"))
    assert strangers.get(address).status_code == 403
    assert strangers.get(reverse("closing:months")).status_code == 403
    with pytest.raises(PermissionDenied):
        locking.ask(MONTH, by=make_member("reviewer"))
    assert not BillDifference.objects.exists()


@pytest.mark.parametrize("text", ["2026-13", "0000-01", "2026-1", "x", "9999-99", "1999-01"])
def test_address_of_no_month_is_not_found(finance, text):
    browser = Browser()
    browser.force_login(finance)
    assert browser.get(reverse("closing:month", args=[text])).status_code == 404


def test_months_are_listed_with_what_the_ledger_has(finance):
    call("req_1")
    browser = Browser()
    browser.force_login(finance)
    text = browser.get(reverse("closing:months")).content.decode()
    assert str(MONTH) in text
    assert "$0.00014" in text
