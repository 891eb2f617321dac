"""The drafts tried on recorded decisions: asked for, run in the background, shown with a CSV."""

from datetime import timedelta
from typing import Any

import orjson
import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client as Browser
from django.urls import reverse
from kombu.exceptions import OperationalError

from routerproject.shared import clock
from routing import snapshot, tasks
from routing.models import Rule, TaskType, WhatIf
from routing.rulebook import what_if
from routing.rulebook.publishing import draft_content
from routing.select.facts import facts_of
from tests.factories.people import make_admin, make_member
from tests.factories.requests import make_request
from tests.routing.select.cast import HARD, situate, verdict
from usage import partitions

pytestmark = [pytest.mark.service, pytest.mark.django_db]
MIXED = verdict(0.2, 0.6, 0.2)  # contradicts no declared type


def keep(seen=MIXED, *, days_ago: float = 1.0, tokens: int = 1_000_000, **fields):
    """Write a request of the past with the record of its decision."""
    at = clock.now() - timedelta(days=days_ago)
    situation = situate(seen, snapshot.build().table, now=at, **fields)
    return make_request(
        at=at,
        declared_task_type=fields.get("task_type") or "",
        urgency=situation.request.urgency,
        accuracy=situation.request.accuracy,
        input_tokens=tokens,
        decision=orjson.loads(orjson.dumps(facts_of(situation))),
    )


def draft_opus_for_summaries() -> None:
    TaskType.objects.filter(slug="summarization").update(tier="opus", fallback=[])


def tried(days: int = 7, **fields) -> WhatIf:
    row = what_if.ask(days=days, by=make_admin(), **fields)
    what_if.run(row.pk)
    row.refresh_from_db()
    return row


def figures(**fields) -> dict[str, Any]:
    return tried(**fields).result or {}


@pytest.fixture(autouse=True)
def _partitions():
    partitions.prepare((clock.now() - timedelta(days=31)).date())


def test_drafts_are_tried_on_the_decisions_of_the_period():
    """Older ones do not count."""
    for days_ago in (1, 2, 20):
        keep(task_type="summarization", days_ago=days_ago)
    keep(task_type="formatting")
    draft_opus_for_summaries()
    found = figures()
    assert (found["requests"], found["judged"], found["moved"]) == (3, 3, 2)
    assert found["cost"]["change_usd"] == "4.000000000"
    assert found["moves"][0]["from"]["tier"] == "sonnet"
    assert not found["is_cut_off"]


def test_what_was_refused_before_a_decision_is_no_decision():
    """It has nothing that could be made again."""
    make_request(decision={})
    assert figures()["requests"] == 0


def test_more_decisions_than_the_limit_are_cut_off_and_said_to_be():
    """The newest count."""
    for days_ago in (1, 2, 3):
        keep(days_ago=days_ago)
    found = figures(limit=2)
    assert (found["requests"], found["is_cut_off"]) == (2, True)


def test_drafts_that_could_not_be_served_come_to_nothing_with_the_reason(monkeypatch):
    """The row says why, instead of waiting for ever."""
    row = what_if.ask(days=1, by=make_admin())
    WhatIf.objects.filter(pk=row.pk).update(content={"rules": 1})
    tasks.try_out(row.pk)
    row.refresh_from_db()
    assert (row.state, row.problem) == ("failed", "The published rulebook is malformed.")


def test_asking_needs_the_right_to_publish():
    with pytest.raises(PermissionDenied):
        what_if.ask(days=1, by=make_member("developer"))
    assert not WhatIf.objects.exists()


def test_a_trial_is_known_again_by_its_drafts():
    """Until they, or what is in force, change."""
    row = tried()
    assert what_if.latest_for(draft_content()) == row
    draft_opus_for_summaries()
    assert what_if.latest_for(draft_content()) is None


def test_asked_twice_it_runs_once():
    """A queue may deliver a task again."""
    keep()
    row = tried()
    keep()
    what_if.run(row.pk)
    row.refresh_from_db()
    assert row.seen == 1


@pytest.fixture
def ada() -> Browser:
    browser = Browser()
    browser.force_login(make_admin())
    return browser


def test_a_person_tries_the_drafts_and_reads_the_figures(
    ada: Browser, monkeypatch, settings, tmp_path
):
    """From the page of publication to the CSV."""
    settings.STATIC_ROOT = tmp_path
    queued: list[int] = []
    monkeypatch.setattr(tasks.try_out, "delay", queued.append)
    keep(task_type="summarization")
    keep(HARD)
    draft_opus_for_summaries()
    Rule.objects.create(
        slug="never",
        name="Never",
        conditions={"tenant": "x"},
        actions={"deny": True},
        is_published=True,
    )
    publish = reverse("admin:routing_rulebookversion_publish")
    assert "not tried on recent decisions yet" in ada.get(publish).content.decode()
    ada.post(reverse("admin:routing_whatif_ask"), {"days": "30"})
    row = WhatIf.objects.get()
    assert queued == [row.pk]
    shown = reverse("admin:routing_whatif_change", args=[row.pk])
    assert "Waiting for a worker" in ada.get(shown).content.decode()
    what_if.run(row.pk)
    page = ada.get(shown).content.decode()
    assert "4.000000000" not in page
    assert "2.000000000" in page
    assert "Rules that match none of these decisions" in page
    csv = b"".join(ada.get(reverse("admin:routing_whatif_download", args=[row.pk])))
    assert b"sonnet,claude-sonnet-4-6,opus,claude-opus-4-6,1,3.0" in csv
    assert "1 would move" in ada.get(publish).content.decode()


def test_without_a_queue_nothing_is_started(ada: Browser, monkeypatch, settings, tmp_path):
    """The page says so, and nothing waits for ever."""
    settings.STATIC_ROOT = tmp_path

    def refuse(number: int) -> None:
        raise OperationalError

    monkeypatch.setattr(tasks.try_out, "delay", refuse)
    page = ada.post(reverse("admin:routing_whatif_ask"), {"days": "7"}).content.decode()
    assert "The task queue cannot be reached" in page
    assert not WhatIf.objects.exists()
