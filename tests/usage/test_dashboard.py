"""The dashboard: who may see it, what it shows, what its files hold."""

import csv
import io
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.datastructures import MultiValueDict

from routerproject.shared import clock
from routerproject.shared.spreadsheet import neutral
from tests.factories.accounts import make_client, make_tenant
from tests.factories.people import make_admin, make_member
from tests.factories.requests import make_attempt, make_request
from usage import proof
from usage.dashboard import charts, queries
from usage.dashboard.filters import FilterForm
from usage.models import Budget, BudgetPeriod, Tenant
from usage.templatetags import usage_format

pytestmark = [pytest.mark.django_db, pytest.mark.service]
PAGES = ("dashboard", "cost-csv", "latency-csv", "tiers-csv")
NOW = datetime(2026, 11, 20, 15, tzinfo=UTC)


@pytest.fixture
def finance() -> Browser:
    browser = Browser()
    browser.force_login(make_member("finance"))
    return browser


def selection(**given):
    values = MultiValueDict({name: [value] for name, value in given.items()})
    return FilterForm(values).selection(NOW)


def lines(response) -> list[list[str]]:
    return list(csv.reader(io.StringIO(response.content.decode())))


@pytest.mark.parametrize("page", PAGES)
def test_a_stranger_is_sent_to_the_sign_in(client, page):
    response = client.get(reverse(f"usage:{page}"))
    assert response.status_code == 302
    assert response["Location"].startswith(reverse("admin:login"))


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("group", ["developer", "reviewer"])
def test_whoever_may_not_see_requests_sees_no_usage(client, page, group):
    client.force_login(make_member(group))
    assert client.get(reverse(f"usage:{page}")).status_code == 403


@pytest.mark.parametrize("group", ["clinic_admin", "finance", "compliance", "operations"])
def test_whoever_may_see_requests_sees_usage(client, group):
    client.force_login(make_member(group))
    assert client.get(reverse("usage:dashboard")).status_code == 200


def test_nothing_is_stored_by_browsers_and_nothing_is_written(finance):
    response = finance.get(reverse("usage:dashboard"))
    assert "no-store" in response["Cache-Control"]
    assert finance.post(reverse("usage:dashboard")).status_code == 405


def test_an_empty_time_says_what_to_do(finance):
    page = finance.get(reverse("usage:dashboard")).content.decode()
    assert "No requests in this time." in page
    assert '<svg class="chart"' not in page


def test_charts_tables_and_files_show_the_same_cost(finance):
    for cost, tier in ((2_000_000, "haiku"), (30_000_000, "opus")):
        request = make_request(tier=tier, cost_nano_usd=cost)
        make_attempt(request, cost_nano_usd=cost)
    page = finance.get(reverse("usage:dashboard")).content.decode()
    assert "$0.0320" in page
    assert page.count('<svg class="chart"') == 2
    header, *rows = lines(finance.get(reverse("usage:tiers-csv")))
    cost = header.index("cost_usd")
    assert [(row[0], row[cost]) for row in rows] == [
        ("haiku", "0.002000000"),
        ("opus", "0.030000000"),
    ]
    _, *rows = lines(finance.get(reverse("usage:cost-csv")))
    assert sorted(row[-1] for row in rows) == ["0.002000000", "0.030000000"]


def test_text_of_callers_is_escaped(finance):
    make_request(task_type="<script>alert(1)</script>")
    page = finance.get(reverse("usage:dashboard")).content.decode()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_no_page_has_an_inline_script_or_style(finance):
    make_attempt(make_request())
    page = finance.get(reverse("usage:dashboard")).content.decode()
    assert "<script" not in page
    assert "<style" not in page
    assert "style=" not in page


def test_the_number_of_queries_does_not_grow(finance, django_assert_max_num_queries):
    finance.get(reverse("usage:dashboard"))
    for number in range(60):
        tenant = make_tenant() if number % 10 == 0 else None
        make_attempt(make_request(tenant_id=tenant.pk if tenant else 1, tier=f"tier-{number % 4}"))
        Budget.objects.create(tenant=tenant, name=f"Budget {number}", cap_nano_usd=1)
    with django_assert_max_num_queries(24):
        finance.get(reverse("usage:dashboard"))


def test_older_requests_are_on_the_next_page(finance):
    made = [make_request(at=clock.now() - timedelta(minutes=n)) for n in range(25)]
    first = finance.get(reverse("usage:dashboard")).context["page"]
    assert [row.pk for row in first.requests] == [request.pk for request in made[:20]]
    second = finance.get(reverse("usage:dashboard"), {"before": first.older_than})
    assert [row.pk for row in second.context["page"].requests] == [r.pk for r in made[20:]]
    assert second.context["page"].older_than is None


def test_a_budget_shows_what_is_left_and_when_it_starts_anew(finance):
    budget = Budget.objects.create(name="Lab", cap_nano_usd=10_000_000_000)
    now = clock.now()
    BudgetPeriod.objects.create(
        budget=budget,
        starts_at=now - timedelta(hours=1),
        ends_at=now + timedelta(hours=1),
        posted_nano_usd=4_000_000_000,
        held_nano_usd=1_000_000_000,
        unknown_nano_usd=1_000_000_000,
    )
    (use,) = [use for use in queries.budget_uses(None, now) if use.name == "Lab"]
    assert (use.share, use.left_nano_usd) == (0.6, 4_000_000_000)
    assert "left $4.00" in " ".join(finance.get("/usage/").content.decode().split())


