"""The close of a month: what is in its way, what it locks, and a statement that adds up."""

import io
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.db.utils import DatabaseError, ProgrammingError
from django.test import Client as Browser
from django.urls import reverse
from pypdf import PdfReader

from routerproject.shared import clock
from tests.factories.accounts import make_client
from tests.factories.people import make_member
from tests.factories.requests import make_attempt, make_request
from usage import bill_rows, configuration, pricing
from usage.bill_rows import BadReport, Bucket
from usage.closing import comparing, locking, months, report, statement
from usage.closing.comparing import IsClosed, Line
from usage.exports import making, orders
from usage.ledger.rows import token_columns
from usage.models import (
    Attempt,
    Bill,
    BillDifference,
    Deployment,
    ExportKind,
    ModelCard,
    MonthClose,
    StatementLine,
)
from usage.pricing import TokenCounts

MONTH = months.of(clock.now()).before.before
HERE = "anthropic-direct-haiku"
MODEL = "claude-haiku-4-5-20251001"
USED = TokenCounts(input_tokens=40, output_tokens=20)
COST = 140_000  # nano-USD: 40 at $1, 20 at $5 per million
HEADER = (*bill_rows.HEADER, "currency", "amount_usd")
pytestmark = [pytest.mark.django_db, pytest.mark.service]


@pytest.fixture(autouse=True)
def _static_root(settings, tmp_path):
    """Give the static files' middleware an existing folder, as `collectstatic` would."""
    settings.STATIC_ROOT = tmp_path


@pytest.fixture
def finance():
    return make_member("finance")


@pytest.fixture
def colleague():
    return make_member("finance", "a-second-one")


def call(name: str = "", *, state: str = "settled", hours: float = 30, **fields: Any) -> Attempt:
    at = MONTH.start + timedelta(hours=hours)
    request = make_request(at=at, **fields.pop("request", {}))
    is_ended = state in ("settled", "resolved")
    return make_attempt(
        request,
        **{
            "state": state,
            "deployment": HERE,
            "model_id": MODEL,
            "provider_request_id": name,
            "cost_nano_usd": COST if is_ended else 0,
            **(token_columns(USED) if is_ended else {}),
            **fields,
        },
    )


def line(name: str, cost: int = COST, tokens: TokenCounts = USED, row: int = 1) -> Line:
    return Line(row, name, tokens, cost)


def compared(*lines: Line) -> Bill:
    return comparing.compare_book(
        lines, month=MONTH, provider="sandbox", deployments={HERE}, resolved=0, by="ada"
    )


def compared_elsewhere() -> Bill:
    """Hold an empty bill of a provider without deployments against the month."""
    return comparing.compare_book(
        [], month=MONTH, provider="elsewhere", deployments=(), resolved=0, by="ada"
    )


def compared_with_all() -> None:
    """Hold a bill against the month that has each of its calls, under the one name they share."""
    Bill.objects.create(
        **{"month": MONTH.first, "provider": "anthropic", "kind": "report", "compared_by": "ada"},
        **{"compared_at": clock.now(), "lines": 1, "equal": 1, "resolved": 0},
        deployments=list(Attempt.objects.values_list("deployment", flat=True).distinct()),
    )


def kinds(bill: Bill) -> list[str]:
    return list(bill.differences.values_list("kind", flat=True))


def closed(by) -> MonthClose:
    row = locking.ask(MONTH, by=by)
    locking.close(row.pk)
    row.refresh_from_db()
    return row


def bucket(tokens: TokenCounts = USED, *, row: int = 1, days: int = 28, **fields: Any) -> Bucket:
    return Bucket(row, MONTH.start, MONTH.start + timedelta(days=days), MODEL, tokens, **fields)


def reported(by, *found: Bucket) -> Bill:
    return report.compare_report(found, month=MONTH, provider="anthropic", by=by, now=clock.now())


def test_bill_that_agrees_has_no_difference():
    call("req_1")
    bill = compared(line("req_1"), line("req_0", 0))
    assert (kinds(bill), bill.lines, bill.equal, bill.billed_nano_usd) == ([], 2, 2, COST)


@pytest.mark.parametrize(
    ("kind", "lines", "calls"),
    [
        ("missing-here", [line("req_9")], []),
        ("missing-there", [], [{"name": "req_1"}]),
        ("amount", [line("req_1", COST + 1)], [{"name": "req_1"}]),
        ("tokens", [line("req_1", tokens=TokenCounts(41, 20))], [{"name": "req_1"}]),
        ("duplicate", [line("req_1"), line("req_1", row=2)], [{"name": "req_1"}]),
        ("unknown", [], [{"name": "", "state": "unknown"}]),
        ("running", [], [{"name": "", "state": "admitted"}]),
    ],
)
def test_every_difference_with_a_book_has_its_kind(kind, lines, calls):
    for each in calls:
        call(**each)
    assert kinds(compared(*lines)) == [kind]


