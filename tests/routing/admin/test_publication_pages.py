"""What the pages of publication show before and after."""

import pytest
from django.test import Client as Browser
from django.urls import reverse

from routing.admin.rulebook_changes import PARTS
from routing.models import Rule, RulebookApproval, RulebookProposal, RulebookVersion
from routing.rulebook.publishing import draft_content, publish, withdraw
from tests.confirming import confirm
from tests.factories.people import make_admin
from usage.configuration import InvalidConfiguration

pytestmark = [pytest.mark.django_db, pytest.mark.service]
PUBLISH = "admin:routing_rulebookversion_publish"


@pytest.fixture
def ada() -> Browser:
    browser = Browser()
    browser.force_login(make_admin())
    return browser


def make_rule() -> None:
    Rule.objects.create(
        slug="nights", name="Nights", conditions={"urgency": "background"},
        actions={"ceiling": "haiku"}, is_published=True,
    )  # fmt: skip


def test_no_part_of_a_publication_is_left_out_of_the_comparison():
    assert {*PARTS, "loss_matrix"} == draft_content().keys()


def test_a_changed_rule_is_compared_in_words(ada):
    make_rule()
    found = ada.get(reverse(PUBLISH)).context["differences"]
    assert [(each.what, each.field, each.now, each.then) for each in found] == [
        ("rule nights", "priority", "-", "100"),
        ("rule nights", "says", "-", "When its urgency is background, then nothing above haiku"
         " answers."),
    ]  # fmt: skip


def test_a_rule_that_no_form_could_save_is_compared_as_it_is(ada):
    Rule.objects.create(
        slug="odd", name="Odd", conditions={"moon": 1}, actions={"deny": True}, is_published=True
    )
    found = ada.get(reverse(PUBLISH)).context["differences"]
    assert {each.field for each in found} == {"actions", "conditions", "priority"}


def test_what_was_proposed_is_shown_where_it_waits(ada):
    make_rule()
    response = confirm(ada, reverse(PUBLISH), note="Cheaper nights")
    assert response["Location"] == reverse("admin:routing_rulebookproposal_changelist")
    assert RulebookProposal.objects.count() == 1


def test_what_was_published_is_shown_among_the_versions(ada):
    RulebookApproval.objects.update(for_clinical_work=False)
    before = RulebookVersion.objects.latest("pk")
    make_rule()
    response = confirm(ada, reverse(PUBLISH), note="Cheaper nights")
    assert response["Location"] == reverse("admin:routing_rulebookversion_changelist")
    back = reverse("admin:routing_rulebookversion_put_back", args=[before.pk])
    assert confirm(ada, back, note="").status_code == 200
    assert confirm(ada, back, note="Too cheap").status_code == 302
    live = RulebookVersion.objects.latest("pk")
    assert (live.content, live.note) == (
        before.content,
        f"Back to version {before.pk}: Too cheap",
    )


def test_a_version_and_a_proposal_begin_with_what_they_change(ada):
    """Whoever approves sees the difference before hundreds of lines of all the content."""
    make_rule()
    confirm(ada, reverse(PUBLISH), note="Cheaper nights")
    proposal = RulebookProposal.objects.get()
    page = ada.get(reverse("admin:routing_rulebookproposal_change", args=[proposal.pk])).text
    assert page.index("rule nights") < page.index("All of its content")
    RulebookApproval.objects.update(for_clinical_work=False)
    confirm(ada, reverse(PUBLISH), note="Cheaper nights")
    version = RulebookVersion.objects.latest("pk")
    page = ada.get(reverse("admin:routing_rulebookversion_change", args=[version.pk])).text
    assert page.index("rule nights") < page.index("All of its content")


def test_going_back_proposes_the_note_of_then(ada):
    """One press of a button is enough."""
    version = RulebookVersion.objects.latest("pk")
    page = ada.get(reverse("admin:routing_rulebookversion_put_back", args=[version.pk]))
    assert page.context["form"]["note"].value() == version.note


def test_what_was_edited_after_the_page_was_opened_is_not_published_unseen(ada):
    """The second admin sees a conflict, and then what would change now."""
    make_rule()
    seen = ada.get(reverse(PUBLISH)).context["seen"]
    Rule.objects.filter(slug="nights").update(priority=3)
    refused = ada.post(reverse(PUBLISH), {"note": "Cheaper nights", "seen": seen})
    assert "after you opened this page" in refused.text
    assert not RulebookProposal.objects.exists()
    again = {"note": "Cheaper nights", "seen": refused.context["seen"]}
    assert ada.post(reverse(PUBLISH), again).status_code == 302


def test_a_proposal_withdrawn_twice_is_withdrawn_once(ada):
    make_rule()
    publish(note="Nights", by=make_admin("bob"))
    proposal = RulebookProposal.objects.get()
    withdraw(proposal=proposal, by=make_admin("eve"))
    with pytest.raises(InvalidConfiguration, match="approved or withdrawn meanwhile"):
        withdraw(proposal=proposal, by=make_admin("zoe"))


@pytest.mark.parametrize("name", ["rulebookversion_put_back", "rule_duplicate", "whatif_download"])
def test_an_address_that_names_no_row_is_not_found(ada, name):
    assert ada.get(reverse(f"admin:routing_{name}", args=["abc"])).status_code == 404
