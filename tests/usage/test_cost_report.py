"""The page of the cost report: who may see it, what it says, what its files hold."""

import csv
import io
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test import Client as Browser
from django.urls import reverse

from routerproject.shared import clock
from routing.quality import judgements
from routing.quality.judge import Marks
from routing.quality.judgements import Judgement
from tests.factories.accounts import make_client
from tests.factories.people import make_member
from tests.factories.requests import make_attempt, make_request
from usage.reports import groups, ledger_facts
from usage.reports import page as report_page
from usage.rollups.scope import Scope

pytestmark = [pytest.mark.django_db, pytest.mark.service]
PAGES = ("cost", "report-csv", "sessions-csv", "journeys-csv")


@pytest.fixture
def finance() -> Browser:
    browser = Browser()
    browser.force_login(make_member("finance"))
    return browser


def answered(**fields):
    request = make_request(
        deployment="anthropic-direct", uniform_opus_nano_usd=90_000_000, cost_nano_usd=40_000_000,
        **fields,
    )  # fmt: skip
    make_attempt(request, cost_nano_usd=40_000_000, input_tokens=1_000, output_tokens=500)
    return request


def judged(share: float, *, is_under: bool, task_type: str = "visit_summary") -> None:
    judgements.write(
        Judgement(
            request_id=clock.new_id(), tenant_id=1, at=clock.now(), task_type=task_type,
            tier="haiku", model_id="m", judge_model_id="j",
            marks=Marks(4, 4, 4, 4, 4, is_under), is_poor=False, is_in_line=False, share=share,
        )
    )  # fmt: skip


def page(browser: Browser, name: str = "cost", **given) -> str:
    response = browser.get(reverse(f"reports:{name}"), given)
    assert response.status_code == 200
    return response.content.decode()


