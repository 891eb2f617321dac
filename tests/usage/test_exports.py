"""Files made in the background: their lines, who gets them, and what goes wrong."""

import csv
import io
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import AsyncClient
from django.test import Client as Browser
from django.urls import reverse
from openpyxl import load_workbook

from routerproject import celery
from routerproject.shared import clock
from routerproject.shared.database import in_database
from tests.factories.people import make_member
from tests.factories.requests import make_attempt, make_request
from usage import audit
from usage.exports import cost_log, making, orders
from usage.models import AuditEntry, Export, ExportKind
from usage.reports.groups import Day

pytestmark = [pytest.mark.django_db, pytest.mark.service]


@pytest.fixture
def finance():
    return make_member("finance")


@pytest.fixture(autouse=True)
def queue():
    """Send tasks through the product's application, as web processes do."""
    celery.app.set_current()


def browser_of(user) -> Browser:
    browser = Browser()
    browser.force_login(user)
    return browser


def answered(**fields: Any) -> None:
    request = make_request(uniform_opus_nano_usd=90_000_000, **fields)
    make_attempt(request, cost_nano_usd=40_000_000, input_tokens=1_000, output_tokens=500)


def made(by, kind: str, filters: str = "range=7d") -> Export:
    export = orders.ask(kind=kind, filters=filters, by=by)
    making.make(export.pk)
    export.refresh_from_db()
    return export


def content(export: Export) -> bytes:
    return b"".join(bytes(part.content) for part in export.parts.order_by("number"))


def test_every_request_is_a_line_and_the_lines_add_up(finance, monkeypatch):
    """Page by page, piece by piece; also what a request costs that has not ended."""
    monkeypatch.setattr("usage.exports.requests.PAGE", 2)
    monkeypatch.setattr(making, "PIECE", 100)
    for _ in range(5):
        answered(state="open", session_label="=1+1")
    export = made(finance, "requests-csv")
    assert (export.state, export.lines, export.all_lines) == ("done", 5, 5)
    assert export.parts.count() > 3
    assert export.size_bytes == len(content(export))
    lines = list(csv.DictReader(io.StringIO(content(export).decode())))
    assert sum(Decimal(line["cost_usd"]) for line in lines) == Decimal("0.2")
    assert {line["session"] for line in lines} == {"'=1+1"}
    assert {(line["calls"], line["input_tokens"]) for line in lines} == {("1", "1000")}


def test_workbook_holds_numbers_and_no_formula(finance):
    answered(task_type="=cmd|' /C calc'!A1", session_hash=b"s", session_label="@SUM(1)\x07")
    export = made(finance, "report-xlsx")
    book = load_workbook(io.BytesIO(content(export)))
    assert book.sheetnames == ["Savings", "Report", "Sessions", "Journeys"]
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert "f" not in {cell.data_type for cell in cells}
    header, line = book["Report"].iter_rows(values_only=True)
    report = dict(zip(header, line, strict=True))
    assert report["task_type"] == "'=cmd|' /C calc'!A1"
    assert (report["cost_usd"], report["uniform_opus_usd"]) == (0.04, 0.09)
    assert book["Sessions"]["A2"].value == "'@SUM(1)"
    assert [row[2] for row in book["Savings"].iter_rows(values_only=True)][-1] == 0.04


def test_requests_fill_a_workbook_too(finance):
    answered()
    book = load_workbook(io.BytesIO(content(made(finance, "requests-xlsx"))))
    assert len(list(book["Requests"].iter_rows())) == 2


def test_cost_log_has_the_columns_of_a_log_kept_beside_code(finance):
    for tier in ("haiku", "haiku", "opus"):
        answered(tier=tier, session_hash=b"s", session_label="012")
    lines = content(made(finance, "cost-log")).decode().splitlines()
    today = f"{clock.now():%Y-%m-%d}"
    assert lines[2] == (
        "| Date | Session | Model | Tasks | Input Tokens | Output Tokens | Est. Cost |"
    )
    assert lines[4:] == [
        f"| {today} | 012 | haiku | 2 | 2,000 | 1,000 | $0.08 |",
        f"| {today} | 012 | opus | 1 | 1,000 | 500 | $0.04 |",
        "| Total | | | 3 | 3,000 | 1,500 | $0.12 |",
    ]


def test_label_ends_no_cell_of_the_log_and_is_no_markup():
    label = "a|b\n# <script> [x](y) `z` =1"
    day = Day(clock.now().date(), label, "", 1, 1, 1, 1)
    line = list(cost_log.text_of([day]))[1]
    assert line.count("\n") == 1
    assert "\\|b" in line
    assert "\\<script\\>" in line
    assert " | - | " in line


