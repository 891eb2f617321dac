"""Publishing: drafts decide nothing; a publication is checked as a whole, and reversible."""

import pytest
from django.contrib.auth.models import Permission, User
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, IntegrityError, transaction

from routing.models import Loss, Rule, RulebookApproval, RulebookVersion, TaskType
from routing.rule_shapes import validate_rule
from routing.rulebook.clinical import complete
from routing.rulebook.publishing import draft_content, publish, roll_back
from routing.snapshot import InvalidConfiguration, build
from usage.models import AuditEntry

pytestmark = [pytest.mark.service, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def _one_person_is_enough():
    """What needs a second person has tests of its own."""
    RulebookApproval.objects.update(for_clinical_work=False)


@pytest.fixture
def clinic_admin() -> User:
    person = User.objects.create_user("robin")
    person.user_permissions.add(Permission.objects.get(codename="publish_rulebook"))
    return person


def live_tier(slug: str = "summarization") -> str:
    return build().table.task_types[slug].tier


def draft(**fields) -> Rule:
    wanted = {"slug": "night", "name": "Night", "is_published": True, **fields}
    return Rule.objects.create(**{"conditions": {}, "actions": {"ceiling": "sonnet"}, **wanted})


def test_starter_rules_are_sound():
    for rule in Rule.objects.all():
        rule.full_clean()
        assert validate_rule(rule.conditions, rule.actions) == []


def test_ceiling_for_bulk_work_is_off_in_the_starter_data():
    assert Rule.objects.filter(slug="background-bulk-on-haiku", is_published=False).exists()
    assert "background-bulk-on-haiku" not in {rule.slug for rule in build().table.rules}


def test_starter_publication_is_what_the_drafts_say():
    """A field that is newer than a publication has its default in it."""
    live = RulebookVersion.objects.get().content
    now = draft_content()
    by_slug = {entry["slug"]: entry for entry in live["task_types"]}
    for entry in now["task_types"]:
        assert complete(by_slug[entry["slug"]]) == {**entry, "fallback": list(entry["fallback"])}
    assert live["rules"] == now["rules"]
    assert live["loss_matrix"] == now["loss_matrix"]
    assert live["comorbidity_pairs"] == now["comorbidity_pairs"]


def test_draft_decides_nothing_until_it_is_published(clinic_admin: User):
    TaskType.objects.filter(slug="summarization").update(tier="haiku", fallback=["sonnet"])
    assert live_tier() == "sonnet"
    publish(note="Summaries on Haiku", by=clinic_admin)
    assert live_tier() == "haiku"


def test_rules_are_looked_at_by_priority_then_slug(clinic_admin: User):
    draft(slug="b", priority=5)
    draft(slug="a", priority=5)
    draft(slug="c", priority=1)
    draft(slug="unpublished", priority=1, is_published=False)
    publish(note="Order", by=clinic_admin)
    assert [rule.slug for rule in build().table.rules][:3] == ["c", "a", "b"]


def test_publication_is_audited_with_its_author(clinic_admin: User):
    version = publish(note="Nothing changed", by=clinic_admin)
    entry = AuditEntry.objects.get(kind="rulebook-published")
    assert entry.actor == "robin"
    assert f'"version":{version.pk}' in entry.record


def test_publishing_needs_the_permission():
    with pytest.raises(PermissionDenied):
        publish(note="Mine", by=User.objects.create_user("pat"))
    assert RulebookVersion.objects.count() == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"actions": {"tier": "gigantic"}},
        {"actions": {"model": "gpt-4o"}},
        {"actions": {"deny": True}},
        {"actions": {"fly": "away"}},
        {"actions": {"tier": "haiku"}, "conditions": {"moon": "full"}},
        {"actions": {"tier": "haiku"}, "conditions": {"task_type": "juggling"}},
        {"actions": {"tier": "haiku"}, "conditions": {"max_characters": -1}},
        {"actions": {"tier": "haiku"}, "conditions": {"time_window": {"from": "25:00"}}},
        {"actions": {}},
    ],
)
def test_unsound_rule_is_not_published(fields, clinic_admin: User):
    draft(**fields)
    with pytest.raises(InvalidConfiguration):
        publish(note="Unsound", by=clinic_admin)
    assert RulebookVersion.objects.count() == 1


def test_loss_matrix_that_rewards_the_wrong_tier_is_not_published(clinic_admin: User):
    Loss.objects.filter(needed="opus", chosen="haiku").update(loss=1)
    with pytest.raises(InvalidConfiguration, match="opus"):
        publish(note="Cheap mistakes", by=clinic_admin)


def test_every_finding_is_named_at_once(clinic_admin: User):
    TaskType.objects.filter(slug="summarization").update(tier="gigantic")
    TaskType.objects.filter(slug="debugging").update(fallback=["nobody"])
    with pytest.raises(InvalidConfiguration) as refusal:
        publish(note="Two mistakes", by=clinic_admin)
    assert len(refusal.value.findings) == 2


def test_going_back_puts_the_earlier_version_in_force_again(clinic_admin: User):
    first = RulebookVersion.objects.get()
    TaskType.objects.filter(slug="summarization").update(tier="haiku", fallback=["sonnet"])
    publish(note="Summaries on Haiku", by=clinic_admin)
    back = roll_back(to=first, by=clinic_admin)
    assert live_tier() == "sonnet"
    assert back.content == first.content


def test_publications_only_grow():
    for change in (
        lambda: RulebookVersion.objects.update(note="rewritten"),
        lambda: RulebookVersion.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


@pytest.mark.parametrize("field", ["conditions", "actions"])
@pytest.mark.parametrize("value", [[], "tier", 5])
def test_rule_is_made_of_json_objects(field: str, value: object):
    rule = Rule(slug="x", name="X", conditions={}, actions={"tier": "haiku"})
    setattr(rule, field, value)
    with pytest.raises(ValidationError):
        rule.full_clean()


def test_rule_slugs_are_unique():
    draft()
    with pytest.raises(IntegrityError), transaction.atomic():
        draft()