def test_lines_of_other_months_are_no_difference():
    call("req_1")
    call("req_2", hours=24 * 45)
    assert kinds(compared(line("req_1"), line("req_2"))) == []


def test_line_explained_in_one_month_is_no_difference_in_the_next(finance):
    """A book says no times, so a line without a call would come up every month."""
    [found] = compared(line("req_9")).differences.all()
    later: dict[str, Any] = {
        "month": MONTH.after,
        "provider": "sandbox",
        "resolved": 0,
        "by": "ada",
    }
    assert kinds(comparing.compare_book([line("req_9")], deployments={HERE}, **later)) == [
        "missing-here"
    ]
    comparing.explain(found, reason="Posted by two people.", by=finance)
    assert kinds(comparing.compare_book([line("req_9")], deployments={HERE}, **later)) == []


def test_report_that_agrees_has_no_difference(finance):
    call()
    bill = reported(finance, bucket(billed=COST))
    assert (kinds(bill), bill.equal, bill.billed_nano_usd) == ([], 1, COST)


@pytest.mark.parametrize(
    ("kind", "found"),
    [
        ("tokens", [bucket(TokenCounts(input_tokens=41, output_tokens=20))]),
        ("amount", [bucket(billed=COST - 1)]),
        ("missing-there", []),
        ("missing-there", [bucket(TokenCounts())]),
        ("missing-here", [bucket(row=2, days=1)]),
    ],
)
def test_every_difference_with_a_report_has_its_kind(finance, kind, found):
    call()
    assert kind in kinds(reported(finance, *found))


def test_report_clears_up_what_it_proves(finance):
    unknown = call(state="unknown", price=_price().frozen(), price_id=_price().id)
    bill = reported(finance, bucket())
    unknown.refresh_from_db()
    assert (kinds(bill), bill.resolved) == ([], 1)
    assert (unknown.state, unknown.cost_nano_usd) == ("resolved", COST)


def test_report_is_held_against_the_names_of_the_time_of_the_calls(finance):
    """The deployment was renamed and given another model since; the history of both is known."""
    call()
    other = ModelCard.objects.exclude(model_id=MODEL).first()
    Deployment.objects.filter(slug=HERE).update(slug="renamed", model=other)
    bill = reported(finance, bucket())
    assert (kinds(bill), bill.deployments) == ([], [HERE])
    Deployment.objects.filter(slug="renamed").delete()
    assert kinds(reported(finance, bucket())) == []


def _price():
    catalog = configuration.load_catalog()
    found = catalog.price_at(MODEL, MONTH.start)
    assert found
    assert pricing.cost(USED, found) == COST
    return found


def test_call_on_the_edge_of_a_bucket_is_not_taken_for_an_unknown_one(finance):
    """Begun in one hour and billed in the next, where another call's cost is not known."""
    price = {"price": _price().frozen(), "price_id": _price().id}
    unknown = call(state="unknown", hours=11.3, **price)
    edge = MONTH.start + timedelta(hours=11)
    call(hours=11 - 2 / 3_600, settled_at=edge + timedelta(seconds=3))
    hours = [
        Bucket(n, edge + timedelta(hours=n - 2), edge + timedelta(hours=n - 1), MODEL, tokens)
        for n, tokens in ((1, TokenCounts()), (2, USED))
    ]
    bill = reported(finance, *hours)
    assert (sorted(kinds(bill)), bill.resolved) == (["missing-there", "unknown"], 0)
    unknown.refresh_from_db()
    assert unknown.state == "unknown"


def test_row_beyond_the_month_changes_nothing(finance):
    call(state="unknown", price=_price().frozen())
    with pytest.raises(BadReport, match="Row 7 is not within"):
        reported(finance, bucket(), bucket(row=7, days=40))
    assert not Bill.objects.exists()
    assert Attempt.objects.get().state == "unknown"


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


