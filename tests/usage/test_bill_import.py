"""Bills of any size: by command, or by the worker for those that somebody uploads."""

import io
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.test import Client as Browser
from django.urls import reverse

from routerproject.shared import clock
from routing.providers import sandbox_bill
from tests.factories.people import make_member
from tests.factories.requests import make_attempt, make_request
from usage import bill_rows
from usage.bill_rows import BadReport
from usage.closing import comparing, locking, months, report, staging, uploads, views
from usage.closing.months import Month
from usage.ledger.rows import token_columns
from usage.models import Attempt, Bill, BillUpload, BillUploadPart, DifferenceKind
from usage.pricing import TokenCounts

MONTH = months.of(clock.now()).before.before
MODEL = "claude-haiku-4-5-20251001"
USED = TokenCounts(input_tokens=40, output_tokens=20)
COST = 140_000  # nano-USD: 40 at $1, 20 at $5 per million
HEADER = (*bill_rows.HEADER, "currency", "amount_usd")
pytestmark = [pytest.mark.django_db, pytest.mark.service]


@pytest.fixture
def finance():
    return make_member("finance", "ada")


def call(minute: int, **fields: Any) -> Attempt:
    request = make_request(at=MONTH.start + timedelta(minutes=minute, seconds=30))
    own = {"state": "settled", "cost_nano_usd": COST, **token_columns(USED)}
    place = {"deployment": "anthropic-direct-haiku", "model_id": MODEL}
    return make_attempt(request, **{**own, **place, **fields})


def row(minute: int, **changes: str) -> str:
    start = MONTH.start + timedelta(minutes=minute)
    values = {
        "starting_at": start.isoformat(),
        "ending_at": (start + timedelta(minutes=1)).isoformat(),
        "model": MODEL,
        "currency": "USD",
        "amount_usd": "0",
    }
    return ",".join({**values, **changes}.get(name, "0") for name in HEADER)


USAGE = {"uncached_input_tokens": "40", "output_tokens": "20", "amount_usd": "0.00014"}


def text_of(*rows: str) -> str:
    return "\n".join([",".join(HEADER), *rows]) + "\n"


def imported(path: Any, text: str | bytes, **options: str) -> str:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    said = io.StringIO()
    asked = {"month": str(MONTH), "provider": "anthropic", "by": "ada", **options}
    call_command("import_bill", str(path), stdout=said, **asked)
    return said.getvalue()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "report.csv"


def test_command_compares_each_minute_of_a_month(finance, path, monkeypatch):
    monkeypatch.setattr(staging, "AT_ONCE", 100)
    call(7)
    call(7)
    call(3_000)
    twice = {"uncached_input_tokens": "80", "output_tokens": "40", "amount_usd": "0.00028"}
    used: dict[int, dict[str, str]] = {7: twice, 3_000: USAGE}
    text = text_of(*(row(minute, **used.get(minute, {})) for minute in range(3_100)))
    said = imported(path, text)
    assert "3,100 rows ($0.00042), 3,100 equal, 0 calls resolved" in said
    bill = Bill.objects.get()
    assert (bill.lines, bill.equal, bill.billed_nano_usd) == (3_100, 3_100, 3 * COST)


def test_command_names_rows_that_differ_and_what_no_row_is_for(finance, path):
    call(1)
    call(5)
    call(2_000)
    said = io.StringIO()
    path.write_text(text_of(row(0), row(1, **USAGE), row(5, **{**USAGE, "output_tokens": "19"})))
    with pytest.raises(CommandError, match="2 differences"):
        call_command(
            "import_bill",
            str(path),
            month=str(MONTH),
            provider="anthropic",
            by="ada",
            stdout=said,
        )
    assert "row 3: Other tokens" in said.getvalue()
    assert "output_tokens -1" in said.getvalue()
    assert "In the ledger, not on the bill" in said.getvalue()
    assert Bill.objects.get().differences.count() == 2


