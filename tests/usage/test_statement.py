"""The statement of a closed month: what is on it, and that it adds up."""

import io
from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.urls import reverse
from pypdf import PdfReader

from routerproject.shared import clock
from tests.factories.accounts import make_client
from tests.factories.requests import make_attempt, make_request
from tests.usage.months import (
    COST,
    MONTH,
    call,
    closed,
    compared,
    compared_with_all,
    line,
)
from usage.closing import statement
from usage.exports import making, orders
from usage.models import (
    ExportKind,
    StatementLine,
)

pytestmark = [pytest.mark.django_db, pytest.mark.service]


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