def test_statement_adds_up_to_the_ledger_by_department_and_journey(finance):
    lab = make_client(slug="lab", department="Labor Süd")
    of_lab = {"client_id": lab.pk, "tenant_id": lab.tenant_id}
    names = []
    for number, fields in enumerate(
        [
            {**of_lab, "case_hash": b"a", "case_label": "case-1"},
            {**of_lab, "case_hash": b"a", "case_label": "case-1"},
            {**of_lab, "case_hash": b"\xbe\xef"},
            of_lab,
            {"client_id": 4_711, "tenant_id": 4_711},
        ]
    ):
        names.append(f"req_{number}")
        call(names[-1], request=fields, cost_nano_usd=COST + number)
    compared(*(line(name, COST + n, row=n) for n, name in enumerate(names)))
    closed(finance)
    lab.department = "Renamed since"
    lab.save()
    found = statement.find(MONTH)
    assert found
    assert found.cost == 5 * COST + 10 == sum(part.cost for part in found.departments)
    assert [(p.department, p.requests, p.cost) for p in found.departments] == [
        ("", 1, COST + 4),
        ("Labor Süd", 4, 4 * COST + 6),
    ]
    assert [(p.name, p.calls, p.cost) for p in found.journeys] == [
        ("case-1", 2, 2 * COST + 1),
        ("beef...", 1, COST + 2),
    ]
    of_tenant = statement.find(MONTH, tenant=lab.tenant.slug)
    assert of_tenant
    assert of_tenant.cost == 4 * COST + 6


def test_call_before_the_months_end_of_a_request_dated_after_it_has_its_client(finance):
    """The clock was set back between the two."""
    ward = make_client(slug="ward")
    request = make_request(at=MONTH.end + timedelta(hours=2), client_id=ward.pk)
    at = MONTH.end - timedelta(minutes=1)
    make_attempt(request, id=clock.new_id(at), admitted_at=at, cost_nano_usd=COST)
    compared_with_all()
    closed(finance)
    [only] = StatementLine.objects.all()
    assert (only.client, only.cost_nano_usd) == ("ward", COST)


def test_journey_of_two_clients_is_one_journey(finance):
    for slug in ("ward", "lab"):
        served = {"client_id": make_client(slug=slug).pk, "case_hash": b"c"}
        call(f"req_{slug}", request=served)
    call("req_other", request={"case_hash": b"d"})
    compared(line("req_ward"), line("req_lab"), line("req_other"))
    closed(finance)
    found = statement.find(MONTH)
    assert found
    assert (found.journey_count, found.journey_lines) == (2, 3)
    assert (len(found.journeys), found.other_lines) == (3, 0)


def test_statement_is_a_page_and_a_pdf(finance):
    call("req_1", request={"case_hash": b"c", "case_label": "<b>case</b>"})
    compared(line("req_1"))
    browser = Browser()
    browser.force_login(finance)
    address = reverse("closing:statement", args=[MONTH])
    assert browser.get(address).status_code == 404
    closed(finance)
    text = browser.get(address).content.decode()
    assert "$0.00014" in text
    assert "&lt;b&gt;case" in text
    assert "<b>case" not in text
    printed = _printed(finance)
    assert f"Statement {MONTH}" in printed
    assert "$0.00014" in printed
    assert "<b>case</b>" in printed


def test_names_whose_marks_the_font_lacks_are_printed_without_them(finance):
    call("req_1", request={"case_hash": b"c", "case_label": "Łódź, Győr, Nguyễn"})
    compared(line("req_1"))
    closed(finance)
    assert "Łódz, Gyor, Nguyen" in _printed(finance)


def _printed(finance) -> str:
    """Return the text of the month's statement as a PDF."""
    export = orders.ask(kind=ExportKind.STATEMENT, filters=f"month={MONTH}&tenant=", by=finance)
    making.make(export.pk)
    pdf = b"".join(bytes(part.content) for part in export.parts.order_by("number"))
    return "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def test_statement_of_an_unknown_tenant_is_refused(finance):
    closed(finance)
    export = orders.ask(
        kind=ExportKind.STATEMENT, filters=f"month={MONTH}&tenant=nobody", by=finance
    )
    making.make(export.pk)
    export.refresh_from_db()
    assert export.state == "failed"
    assert "no such tenant" in export.problem


@pytest.mark.parametrize("filters", ["", "month=2026-13", "month=1999-01", "month=2031-01"])
def test_statement_of_no_closed_month_is_refused(finance, filters):
    export = orders.ask(kind=ExportKind.STATEMENT, filters=filters, by=finance)
    making.make(export.pk)
    export.refresh_from_db()
    assert (export.state, export.problem) == (
        "failed",
        "This month is not closed, so it has no statement.",
    )


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
    call(state="unknown", price=_price().frozen())
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
