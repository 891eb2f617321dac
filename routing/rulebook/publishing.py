"""A publication: everything that decides, checked as a whole, kept for ever, live at once.

What concerns clinical work is proposed by one person and approved by another, unless the row of
RulebookApproval says otherwise.
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction

from routerproject.shared import clock
from routing.models import (
    Experiment,
    Loss,
    Rule,
    RulebookApproval,
    RulebookProposal,
    RulebookVersion,
    TaskType,
)
from routing.rulebook.clinical import concerns_clinical_work
from routing.rulebook.soundness import finer_findings
from routing.snapshot import build, validate
from routing.types import Json
from usage import audit
from usage.configuration import InvalidConfiguration

PERMISSION = "routing.publish_rulebook"
LONGEST_NOTE = 300
PUBLICATION_LOCK = 7_041_626_312  # any number that no other advisory lock uses
EMPTY_CONTENT: Mapping[str, Any] = {"task_types": [], "rules": [], "loss_matrix": {}}
Content = Mapping[str, Json]


@transaction.atomic
def publish(*, note: str, by: User | None) -> RulebookVersion | RulebookProposal:
    """Put the present drafts into force, or propose them: task types, losses, and those rules and
    experiments that are marked for it.

    `by` is the person who asks, or None for the installation itself, which needs no approval.
    Raises PermissionDenied, and InvalidConfiguration with every finding; then all stays as it was.
    """
    return _put_forward(draft_content(), note=note, by=by)


@transaction.atomic
def roll_back(
    *, to: RulebookVersion, by: User | None, note: str = ""
) -> RulebookVersion | RulebookProposal:
    """Publish, or propose, an earlier version again; the drafts stay as they are.

    Raises PermissionDenied, and InvalidConfiguration when the catalog no longer serves it.
    """
    return _put_forward(to.content, note=f"Back to version {to.pk}: {note or to.note}", by=by)


@transaction.atomic
def approve(*, proposal: RulebookProposal, by: User) -> RulebookVersion:
    """Put what somebody else proposed into force.

    Raises PermissionDenied for the proposer, and InvalidConfiguration when another version came
    into force meanwhile: the comparison that the proposer saw no longer holds then.
    """
    check_permission(by)
    one_at_a_time()
    waiting = RulebookProposal.objects.select_for_update().filter(pk=proposal.pk).first()
    if waiting is None:
        raise InvalidConfiguration(["The proposal was approved or withdrawn meanwhile."])
    if waiting.proposed_by_id == by.pk:
        raise PermissionDenied("Somebody else has to approve what you proposed.")
    if waiting.follows != _number(live_version()):
        raise InvalidConfiguration(
            ["Another version came into force since this was proposed. Propose it again."]
        )
    version = _put_in_force(
        waiting.content, note=waiting.note, by=by, proposed_by=waiting.proposed_by
    )
    waiting.delete()
    return version


@transaction.atomic
def withdraw(*, proposal: RulebookProposal, by: User) -> None:
    """Take a proposal back; whoever may publish may. Raises PermissionDenied."""
    check_permission(by)
    record("rulebook-withdrawn", by, proposal=proposal.pk, note=proposal.note)
    proposal.delete()


def needs_two_persons(content: Content) -> bool:
    """Tell whether a publication of this content waits for the approval of somebody else."""
    setting = RulebookApproval.objects.first()
    if setting is not None and not setting.for_clinical_work:
        return False
    live = live_version()
    return concerns_clinical_work(live.content if live else EMPTY_CONTENT, content)


def live_version() -> RulebookVersion | None:
    """Return the publication in force."""
    return RulebookVersion.objects.order_by("-id").first()


def draft_content() -> dict[str, Json]:
    """Return what a publication made now would hold."""
    losses: dict[str, dict[str, float]] = defaultdict(dict)
    for row in Loss.objects.all():
        losses[row.needed][row.chosen] = float(row.loss)
    return {
        "task_types": [row.content() for row in TaskType.objects.order_by("slug")],
        "rules": [row.content() for row in Rule.objects.filter(is_published=True)],
        "loss_matrix": dict(losses),
        "experiments": [row.content() for row in Experiment.objects.filter(is_published=True)],
    }


def _put_forward(
    content: Content, *, note: str, by: User | None
) -> RulebookVersion | RulebookProposal:
    if by is not None:
        check_permission(by)
    one_at_a_time()
    if by is None or not needs_two_persons(content):
        return _put_in_force(content, note=note, by=by)
    _check_by_trial(content, by)
    proposal = RulebookProposal.objects.create(
        content=content,
        note=note[:LONGEST_NOTE],
        follows=_number(live_version()),
        proposed_by=by,
        proposed_at=clock.now(),
    )
    record("rulebook-proposed", by, proposal=proposal.pk, note=proposal.note)
    return proposal


def _check_by_trial(content: Content, by: User) -> None:
    """Refuse to propose what could not be put into force. Raises InvalidConfiguration."""
    with transaction.atomic():
        _put_in_force(content, note="A trial.", by=by)
        transaction.set_rollback(True)


def _put_in_force(
    content: Content, *, note: str, by: User | None, proposed_by: User | None = None
) -> RulebookVersion:
    row = RulebookVersion.objects.create(
        content=content,
        note=note[:LONGEST_NOTE],
        proposed_by=proposed_by,
        published_by=by,
        published_at=clock.now(),
    )
    snapshot = build()
    validate(snapshot)
    if findings := finer_findings(snapshot.table):
        raise InvalidConfiguration(findings)
    facts = {"proposed_by": proposed_by.get_username()} if proposed_by else {}
    record("rulebook-published", by, version=row.pk, note=row.note, **facts)
    return row


def _number(version: RulebookVersion | None) -> int:
    return version.pk if version else 0


def one_at_a_time() -> None:
    """Wait until no other publication is under way, so that what is live stays so till the end."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [PUBLICATION_LOCK])


def check_permission(by: User) -> None:
    """Raise PermissionDenied unless a person may publish."""
    if not by.has_perm(PERMISSION):
        raise PermissionDenied(f"This needs the permission {PERMISSION}.")


def record(kind: str, by: User | None, **facts: Any) -> None:
    """Write what was done to the rulebook into the audit trail."""
    audit.append_now(
        tenant_id=audit.INSTALLATION,
        kind=kind,
        record=facts,
        actor=by.get_username() if by else "installation",
    )
