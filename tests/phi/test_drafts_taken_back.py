"""Drafts about identifiers taken back to what is in force."""

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client as Browser
from django.urls import reverse

from phi.admin.drafts import differences
from phi.models import AllowedPhrase, CustomRecognizer, Policy
from phi.publishing import POLICIES, draft_content, live_version, publish, roll_back
from tests.factories.people import make_admin, make_member
from usage.models import AuditEntry

pytestmark = [pytest.mark.service, pytest.mark.django_db]
LISTS = ("policy", "customrecognizer", "allowedphrase", "policyversion")


def waiting() -> list[str]:
    live = live_version()
    assert live
    return [each.what for each in differences(live.content, draft_content())]


def make_recognizer(slug: str) -> CustomRecognizer:
    return CustomRecognizer.objects.create(
        slug=slug, category="other", pattern=r"\bQ\d{5}\b", examples=["Q12345"]
    )


@pytest.fixture
def in_force() -> None:
    """A publication with some of everything."""
    Policy.objects.create(slug="clinic", tenant="demo", mode="redact", allow_list=["Oak"])
    Policy.objects.create(slug="letters", tenant="demo", task_type="letters", mode="block")
    make_recognizer("badge")
    AllowedPhrase.objects.create(phrase="Oak Clinic")
    publish(note="All", by=None)


def edit_everything() -> None:
    """Edit each kind of draft: change, add, take away, change places."""
    Policy.objects.filter(slug="clinic").delete()
    Policy.objects.filter(slug="letters").update(task_type="", on_finding="resanitize")
    Policy.objects.create(slug="clinic", tenant="demo", task_type="letters")
    Policy.objects.filter(slug="default").update(is_active=False)
    Policy.objects.create(slug="loose", on_doubt="off")
    CustomRecognizer.objects.filter(slug="badge").delete()
    make_recognizer("other")
    AllowedPhrase.objects.filter(phrase="Oak Clinic").update(phrase="oak clinic")
    AllowedPhrase.objects.create(phrase="Elm Clinic", tenant="demo")


def test_everything_that_was_edited_is_as_it_is_in_force(in_force: None) -> None:
    edit_everything()
    assert waiting()
    POLICIES.take_drafts_back(by=make_admin())
    assert waiting() == []
    assert Policy.objects.get(slug="loose").is_active is False, "kept, switched off"
    assert AuditEntry.objects.filter(kind="phi-policies-drafts-taken-back").count() == 1


def test_what_was_not_edited_is_not_written_again(in_force: None) -> None:
    before = dict(Policy.objects.values_list("slug", "version"))
    make_recognizer("other")
    POLICIES.take_drafts_back(by=make_admin())
    assert dict(Policy.objects.values_list("slug", "version")) == before


def test_it_needs_the_right_to_publish(in_force: None) -> None:
    make_recognizer("other")
    with pytest.raises(PermissionDenied):
        POLICIES.take_drafts_back(by=make_member("reviewer"))
    assert CustomRecognizer.objects.get(slug="other").is_active


def test_after_a_roll_back_the_lists_tell_that_the_drafts_are_others() -> None:
    """Else the next publication would bring back what was just taken out of force."""
    browser = Browser()
    browser.force_login(make_admin())
    first = live_version()
    assert first
    AllowedPhrase.objects.create(phrase="Ann")
    publish(note="A name is let out", by=None)
    roll_back(to=first, by=None)
    for name in LISTS:
        page = browser.get(reverse(f"admin:phi_{name}_changelist")).text
        assert "1 draft is not what is in force" in page
    browser.post(reverse("admin:phi_policyversion_take_drafts_back"))
    page = browser.get(reverse("admin:phi_policy_changelist")).text
    assert "not what is in force" not in page
    assert not AllowedPhrase.objects.exists()
