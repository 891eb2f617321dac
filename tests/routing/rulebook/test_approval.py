"""Who has to agree to a change: one person, or two where it concerns clinical work."""

from dataclasses import replace

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection

from routing.models import Loss, Rule, RulebookApproval, RulebookProposal, RulebookVersion, TaskType
from routing.rulebook.clinical import concerns_clinical_work
from routing.rulebook.publishing import (
    RULEBOOK,
    approve,
    draft_content,
    live_version,
    publish,
    roll_back,
    withdraw,
)
from routing.snapshot import InvalidConfiguration
from tests.factories.people import make_admin
from usage.models import AuditEntry

pytestmark = [pytest.mark.service, pytest.mark.django_db]
CODE, CLINICAL = "debugging", "drug_interaction"


def entry(slug: str, *, is_clinical: bool = False, version: int = 1, **fields):
    return {"slug": slug, "is_clinical": is_clinical, "version": version, **fields}


def content(*task_types, rules=(), losses=()):
    return {"task_types": list(task_types), "rules": list(rules), "loss_matrix": dict(losses)}


NOTE, CHART = entry("note", is_clinical=True, tier="sonnet"), entry("code", tier="haiku")
BEFORE = content(NOTE, CHART)


@pytest.mark.parametrize(
    ("after", "is_clinical"),
    [
        (content(NOTE, CHART), False),
        (content({**NOTE, "version": 9}, CHART), False),
        (content({**NOTE, "tier": "haiku"}, CHART), True),
        (content({**NOTE, "is_clinical": False}, CHART), True),
        (content(CHART), True),
        (content(NOTE, {**CHART, "tier": "opus"}), False),
        (content(NOTE, {**CHART, "is_clinical": True}), True),
        (content(NOTE, CHART, rules=[entry("r", conditions={"task_type": "code"})]), False),
        (
            content(NOTE, CHART, rules=[entry("r", conditions={"task_type": ["code", "note"]})]),
            True,
        ),
        (content(NOTE, CHART, rules=[entry("r", conditions={"urgency": "background"})]), True),
        (content(NOTE, CHART, losses={"opus": {"haiku": 1}}), True),
    ],
)
def test_what_concerns_clinical_work(after, is_clinical):
    """Its task types, the rules that may apply to them, and the losses."""
    assert concerns_clinical_work(BEFORE, after) is is_clinical
    assert concerns_clinical_work(after, BEFORE) is is_clinical


def change(slug: str) -> None:
    TaskType.objects.filter(slug=slug).update(max_output_tokens=77)


def propose(slug: str = CLINICAL) -> RulebookProposal:
    change(slug)
    proposal = publish(note="Shorter", by=make_admin())
    assert isinstance(proposal, RulebookProposal)
    return proposal


def in_force() -> RulebookVersion:
    live = live_version()
    assert live is not None
    return live


def test_the_starter_data_asks_for_a_second_person():
    assert TaskType.objects.get(slug=CLINICAL).is_clinical
    assert not TaskType.objects.get(slug=CODE).is_clinical
    assert RulebookApproval.objects.get().for_clinical_work


def test_what_is_not_clinical_is_live_at_once():
    change(CODE)
    assert publish(note="Shorter", by=make_admin()) == in_force()


def test_a_clinical_change_waits_and_is_audited():
    before = in_force()
    proposal = propose()
    assert in_force() == before
    assert AuditEntry.objects.filter(kind="rulebook-proposed", actor="ada").exists()
    version = approve(proposal=proposal, by=make_admin("grace"))
    assert version == in_force()
    people = (version.proposed_by, version.published_by)
    assert [str(person) for person in people] == ["ada", "grace"]
    assert not RulebookProposal.objects.exists()


def test_nobody_approves_what_they_proposed():
    proposal = propose()
    with pytest.raises(PermissionDenied):
        approve(proposal=proposal, by=proposal.proposed_by)
    assert RulebookVersion.objects.count() == 1


def test_a_proposal_does_not_undo_what_came_into_force_meanwhile():
    """It was compared with another version; it has to be proposed again."""
    proposal = propose()
    publish(note="By the installation", by=None)
    with pytest.raises(InvalidConfiguration, match="Propose it again"):
        approve(proposal=proposal, by=make_admin("grace"))


def test_going_back_needs_the_second_person_too():
    first = in_force()
    change(CLINICAL)
    publish(note="By the installation", by=None)
    proposal = roll_back(to=first, by=make_admin(), note="Answers were cut off")
    assert isinstance(proposal, RulebookProposal)
    assert proposal.note == f"Back to version {first.pk}: Answers were cut off"
    assert approve(proposal=proposal, by=make_admin("grace")).content == first.content


def test_a_proposal_can_be_withdrawn():
    withdraw(proposal=propose(), by=make_admin("grace"))
    assert not RulebookProposal.objects.exists()


def test_what_could_not_be_served_is_not_even_proposed():
    Rule.objects.create(
        slug="x", name="X", conditions={}, actions={"tier": "gigantic"}, is_published=True
    )
    with pytest.raises(InvalidConfiguration):
        publish(note="Unsound", by=make_admin())
    assert not RulebookProposal.objects.exists()


def test_one_person_is_enough_where_the_row_says_so():
    RulebookApproval.objects.update(for_clinical_work=False)
    Loss.objects.filter(needed="opus", chosen="haiku").update(loss=13)
    assert publish(note="Dearer mistakes", by=make_admin()) == in_force()
    assert draft_content()["loss_matrix"]["opus"]["haiku"] == 13


def test_the_drafts_are_read_when_nobody_else_can_publish():
    """Else what somebody publishes at this moment would be out of force again."""
    locks: list[int] = []

    def read():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_locks"
                " WHERE locktype = 'advisory' AND granted AND pid = pg_backend_pid()"
            )
            locks.append(cursor.fetchone()[0])
        return draft_content()

    replace(RULEBOOK, draft_content=read).publish(note="Alone", by=None)
    assert locks == [1]
