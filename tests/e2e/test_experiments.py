"""An experiment from the admin's form to the answers: dealt, kept to, counted."""

import pytest
from django.test import Client as Browser
from django.urls import reverse

from routerproject.shared import clock
from routing.models import Experiment, RulebookVersion
from routing.rulebook.publishing import publish
from tests.e2e.test_admin import address, form_of, refusals
from tests.factories.people import make_admin, make_member
from tests.gateway_server import Gateway
from usage import arms
from usage.configuration import current_version

pytestmark = pytest.mark.service
TEXT = "Write a changelog entry for the new export of invoices."


@pytest.fixture
def ada(settings, tmp_path) -> Browser:
    settings.STATIC_ROOT = tmp_path
    browser = Browser()
    browser.force_login(make_admin())
    return browser


def filled(**changes) -> dict[str, object]:
    """Return what a browser sends of a new experiment of two arms."""
    return {
        "slug": "dearer-changelogs",
        "name": "Dearer changelogs",
        "task_type": "changelog",
        "sticky_by": "conversation",
        "is_published": "on",
        "publish_now": "on",
        "note": "Is Opus worth it?",
        **{"arm_1": "usual", "target_1": "sonnet", "percent_1": "60"},
        **{"arm_2": "dear", "target_2": "opus", "percent_2": "40"},
        **changes,
    }


@pytest.mark.django_db
def test_an_experiment_is_made_arm_by_arm(ada):
    """And read back as it was typed."""
    made = ada.post(address(Experiment, "add"), filled())
    assert made.status_code == 302, refusals(made)
    row = Experiment.objects.get()
    assert row.variants == [
        {"name": "usual", "target": "sonnet", "percent": 60},
        {"name": "dear", "target": "opus", "percent": 40},
    ]
    [live] = RulebookVersion.objects.latest("pk").content["experiments"]
    assert live["task_type"] == "changelog"
    shown = form_of(ada, address(Experiment, "change", row.pk))
    assert (shown["arm_2"], shown["target_2"], shown["percent_2"]) == ("dear", "opus", 40)
    assert (
        "usual 60 % sonnet; dear 40 % opus"
        in ada.get(address(Experiment, "changelist")).content.decode()
    )
    version = RulebookVersion.objects.latest("pk")
    changes = ada.get(address(RulebookVersion, "change", version.pk)).content.decode()
    assert "experiment dearer-changelogs" in changes


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"percent_2": "30"}, "90 percent, not to 100"),
        ({"percent_2": ""}, "An arm has a name"),
        ({"percent_2": "140"}, "less than or equal to 100"),
        ({"target_2": "gpt-9"}, "Select a valid choice"),
        ({"arm_2": "usual"}, "the same name"),
        ({"rule": "complex-drug-interaction"}, "not both"),
        ({"task_type": "drug_interaction", "target_2": "haiku"}, "below the floor"),
    ],
)
def test_an_experiment_that_could_not_be_served_is_refused(ada, changes, words):
    """In the form, whether it is published at once or not."""
    assert words in refusals(ada.post(address(Experiment, "add"), filled(**changes)))
    assert not Experiment.objects.exists()


@pytest.mark.django_db
def test_who_only_reads_sees_the_arms_and_changes_nothing(ada):
    """As with rules."""
    ada.post(address(Experiment, "add"), filled())
    reader = Browser()
    reader.force_login(make_member("developer"))
    page = reverse("admin:routing_experiment_change", args=[Experiment.objects.get().pk])
    assert reader.get(page).status_code == 200
    assert reader.post(page, filled(name="Mine")).status_code == 403


def test_conversations_are_dealt_arms_and_the_arms_are_counted(gateway: Gateway, pms):
    """An explanation shows the same arm and counts for nothing."""
    Experiment.objects.create(
        slug="dearer-changelogs",
        name="Dearer changelogs",
        task_type="changelog",
        is_published=True,
        variants=[
            {"name": "usual", "target": "sonnet", "percent": 50},
            {"name": "dear", "target": "opus", "percent": 50},
        ],
    )
    publish(note="Try Opus", by=make_admin())
    gateway.wait_for_version(current_version())
    seen = {}
    for session in "abcdefghijkl":  # all of them in one arm: once in two thousand runs
        asked = {"task_type": "changelog", "session_id": session}
        explained = pms.post("/api/v1/route/explain", {"prompt": TEXT, **asked}).body["routing"]
        answers = [pms.route(f"{TEXT} {n}", **asked).body["routing"] for n in range(2)]
        assert {each["variant"] for each in answers} == {explained["variant"]}
        tier = {"usual": "sonnet", "dear": "opus"}[explained["variant"].rpartition(":")[2]]
        assert {each["tier"] for each in answers} == {tier}
        assert "variant_taken" in [each["code"] for each in answers[0]["reasons"]]
        seen[session] = explained["variant"]
    assert len(set(seen.values())) == 2
    found = {each.arm: each for each in arms.figures_of("dearer-changelogs", clock.now())}
    assert sum(each.requests for each in found.values()) == 2 * len(seen)
    assert all(each.cost_nano_usd > 0 for each in found.values())
