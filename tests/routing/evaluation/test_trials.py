"""Whether arms of an experiment differ: the arithmetic, and the page."""

import math
from random import Random
from uuid import uuid4

import pytest
from django.test import Client as Browser
from django.urls import reverse

from routerproject.shared import clock
from routing.evaluation.arms_compared import (
    Moments,
    difference,
    moments_of,
    needed_units,
    smoothed,
)
from routing.evaluation.trials import trial
from routing.models import Experiment, JudgedAnswer
from tests.factories.people import make_admin
from tests.factories.requests import make_request


def share(hits: int, total: int) -> Moments:
    return moments_of([(1.0, float(n < hits)) for n in range(total)])


def test_for_single_requests_it_is_the_test_of_two_proportions():
    """10 of 100 beside 20 of 100: z is 0.1 / sqrt(0.09/99 + 0.16/99)."""
    found = difference(share(10, 100), share(20, 100))
    z = 0.1 / math.sqrt(0.09 / 99 + 0.16 / 99)
    assert found.value == pytest.approx(0.1)
    assert found.p == pytest.approx(math.erfc(z / math.sqrt(2)))
    assert found.low == pytest.approx(0.1 - 1.959964 * 0.1 / z, abs=1e-6)


def test_equal_arms_and_empty_ones_do_not_differ():
    assert difference(share(0, 50), share(0, 50)).p == 1.0
    nothing = difference(Moments(), share(3, 50))
    assert (nothing.p, nothing.is_enough) == (1.0, False)
    assert not difference(share(3, 29), share(9, 50)).is_enough


def test_a_share_that_was_always_so_is_not_certain_to_be():
    """The interval of 50 of 50 beside 50 of 50 is not a point."""
    assert smoothed(share(50, 50)) == share(51, 52)
    found = difference(smoothed(share(50, 50)), smoothed(share(50, 50)))
    assert found.p == 1.0
    assert found.high > 0.03
    assert smoothed(Moments()) == Moments()


def conversations(chance: Random, number: int) -> Moments:
    """Conversations of ten turns each, all poor or all good."""
    poor = [chance.random() < 0.3 for _ in range(number)]
    return Moments(
        units=number,
        n=10.0 * number,
        s=10.0 * sum(poor),
        nn=100.0 * number,
        ss=100.0 * sum(poor),
        sn=100.0 * sum(poor),
    )


def test_turns_of_one_conversation_are_no_independent_trials():
    """Of arms that do not differ, about one in twenty is said to, and not one in two."""
    chance = Random(9)
    pairs = [(conversations(chance, 80), conversations(chance, 80)) for _ in range(400)]
    said = sum(difference(one, two).p < 0.05 for one, two in pairs)
    assert said / len(pairs) < 0.09


def test_how_many_are_needed_is_the_usual_figure():
    assert needed_units(0.1) == pytest.approx(565, abs=2)
    assert needed_units(0.0) == needed_units(0.05)


def dealt(arm: str, number: int, **fields) -> None:
    for each in range(number):
        unit = f"{arm}-{each // 2}"
        row = make_request(decision={"variant": f"trial:{arm}", "unit": unit}, **fields)
        JudgedAnswer.objects.create(
            request_id=row.pk, tenant_id=1, at=row.created_at, tier=row.tier, model_id="m",
            judge_model_id="j", rubric_version=1, accuracy=4, completeness=4, omissions=4,
            support=4, format=4, stronger_is_better=False, score=0.7 + 0.001 * (each % 3),
            is_poor=False, is_in_line=False, share=1.0,
        )  # fmt: skip


@pytest.mark.service
@pytest.mark.django_db
def test_arms_are_compared_by_conversation_on_the_page_and_in_a_file():
    row = Experiment.objects.create(
        slug="trial",
        name="Trial",
        task_type="changelog",
        variants=[
            {"name": "usual", "target": "sonnet", "percent": 50},
            {"name": "dear", "target": "opus", "percent": 50},
        ],
    )
    dealt("usual", 70, cost_nano_usd=1_000_000, latency_ms=100.0)
    dealt("dear", 64, cost_nano_usd=2_000_000, latency_ms=200.0)
    make_request(decision={"variant": "trial-2:dear", "unit": str(uuid4())})
    lines = {line.measure: line for line in trial(row, clock.now()).lines}
    assert set(lines) == {"answered", "poor", "score", "cost", "latency"}
    assert (lines["cost"].first.units, lines["cost"].other.units) == (35, 32)
    assert lines["cost"].p == "below 0.001"
    assert lines["cost"].apart.startswith("+0.001000")
    assert lines["latency"].apart.startswith("+100.0 %")
    ada = Browser()
    ada.force_login(make_admin())
    page = ada.get(reverse("admin:routing_experiment_change", args=[row.pk])).content.decode()
    assert "Latency, geometric mean (ms)" in page
    assert "Decide beforehand how long to try" in page
    file = ada.get(reverse("admin:routing_experiment_figures", args=[row.pk]))
    assert "dear,Cost per request (USD),0.001000,0.002000" in file.getvalue().decode()


@pytest.mark.service
@pytest.mark.django_db
def test_a_trial_of_one_client_each_concludes_nothing():
    row = Experiment.objects.create(
        slug="trial",
        name="Trial",
        task_type="changelog",
        sticky_by="client",
        variants=[{"name": n, "target": "sonnet", "percent": 50} for n in ("one", "two")],
    )
    for arm, client in (("one", 1), ("two", 2)):
        for _ in range(40):
            make_request(client_id=client, decision={"variant": f"trial:{arm}", "unit": "u"})
    assert {line.p for line in trial(row, clock.now()).lines} == {"too few"}
