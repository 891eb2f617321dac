"""A bill held against a month: what differs, by how much, and what it clears up."""

from datetime import timedelta
from typing import Any

import pytest

from tests.usage.months import (
    COST,
    HERE,
    MODEL,
    MONTH,
    USED,
    bucket,
    call,
    compared,
    kinds,
    line,
    price_paid,
    reported,
)
from usage.bill_rows import BadReport, Bucket
from usage.closing import comparing
from usage.models import (
    Attempt,
    Bill,
    Deployment,
    ModelCard,
)
from usage.pricing import TokenCounts

pytestmark = [pytest.mark.django_db, pytest.mark.service]


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
    unknown = call(state="unknown", price=price_paid().frozen(), price_id=price_paid().id)
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


def test_call_on_the_edge_of_a_bucket_is_not_taken_for_an_unknown_one(finance):
    """Begun in one hour and billed in the next, where another call's cost is not known."""
    price: dict[str, Any] = {"price": price_paid().frozen(), "price_id": price_paid().id}
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
    call(state="unknown", price=price_paid().frozen())
    with pytest.raises(BadReport, match="Row 7 is not within"):
        reported(finance, bucket(), bucket(row=7, days=40))
    assert not Bill.objects.exists()
    assert Attempt.objects.get().state == "unknown"
