"""The page of quality: what it says of settled reviews, stages and drift, and its files."""

from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.urls import reverse

from routerproject.shared import clock
from routing.evaluation import watching
from routing.models import DriftCheck, Review, ReviewDraw
from routing.tasks import watch_drift
from tests.factories.people import make_admin, make_member
from tests.factories.requests import make_request

pytestmark = [pytest.mark.service, pytest.mark.django_db]
PAGE = "routing:quality"


@pytest.fixture
def ada():
    browser = Browser()
    browser.force_login(make_admin())
    return browser


def settled(*, tier="sonnet", needed="sonnet", days=1, **fields) -> Review:
    now = clock.now()
    order = ["haiku", "sonnet", "opus"]
    gap = order.index(tier) - order.index(needed) if needed else None
    verdict = (
        "cannot_tell" if gap is None else ("under", "correct", "over")[(gap > 0) - (gap < 0) + 1]
    )
    draw = ReviewDraw.objects.first() or ReviewDraw.objects.create(
        at=now, since=now, until=now, population=9, in_doubt=1, drawn=9, strata=[]
    )
    values = {
        **{"request_id": clock.new_id(), "tenant_id": 1, "draw": draw, "tier": tier},
        **{"decided_at": now - timedelta(days=days), "model_id": "m", "source": "task_type"},
        **{"confidence": 0.8, "is_patient_facing": False, "propensity": 0.5},
        **{"was_in_doubt": False, "readers_wanted": 1, "state": "settled", "settled_at": now},
        **{"verdict": verdict, "needed": needed, "harm": "none", **fields},
    }
    return Review.objects.create(**values)


def test_without_any_reading_it_says_where_readings_come_from(ada):
    shown = ada.get(reverse(PAGE)).content.decode()
    assert "Nobody has judged a decision of this time yet" in shown


def test_figures_are_weighted_and_have_their_intervals_and_files(ada):
    for _ in range(9):
        settled(propensity=0.1)
    settled(tier="haiku", needed="opus", propensity=0.5, harm="safety")
    settled(needed="")
    settled(days=60, tier="opus", needed="haiku")
    shown = ada.get(reverse(PAGE)).content.decode()
    for words in ("10 decisions read; of 1 more nobody could tell", "2.2 %", "<svg"):
        assert words in shown
    assert "Expected calibration error" in shown
    file = ada.get(reverse("routing:quality-csv", args=["confusion"])).getvalue().decode()
    assert "opus,2.2,0.0,0.0,1,0,0" in file
    trend = ada.get(reverse("routing:quality-csv", args=["trend"]), {"days": "365"})
    lines = trend.getvalue().decode().splitlines()
    assert lines[0].startswith("Begins,Read,Right (%)")
    assert len(lines) >= 3
    assert ada.get(reverse("routing:quality-csv", args=["anything"])).status_code == 404


def test_a_period_that_there_is_not_is_the_usual_one(ada):
    settled()
    assert ada.get(reverse(PAGE), {"days": "-1; DROP"}).status_code == 200


def decided(number: int, *, at, **decision) -> None:
    for _ in range(number):
        values = {"probabilities": {"sonnet": 1.0}, "size": [900, 800, 0, 0, False, False]}
        make_request(at=at, confidence=0.8, decision={**values, **decision})


def test_stages_are_shown_with_their_share_and_times(ada):
    now = clock.now() - timedelta(hours=1)
    decided(3, at=now, decision_ms=0.5)
    decided(1, at=now, decision_ms=2.5)
    file = ada.get(reverse("routing:quality-csv", args=["stages"])).getvalue().decode()
    assert "task_type,4,100.0,0.50,2.50" in file


def test_drift_is_checked_kept_and_told_at_sign_in(ada, monkeypatch):
    monkeypatch.setattr("routing.evaluation.drift.FEWEST", 5)
    now = clock.now()
    decided(6, at=now - timedelta(days=9), features={"drug": 1.0})
    decided(6, at=now - timedelta(days=1), features={"code": 1.0})
    watch_drift()
    check = DriftCheck.objects.get()
    assert (check.then, check.now) == (6, 6)
    assert any("feature code" in finding for finding in check.findings)
    index = ada.get(reverse("admin:index")).content.decode()
    assert "Requests have become others: feature code has moved" in index
    assert "Requests have become others" in ada.get(reverse(PAGE)).content.decode()
    one = reverse("admin:routing_driftcheck_change", args=[check.pk])
    assert "<td>feature code</td>" in ada.get(one).content.decode()
    assert watching.notices(now + timedelta(days=4)) == []


def test_few_requests_raise_no_alarm(ada):
    decided(6, at=clock.now() - timedelta(days=1))
    watch_drift()
    assert DriftCheck.objects.get().findings == []
    assert "become others" not in ada.get(reverse("admin:index")).content.decode()


@pytest.mark.parametrize(("group", "status"), [("reviewer", 200), ("finance", 403)])
def test_who_sees_the_page(group, status):
    browser = Browser()
    browser.force_login(make_member(group))
    assert browser.get(reverse(PAGE)).status_code == status
