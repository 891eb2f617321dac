"""Policies decide when they are published, whole and checked, by as many persons as asked for."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction

from phi import policies, publishing
from phi.models import AllowedPhrase, CustomRecognizer, Policy, PolicyProposal, PolicyVersion
from phi.types import CustomRecognizer as Described
from phi.types import PhiPolicy
from routing.snapshot import build
from tests.factories.people import make_admin, make_member
from usage.configuration import InvalidConfiguration
from usage.models import AuditEntry

pytestmark = [pytest.mark.service, pytest.mark.django_db]


def policy_for(tenant: str, task_type: str | None = None) -> PhiPolicy:
    return build().phi.policy_for(tenant, task_type)


def in_force() -> int:
    live = publishing.live_version()
    assert live
    return live.pk


@pytest.fixture
def two_persons(settings: Any) -> None:
    settings.PHI_POLICY_NEEDS_APPROVAL = True


def test_a_new_installation_is_protected_by_its_first_publication() -> None:
    assert policy_for("anybody") == PhiPolicy("default", 1)


def test_without_any_publication_the_strictest_policy_protects() -> None:
    with transaction.atomic():
        from_nothing = policies.configuration_of(
            {"policies": [], "recognizers": [], "allowed_phrases": []}
        )
    assert from_nothing.policy_for("anybody", None) == policies.STRICTEST


def test_a_draft_decides_nothing_until_it_is_published() -> None:
    Policy.objects.filter(slug="default").update(mode="block")
    assert policy_for("demo").mode == "tokenize"
    publishing.publish(note="Block all", by=None)
    assert policy_for("demo").mode == "block"


def test_the_most_specific_policy_counts() -> None:
    Policy.objects.create(slug="clinic", tenant="demo", mode="redact", allow_list=["Oak Clinic"])
    Policy.objects.create(
        slug="letters", tenant="demo", task_type="letters", mode="block", version=3
    )
    Policy.objects.create(slug="off", tenant="other", mode="block", is_active=False)
    publishing.publish(note="Three", by=None)
    assert (policy_for("demo", "letters").slug, policy_for("demo", "letters").version) == (
        "letters",
        3,
    )
    assert policy_for("demo", "notes").slug == "clinic"
    assert policy_for("demo").allow_list == {"oak clinic"}
    assert policy_for("other", "letters").slug == "default"


def test_publication_from_before_there_was_a_choice_keeps_answers() -> None:
    Policy.objects.create(slug="clinic", tenant="demo", keeps_answers=False)
    content = publishing.draft_content()
    assert policies.configuration_of(content).policy_for("demo", None).keeps_answers is False
    for row in content["policies"]:
        del row["keeps_answers"]
    assert policies.configuration_of(content).policy_for("demo", None).keeps_answers is True


def test_findings_deny_and_missing_records_refuse_until_an_admin_decides_otherwise() -> None:
    Policy.objects.create(
        slug="clinic", tenant="demo", on_finding="on_premise", pms_failure="proceed"
    )
    publishing.publish(note="Outcomes", by=None)
    default, clinic = policy_for("other"), policy_for("demo")
    assert (default.on_finding, default.pms_failure) == ("deny", "refuse")
    assert (clinic.on_finding, clinic.pms_failure) == ("on_premise", "proceed")


def test_words_of_a_tenant_join_each_of_its_policies_and_nobody_elses() -> None:
    Policy.objects.create(slug="letters", tenant="demo", task_type="letters", mode="redact")
    CustomRecognizer.objects.create(
        slug="chart", tenant="demo", category="mrn", pattern=r"\bZX-\d{5}\b"
    )
    CustomRecognizer.objects.create(
        slug="badge", category="other", pattern=r"\bQB\d{4}\b", context=["badge"]
    )
    CustomRecognizer.objects.create(
        slug="off", tenant="demo", category="mrn", pattern="off", is_active=False
    )
    AllowedPhrase.objects.create(tenant="demo", phrase="Rose Clinic")
    publishing.publish(note="Words", by=None)
    badge = Described("badge", "other", r"\bQB\d{4}\b", ("badge",))
    chart = Described("chart", "mrn", r"\bZX-\d{5}\b")
    for task_type in (None, "letters", "notes"):
        assert set(policy_for("demo", task_type).recognizers) == {badge, chart}
        assert policy_for("demo", task_type).allow_list == {"rose clinic"}
    assert policy_for("other").recognizers == (badge,)
    assert policy_for("other").allow_list == frozenset()


def test_a_publication_is_kept_as_it_was() -> None:
    version = publishing.publish(note="First", by=None)
    for change in (version.delete, lambda: PolicyVersion.objects.update(note="other")):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_an_earlier_version_can_be_put_back() -> None:
    first, ada = in_force(), make_admin()
    Policy.objects.filter(slug="default").update(mode="redact")
    publishing.publish(note="Redact", by=ada)
    publishing.roll_back(to=PolicyVersion.objects.get(pk=first), by=ada)
    assert policy_for("demo").mode == "tokenize"
    assert Policy.objects.get(slug="default").mode == "redact"  # the draft stays


@pytest.mark.parametrize(
    ("content", "finding"),
    [
        ({"mode": "shrug"}, "means nothing"),
        ({"on_finding": "shrug"}, "means nothing"),
        ({"on_doubt": "shrug"}, "means nothing"),
        ({"allowed_categories": ["shoe_size"]}, "no category"),
    ],
)
def test_what_means_nothing_is_not_published(content: dict[str, Any], finding: str) -> None:
    draft = publishing.draft_content()
    draft["policies"][0] |= content
    assert finding in " ".join(publishing.findings_of(draft))


def test_a_pattern_that_got_past_the_form_is_not_published() -> None:
    CustomRecognizer.objects.create(slug="all", category="mrn", pattern=".*")
    before = in_force()
    with pytest.raises(InvalidConfiguration, match="no upper bound"):
        publishing.publish(note="All", by=None)
    assert in_force() == before


def test_a_malformed_publication_is_refused_whole() -> None:
    with pytest.raises(InvalidConfiguration, match="malformed"):
        policies.configuration_of({"policies": [{"slug": "x"}]})


def test_each_publication_is_audited_with_its_note_and_person() -> None:
    ada = make_admin()
    version = publishing.publish(note="Stricter", by=ada)
    entry = AuditEntry.objects.order_by("seq").last()
    assert entry
    assert (entry.kind, entry.actor) == ("phi-policies-published", "ada")
    assert f'"version":{version.pk}' in entry.record.replace(" ", "")


def test_who_may_not_publish_changes_nothing() -> None:
    before = in_force()
    with pytest.raises(PermissionDenied):
        publishing.publish(note="Mine", by=make_member("compliance"))
    assert in_force() == before


def test_with_two_persons_nothing_is_live_until_somebody_else_approved(two_persons: None) -> None:
    ada, bob, before = make_admin("ada"), make_admin("bob"), in_force()
    Policy.objects.filter(slug="default").update(mode="block")
    proposal = publishing.publish(note="Block", by=ada)
    assert isinstance(proposal, PolicyProposal)
    assert (in_force(), policy_for("demo").mode) == (before, "tokenize")
    with pytest.raises(PermissionDenied, match="Somebody else"):
        publishing.approve(proposal=proposal, by=ada)
    with pytest.raises(PermissionDenied):
        publishing.approve(proposal=proposal, by=make_member("compliance"))
    version = publishing.approve(proposal=proposal, by=bob)
    assert policy_for("demo").mode == "block"
    assert (version.proposed_by, version.published_by) == (ada, bob)
    assert not PolicyProposal.objects.exists()


def test_what_is_approved_is_what_was_proposed(two_persons: None) -> None:
    ada, bob = make_admin("ada"), make_admin("bob")
    Policy.objects.filter(slug="default").update(mode="block")
    proposal = publishing.publish(note="Block", by=ada)
    assert isinstance(proposal, PolicyProposal)
    Policy.objects.filter(slug="default").update(mode="tokenize")  # the draft goes on
    publishing.approve(proposal=proposal, by=bob)
    assert policy_for("demo").mode == "block"


def test_a_proposal_cannot_undo_what_came_into_force_since(two_persons: None) -> None:
    ada, bob = make_admin("ada"), make_admin("bob")
    first, second = (publishing.publish(note=note, by=ada) for note in ("one", "two"))
    assert isinstance(first, PolicyProposal)
    assert isinstance(second, PolicyProposal)
    publishing.approve(proposal=second, by=bob)
    with pytest.raises(InvalidConfiguration, match="Propose it again"):
        publishing.approve(proposal=first, by=bob)
    publishing.withdraw(proposal=first, by=bob)
    assert not PolicyProposal.objects.exists()