def test_files_of_others_do_not_exist(finance):
    export = made(finance, "cost-log")
    other = browser_of(make_member("compliance"))
    assert browser_of(finance).get(reverse("exports:progress", args=[export.pk])).status_code == 200
    for page in ("progress", "file"):
        assert other.get(reverse(f"exports:{page}", args=[export.pk])).status_code == 404
    assert "There is no file" in other.get(reverse("exports:files")).content.decode()


def test_who_may_not_see_usage_gets_no_file(client, finance):
    export = made(finance, "cost-log")
    pages = [reverse("exports:files"), reverse("exports:file", args=[export.pk])]
    assert {client.get(page).status_code for page in pages} == {302}
    finance.groups.clear()
    assert {browser_of(finance).get(page).status_code for page in pages} == {403}
    with pytest.raises(PermissionDenied):
        orders.ask(kind="cost-log", filters="", by=type(finance).objects.get(pk=finance.pk))


def test_expired_file_is_gone(finance):
    export = made(finance, "cost-log")
    Export.objects.filter(pk=export.pk).update(
        asked_at=clock.now() - timedelta(days=2), expires_at=clock.now() - timedelta(seconds=1)
    )
    answer = browser_of(finance).get(reverse("exports:file", args=[export.pk]))
    assert answer.status_code == 404
    assert orders.forget_expired(clock.now()) == 1
    assert not Export.objects.exists()


def test_owner_who_lost_the_permission_meanwhile_gets_nothing(finance):
    export = orders.ask(kind="cost-log", filters="", by=finance)
    finance.groups.clear()
    making.make(export.pk)
    export.refresh_from_db()
    assert (export.state, export.parts.count()) == ("failed", 0)
    assert "may not see" in export.problem


def test_too_many_lines_are_refused_with_their_number(finance, monkeypatch):
    monkeypatch.setitem(making.MOST_LINES, ExportKind.REQUESTS_CSV, 1)
    answered()
    answered()
    export = made(finance, "requests-csv")
    assert (export.state, export.parts.count()) == ("failed", 0)
    assert export.problem == "2 requests are too many for one file: 1 at most."


def test_file_begun_by_a_worker_that_died_is_made_afresh(finance):
    answered()
    export = orders.ask(kind="requests-csv", filters="range=7d", by=finance)
    export.parts.create(number=0, content=b"half of a file")
    Export.objects.filter(pk=export.pk).update(state="running", lines=7)
    making.make(export.pk)
    making.make(export.pk)
    export.refresh_from_db()
    assert (export.state, export.lines) == ("done", 1)
    assert b"half" not in content(export)


def test_three_files_are_made_at_once_for_one_person(finance):
    for _ in range(orders.MOST_OPEN):
        orders.ask(kind="cost-log", filters="", by=finance)
    with pytest.raises(ValidationError):
        orders.ask(kind="cost-log", filters="", by=finance)
    page = browser_of(finance)
    page.post(reverse("exports:files"), {"kind": "cost-log"})
    assert "wait for one of them" in page.get(reverse("exports:files")).content.decode()


@pytest.mark.parametrize("given", [{"kind": "passwd"}, {"kind": "cost-log", "filters": "x" * 501}])
def test_nonsense_is_no_order(finance, given):
    browser_of(finance).post(reverse("exports:files"), given)
    assert not Export.objects.exists()


def test_button_of_the_report_leads_to_the_progress_of_the_file(finance):
    answered()
    browser = browser_of(finance)
    assert 'value="report-xlsx"' in browser.get(reverse("reports:cost")).content.decode()
    given = {"kind": "requests-csv", "filters": "range=month&task_type=x"}
    answer = browser.post(reverse("exports:files"), given, follow=True)
    assert "The worker has not begun" in answer.content.decode()
    assert Export.objects.get().filters == given["filters"]


@pytest.mark.django_db(transaction=True)
async def test_owner_fetches_the_file_and_that_is_written_down():
    def prepared():
        user = make_member("finance")
        answered()
        return user, made(user, "requests-csv")

    user, export = await in_database(prepared)
    browser = AsyncClient()
    await browser.aforce_login(user)
    answer: Any = await browser.get(reverse("exports:file", args=[export.pk]))
    got = b"".join([piece async for piece in answer.streaming_content])
    assert got == await in_database(content, export)
    assert "no-store" in answer["Cache-Control"]
    assert answer["Content-Disposition"].startswith('attachment; filename="requests-20')

    def kinds() -> list[str]:
        found = AuditEntry.objects.filter(tenant_id=audit.INSTALLATION).order_by("seq")
        return list(found.values_list("kind", flat=True))

    assert (await in_database(kinds))[-2:] == ["export.asked", "export.taken"]