def lines(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize("name", PAGES)
def test_only_readers_of_usage_see_the_report(client, name):
    assert client.get(reverse(f"reports:{name}")).status_code == 302
    client.force_login(make_member("developer"))
    assert client.get(reverse(f"reports:{name}")).status_code == 403
    client.force_login(make_member("finance"))
    response = client.get(reverse(f"reports:{name}"))
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    assert client.post(reverse(f"reports:{name}")).status_code == 405


def test_an_empty_time_says_what_to_do(finance):
    text = page(finance)
    assert "No requests in this time." in text
    assert "<svg" not in text


def test_savings_stand_beside_what_nobody_measured(finance):
    answered()
    text = page(finance)
    assert "$0.0900" in text
    assert "$0.0500" in text
    assert "not measured" in text
    assert "an estimate" in text


def test_savings_stand_beside_under_routing(finance):
    answered()
    judged(1.0, is_under=True)
    judged(1.0, is_under=False)
    text = page(finance)
    assert "Of 2 judged answers" in text
    assert "50.0%" in text


def test_no_script_or_style_stands_in_the_page(finance):
    answered(case_hash=b"c", session_hash=b"s", task_type="<script>alert(1)</script>")
    text = page(finance)
    assert "style=" not in text
    assert "<style" not in text
    assert text.count("<script") == text.count('<script type="module" src=') == 1


def test_file_has_a_line_per_group_and_no_formula(finance):
    lab = make_client(slug="lab", department="=HYPERLINK(1)")
    answered(client_id=lab.pk, tenant_id=lab.tenant_id, task_type="＝cmd")  # noqa: RUF001
    [line] = lines(page(finance, "report-csv"))
    assert line["department"] == "'=HYPERLINK(1)"
    assert line["task_type"] == "'＝cmd"  # noqa: RUF001
    assert line["cost_usd"] == "0.040000000"
    assert line["uniform_opus_usd"] == "0.090000000"
    money = {name: float(line[f"{name}_usd"]) for name in ("routing", "saved")}
    assert money == {"routing": 0.05, "saved": 0.05}


def test_filters_narrow_page_and_file_alike(finance):
    answered(task_type="triage")
    answered(task_type="visit_summary")
    assert len(lines(page(finance, "report-csv", task_type="triage"))) == 1
    assert "task_type=triage" in page(finance, task_type="triage")


@pytest.mark.parametrize(
    "given",
    [
        {"range": "custom", "first": "2026-01-02", "last": "2026-01-01"},
        {"range": "custom", "first": "0001-01-01", "last": "9999-12-31"},
        {"range": "custom", "first": "=1+1", "last": "x"},
        {"tenant": "nobody", "client": "-1", "answers": "NaN", "mix_haiku": "101"},
    ],
)
def test_nonsense_in_the_filters_is_named_and_breaks_nothing(finance, given):
    answered()
    assert "has-error" in page(finance, **given) or 'role="alert"' in page(finance, **given)
    page(finance, "report-csv", **given)


def test_another_mix_costs_what_it_costs(finance):
    answered()
    cheap = page(finance, answers="1000", mix_haiku="100", mix_sonnet="0", mix_opus="0")
    assert "$3.50</strong> a month for 1,000 answers" in cheap
    assert "no tier has a weight" in page(
        finance, answers="10", mix_haiku="0", mix_sonnet="0", mix_opus="0"
    )


def test_journey_shows_its_steps_and_their_cost(finance):
    for task_type in ("intake", "summary"):
        answered(case_hash=b"\x01\x02", case_label="case-7", task_type=task_type)
    answered()
    assert "case-7" in page(finance)
    text = finance.get(reverse("reports:journey", args=["0102"])).content.decode()
    assert "Patient journey case-7" in text
    assert text.index("intake") < text.index("summary")
    assert "$0.0800" in text
    [line] = lines(page(finance, "journeys-csv"))
    assert (line["label"], line["requests"], line["cost_usd"]) == ("case-7", "2", "0.080000000")


def test_journey_that_is_cut_says_what_all_its_steps_cost(finance, monkeypatch):
    monkeypatch.setattr(groups, "MOST_STEPS", 2)
    for _ in range(2):
        answered(case_hash=b"\x01\x02")
        text = page_of_journey(finance)
        assert "There are more steps" not in text
    asked = answered(case_hash=b"\x01\x02")
    earlier = asked.created_at - timedelta(hours=2)  # the clock was set back after its request
    make_attempt(asked, id=clock.new_id(earlier), admitted_at=earlier, cost_nano_usd=70_000_000)
    text = page_of_journey(finance)
    assert "There are more steps" in text
    assert "$0.1900" in text


def page_of_journey(browser: Browser) -> str:
    return browser.get(reverse("reports:journey", args=["0102"])).content.decode()


@pytest.mark.parametrize("reference", ["zz", "0", "ff" * 100, "abcdef"])
def test_unknown_journey_is_not_found(finance, reference):
    assert finance.get(reverse("reports:journey", args=[reference])).status_code == 404


def test_the_number_of_queries_does_not_grow(finance, django_assert_max_num_queries):
    page(finance)
    for number in range(40):
        answered(
            case_hash=bytes([number]), session_hash=bytes([number]), tier=f"tier-{number % 4}",
            at=clock.now() - timedelta(minutes=number),
        )  # fmt: skip
    with django_assert_max_num_queries(30):
        page(finance)


def test_too_many_calls_for_a_page_are_offered_as_a_file(finance, monkeypatch):
    def endless(*_):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 1")
            cursor.execute("SELECT pg_sleep(60)")

    monkeypatch.setattr(ledger_facts, "facts_of", endless)
    answer = finance.get(reverse("reports:cost"), {"range": "30d"})
    assert answer.status_code == 503
    assert "too many calls for one page" in answer.content.decode()
    assert 'value="range=30d"' in answer.content.decode()


def test_sessions_of_very_many_requests_are_left_to_the_workbook(finance, monkeypatch):
    """Single sessions and journeys are not rolled up; the rest of the page is."""
    monkeypatch.setattr(report_page, "MOST_GROUPED", 1)
    answered(case_hash=b"\x01", case_label="case-7")
    assert "case-7" in page(finance)
    answered(case_hash=b"\x02", case_label="case-8")
    assert "Too many requests to find their sessions" in page(finance)
    assert "case-7" not in page(finance)


def test_rarely_judged_task_types_count_for_more():
    """Each judged answer stands for those of its task type that were not."""
    scope = Scope(
        tenant_id=1, start=clock.now() - timedelta(days=1), end=clock.now() + timedelta(days=1)
    )
    assert judgements.under_routing(scope) is None
    judged(0.1, is_under=False, task_type="rare")
    judged(1.0, is_under=True, task_type="often")
    found = judgements.under_routing(scope)
    assert found
    assert (found.examined, round(found.share, 4)) == (2, round(1 / 11, 4))
    assert 0 <= found.low < found.share < found.high <= 1