def test_a_budget_of_an_unknown_time_zone_is_shown_by_utc(finance):
    made = Budget.objects.create(name="Lab", cap_nano_usd=100)
    Budget.objects.filter(pk=made.pk).update(time_zone="Mars/Base")
    (use,) = [use for use in queries.budget_uses(None, clock.now()) if use.name == "Lab"]
    assert use.zone.key == "UTC"


def test_a_budget_for_each_journey_shows_its_fullest_one():
    """The others, of which there may be a million, are neither read nor locked by its proof."""
    budget = Budget.objects.create(name="Each", each="journey", cap_nano_usd=100, period="total")
    for number in (3, 60, 40):
        BudgetPeriod.objects.create(
            budget=budget,
            subject=bytes([number]),
            starts_at=clock.now() - timedelta(hours=1),
            posted_nano_usd=number,
        )
    (use,) = [use for use in queries.budget_uses(None, clock.now()) if use.name == "Each"]
    assert use.used_nano_usd == 60
    assert BudgetPeriod.objects.fullest(clock.now()).get(budget=budget).subject == b"<"
    with CaptureQueriesContext(connection) as asked:
        assert proof.prove(budget).used == 60
    assert sum("LIMIT 1 FOR UPDATE" in each["sql"] for each in asked) == 1


@pytest.mark.parametrize(
    "query",
    [
        {"range": "custom"},
        {"range": "custom", "first": "2026-02-01", "last": "2026-01-01"},
        {"range": "custom", "first": "0001-01-01", "last": "9999-12-31"},
        {"range": "custom", "first": "2024-01-01", "last": "2026-01-01"},
        {"range": "custom", "first": "x", "last": "\0"},
        {"range": "century"},
        {"tenant": "nobody"},
        {"client": "'; --"},
        {"task_type": "unheard of"},
        {"before": "no id"},
    ],
)
def test_bad_filters_are_answered_with_a_page(finance, query):
    assert finance.get(reverse("usage:dashboard"), query).status_code == 200


def test_days_follow_the_clock_of_the_tenant():
    """Today in New York begins at 05:00 UTC in winter."""
    Tenant.objects.all().delete()
    make_tenant(time_zone="America/New_York")
    chosen = selection(range="today")
    assert chosen.zone.key == "America/New_York"
    assert chosen.scope.start == datetime(2026, 11, 20, 5, tzinfo=UTC)
    assert chosen.scope.end == datetime(2026, 11, 21, 5, tzinfo=UTC)


def test_a_client_brings_its_tenants_clock():
    client = make_client(tenant=make_tenant(time_zone="Asia/Tokyo"))
    assert selection(client=str(client.pk)).zone.key == "Asia/Tokyo"


def test_a_day_with_25_hours_is_one_day():
    """Daylight saving ends on November 1, 2026 in New York."""
    zone = ZoneInfo("America/New_York")
    scope = queries.Scope(
        tenant_id=1,
        start=datetime(2026, 11, 1, tzinfo=zone),
        end=datetime(2026, 11, 3, tzinfo=zone),
    )
    make_request(at=datetime(2026, 11, 2, 4, 30, tzinfo=UTC), cost_nano_usd=7)  # 23:30 on Nov 1
    found = queries.series(scope, step="day", zone=zone)
    assert [moment.day for moment in found.moments] == [1, 2]
    ((moment, _),) = found.columns
    assert moment == found.moments[0]


def test_bars_are_stacked_to_the_height_of_the_whole():
    zone = ZoneInfo("UTC")
    start = datetime(2026, 11, 1, tzinfo=UTC)
    for tier, cost in (("haiku", 1_000_000_000), ("opus", 3_000_000_000)):
        make_attempt(make_request(at=start, tier=tier), cost_nano_usd=cost)
    scope = queries.Scope(tenant_id=1, start=start, end=start + timedelta(days=1))
    chart = charts.cost_chart(queries.series(scope, step="day", zone=zone), {"haiku": 1, "opus": 3})
    low, high = chart.bars
    assert (low.color, high.color) == (1, 3)
    assert high.height == pytest.approx(3 * low.height, abs=0.2)
    assert high.y + high.height == pytest.approx(low.y, abs=0.2)
    assert chart.ticks[-1].text == "$4.00"


@pytest.mark.parametrize(
    ("nano", "text"),
    [
        (0, "$0.00"),
        (1, "$0.000000"),
        (2_500, "$0.000002"),
        (3_200_000, "$0.0032"),
        (1_234_567_000_000, "$1,234.57"),
        (-5_000_000_000, "-$5.00"),
        (None, "-"),
    ],
)
def test_money_reads_as_dollars(nano, text):
    assert usage_format.usd(nano) == text


@pytest.mark.parametrize(
    "cell",
    [
        "=1+1",
        "+1",
        "-1",
        "-1.000000000+1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        '"=1',
        " =1",
        "\uff1d1",
        "'=1",
        "\u3000\uff0b1",
    ],
)
def test_no_cell_of_a_file_is_run_as_a_formula(cell):
    assert neutral(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["haiku", "2026-11-01", "0.5", "-0.001200000", "", 3])
def test_other_cells_stay_as_they_are(cell):
    assert neutral(cell) == cell


def test_a_formula_in_a_record_is_neutralized_in_the_file(finance):
    make_request(tier="=HYPERLINK(1)")
    _, row = lines(finance.get(reverse("usage:tiers-csv")))
    assert row[0] == "'=HYPERLINK(1)"


def test_the_root_leads_to_the_dashboard(client):
    client.force_login(make_admin())
    assert client.get("/").headers["Location"] == reverse("usage:dashboard")
