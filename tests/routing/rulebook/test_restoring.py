"""The drafts taken back to what is in force."""

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client as Browser
from django.urls import reverse

from routing.admin.rulebook_changes import differences
from routing.models import Experiment, Loss, Rule, TaskType
from routing.rulebook.publishing import RULEBOOK, draft_content, live_version, publish, roll_back
from tests.factories.people import make_admin, make_member
from usage.models import AuditEntry

pytestmark = [pytest.mark.service, pytest.mark.django_db]
RULES = "admin:routing_rule_changelist"


def waiting() -> list[str]:
    live = live_version()
    assert live
    return [each.what for each in differences(live.content, draft_content())]


def make_rule(slug: str = "all-haiku") -> Rule:
    return Rule.objects.create(
        slug=slug, name="All", conditions={}, actions={"tier": "haiku"}, is_published=True
    )


def edit_everything() -> None:
    """Edit each kind of draft: change, add, take away."""
    make_rule()
    Rule.objects.filter(slug="complex-drug-interaction").update(priority=7)
    Rule.objects.filter(slug="short-routine-encounter-note").delete()
    TaskType.objects.filter(slug="sentiment").update(floor="sonnet", tier="sonnet", slo_ms=None)
    TaskType.objects.filter(slug="yes_no").delete()
    TaskType.objects.create(slug="new_one", name="New", tier="haiku", max_output_tokens=32)
    Loss.objects.filter(needed="opus", chosen="haiku").update(loss=99)
    Loss.objects.filter(needed="haiku", chosen="opus").delete()
    Experiment.objects.create(
        slug="split", name="Split", task_type="sentiment", variants=[], is_published=True
    )


def test_everything_that_was_edited_is_as_it_is_in_force():
    edit_everything()
    assert waiting()
    RULEBOOK.take_drafts_back(by=make_admin())
    assert waiting() == []
    assert Rule.objects.get(slug="all-haiku").is_published is False, "kept as a draft"
    assert AuditEntry.objects.filter(kind="rulebook-drafts-taken-back").count() == 1


def test_what_was_not_edited_is_not_written_again():
    make_rule()
    before = dict(TaskType.objects.values_list("slug", "version"))
    RULEBOOK.take_drafts_back(by=make_admin())
    assert dict(TaskType.objects.values_list("slug", "version")) == before


def test_it_needs_the_right_to_publish():
    make_rule()
    with pytest.raises(PermissionDenied):
        RULEBOOK.take_drafts_back(by=make_member("reviewer"))
    assert Rule.objects.get(slug="all-haiku").is_published


def test_after_a_roll_back_the_lists_tell_that_the_drafts_are_others(ada: Browser):
    """Else the next publication would bring back what was just taken out of force."""
    first = live_version()
    assert first
    make_rule()
    publish(note="Cheap", by=None)
    assert "not what is in force" not in ada.get(reverse(RULES)).text
    roll_back(to=first, by=None)
    for name in ("rule", "tasktype", "loss", "experiment", "rulebookversion"):
        page = ada.get(reverse(f"admin:routing_{name}_changelist")).text
        assert "1 draft is not what is in force" in page
        assert "rule all-haiku" in page
    take_back = reverse("admin:routing_rulebookversion_take_drafts_back")
    asked = ada.get(take_back).context["differences"]
    assert {each.what for each in asked} == {"rule all-haiku"}
    assert Rule.objects.get(slug="all-haiku").is_published, "asking changes nothing"
    ada.post(take_back)
    assert "not what is in force" not in ada.get(reverse(RULES)).text


def test_who_only_reads_is_not_led_to_publish():
    make_rule()
    browser = Browser()
    browser.force_login(make_member("reviewer"))
    page = browser.get(reverse(RULES)).text
    assert "1 draft is not what is in force" in page
    assert "take-drafts-back" not in page


@pytest.fixture
def ada() -> Browser:
    browser = Browser()
    browser.force_login(make_admin())
    return browser