def test_unknown_call_that_no_row_is_for_is_a_difference(finance, path):
    """A report without its model and minute says nothing of it: neither that it was billed nor
    that it was not."""
    nothing: dict[str, Any] = {"cost_nano_usd": 0, **token_columns(TokenCounts())}
    unnamed = call(5, state="unknown", **nothing)
    other = {"deployment": "anthropic-direct-opus", "model_id": "claude-opus-4-6"}
    of_another_model = call(1, state="unknown", **nothing, **other)
    call(1)
    path.write_text(text_of(row(0), row(1, **USAGE)))
    with pytest.raises(CommandError, match="2 differences"):
        call_command("import_bill", str(path), month=str(MONTH), provider="anthropic", by="ada")
    found = Bill.objects.get().differences.all()
    assert {each.attempt_id for each in found} == {unnamed.pk, of_another_model.pk}
    assert {each.kind for each in found} == {DifferenceKind.UNKNOWN}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (text_of(row(0), row(1), row(0)), "Rows 1 and 3 overlap"),
        (text_of(row(0), row(1, currency="EUR")), "Row 2 is in another currency than USD"),
        (text_of(row(0), row(1))[:-30], "Row 2 has"),
        (text_of(row(0), row(50_000)), "Row 2 is not within"),
        (text_of(row(0), row(1, amount_usd="-1")), "Row 2: amount_usd"),
        (text_of(row(0), row(1, amount_usd="0.0000000001")), "Row 2: amount_usd"),
        (text_of(row(0), row(1, amount_usd="9" * 12)), "Row 2: amount_usd"),
        (text_of(row(0), row(1, output_tokens="9223372036854775808")), "Row 2: output_tokens"),
        (text_of(row(0), row(1, model="m" * 201)), "Row 2 names no model"),
        (text_of(row(0), "x" * 20_000), "Line 3 of the file is longer"),
        (text_of(row(0)).encode() + b"\xff\xfe", "not CSV in UTF-8"),
        (text_of(row(0), '"' + row(1)), "not CSV in UTF-8"),
        ("", "The header lacks"),
        (",".join([*HEADER, "amount_usd"]) + "\n", "The header has a column twice"),
    ],
)
def test_command_refuses_a_report_by_its_row_and_keeps_nothing(finance, path, text, sentence):
    unknown = call(0, state="unknown", cost_nano_usd=0)
    with pytest.raises(CommandError, match=sentence):
        imported(path, text)
    assert not Bill.objects.exists()
    unknown.refresh_from_db()
    assert unknown.state == "unknown"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"month": "2026-13"}, "is no month"),
        ({"provider": "nobody"}, "There is no provider"),
        ({"by": "nobody"}, "There is no user"),
        ({"by": "reader"}, "needs the permission"),
    ],
)
def test_command_says_what_it_needs(finance, path, options, sentence):
    make_member("operations", "reader")
    with pytest.raises(CommandError, match=sentence):
        imported(path, text_of(row(0)), **options)


def test_command_without_its_file_says_so(finance, path):
    with pytest.raises(CommandError, match="No such file"):
        call_command("import_bill", str(path), month=str(MONTH), provider="anthropic", by="ada")


def test_bill_of_something_else_is_given_up_early(finance, monkeypatch):
    monkeypatch.setattr("usage.closing.comparing.MOST_DIFFERENCES", 3)
    asked = (text_of(*(row(minute, **USAGE) for minute in range(9)))).splitlines(keepends=True)
    with pytest.raises(BadReport, match="the bill of something else"):
        report.compare_report(
            bill_rows.rows(asked),
            month=MONTH,
            provider="anthropic",
            by=finance,
            now=clock.now(),
        )
    assert not Bill.objects.exists()


def is_free(month: months.Month) -> bool:
    """Say whether another connection could change a month now."""
    other: Any = connection.copy()
    try:
        with other.cursor() as cursor:
            number = month.first.year * 100 + month.first.month
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [months.MONTH_LOCK, number])
            return bool(cursor.fetchone()[0])
    finally:
        other.close()


def test_month_is_not_closed_while_a_bill_is_compared(finance):
    assert is_free(MONTH)
    report.compare_report(
        bill_rows.rows(text_of(row(0)).splitlines()),
        month=MONTH,
        provider="anthropic",
        by=finance,
        now=clock.now(),
    )
    assert not is_free(MONTH)  # until the test's transaction ends
    assert is_free(MONTH.before)


def test_bill_is_not_compared_while_its_month_is_closed(finance):
    asked = locking.ask(MONTH, by=finance)
    assert is_free(MONTH)
    locking.close(asked.pk)
    assert not is_free(MONTH)


def test_difference_is_not_explained_while_its_month_is_closed(finance):
    bill = Bill.objects.create(
        month=MONTH.first, provider="x", kind="report", compared_by="x", compared_at=clock.now(),
        lines=1, equal=0, resolved=0,
    )  # fmt: skip
    difference = bill.differences.create(kind="amount", reference="x")
    assert is_free(MONTH)
    comparing.explain(difference, reason="Tried.", by=finance)
    assert not is_free(MONTH)


def upload(browser: Browser, text: str) -> Any:
    file = SimpleUploadedFile("report.csv", text.encode())
    address = reverse("closing:bill", args=[MONTH])
    return browser.post(address, {"provider": "anthropic", "file": file}, follow=True)


@pytest.fixture
def browser(finance):
    found = Browser()
    found.force_login(finance)
    return found


def test_large_upload_is_compared_by_the_worker(browser, monkeypatch):
    monkeypatch.setattr(views, "AT_ONCE_BYTES", 100)
    monkeypatch.setattr(staging, "AT_ONCE", 2)
    call(1)
    noted: list[int] = []
    monkeypatch.setattr(uploads, "_note", _spy(uploads._note, noted))
    page = upload(browser, text_of(row(0), row(1, **USAGE), row(2))).content.decode()
    assert "is being compared: 0 rows so far" in page
    sent = BillUpload.objects.get()
    uploads.compare(sent.pk)
    sent.refresh_from_db()
    assert (sent.state, sent.rows) == ("done", 3)
    assert sent.bill == Bill.objects.get()
    assert noted == [0, 2, 3, 3]
    assert not BillUploadPart.objects.exists()
    uploads.compare(sent.pk)  # a task that comes again
    assert Bill.objects.count() == 1


def _spy(note: Any, noted: list[int]) -> Any:
    def spy(sent: BillUpload, **values: Any) -> None:
        noted.append(values["rows"])
        note(sent, **values)

    return spy


def test_large_upload_that_cannot_be_is_refused_by_its_row(browser, monkeypatch):
    monkeypatch.setattr(views, "AT_ONCE_BYTES", 100)
    upload(browser, text_of(row(0), row(1, currency="EUR")))
    sent = BillUpload.objects.get()
    uploads.compare(sent.pk)
    sent.refresh_from_db()
    assert sent.state == "refused"
    address = reverse("closing:month", args=[MONTH])
    assert "Row 2 is in another currency than USD. Nothing was changed." in (
        browser.get(address).content.decode()
    )
    assert not Bill.objects.exists()
    assert not BillUploadPart.objects.exists()


def test_report_that_no_worker_took_can_be_sent_again(finance, browser):
    uploads.ask([b"x"], month=MONTH, provider="anthropic", by=finance)
    address = reverse("closing:month", args=[MONTH])
    assert "Usage report (CSV)" not in browser.get(address).content.decode()
    BillUpload.objects.update(asked_at=clock.now() - timedelta(minutes=11))
    page = browser.get(address).content.decode()
    assert "it was broken off. Ask again." in page
    assert "Usage report (CSV)" in page


def test_one_report_of_a_month_at_a_time_until_it_was_broken_off(finance, monkeypatch):
    asked = {"month": MONTH, "provider": "anthropic", "by": finance}
    first = uploads.ask([b"x"], **asked)
    with pytest.raises(ValidationError, match="is being compared"):
        uploads.ask([b"x"], **asked)
    long_ago: datetime = clock.now() - timedelta(hours=1)
    BillUpload.objects.update(asked_at=long_ago)
    uploads.ask([b"x"], **asked)
    first.refresh_from_db()
    assert (first.state, first.problem) == ("refused", "It was broken off. Nothing was changed.")


def _asked_for_book(browser: Browser) -> BillUpload:
    page = browser.post(reverse("closing:book", args=[MONTH]), follow=True).content.decode()
    assert "The bill of sandbox that" in page
    return BillUpload.objects.get()


def test_page_says_what_came_of_the_sandboxs_book(browser):
    """Asked for by its button, done by the worker, which hands in the book."""
    asked = _asked_for_book(browser)

    def compared(month: Month, *, by: str, now: datetime) -> Bill:
        return comparing.compare_book(
            [], month=month, provider="sandbox", deployments=(), resolved=0, by=by
        )

    uploads.compare_book(asked.pk, compared)
    asked.refresh_from_db()
    assert (asked.state, asked.bill) == ("done", Bill.objects.get())


def test_book_of_no_sandbox_is_said_on_the_page(browser, settings):
    asked = _asked_for_book(browser)
    settings.USES_SANDBOX = False
    uploads.compare_book(asked.pk, sandbox_bill.compare)
    page = browser.get(reverse("closing:month", args=[MONTH])).content.decode()
    assert "This installation has no sandbox. Nothing was changed." in page
    assert "Compare the sandbox" not in page


def test_book_of_a_sandbox_that_is_away_is_said_on_the_page(browser, settings):
    settings.USES_SANDBOX = True
    settings.SANDBOX_URL = settings.ANTHROPIC_BASE_URL = "http://127.0.0.1:9"
    asked = _asked_for_book(browser)
    uploads.compare_book(asked.pk, sandbox_bill.compare)
    page = browser.get(reverse("closing:month", args=[MONTH])).content.decode()
    assert "The sandbox does not answer. Nothing was changed." in page
    assert "Compare the sandbox" in page
