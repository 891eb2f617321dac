"""A publication: everything that decides, checked as a whole, kept for ever, live at once."""

from collections import defaultdict
from collections.abc import Mapping

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction

from routerproject.shared import clock
from routing.models import Loss, Rule, RulebookVersion, TaskType
from routing.select.conditions import validate_rule
from routing.select.loss import validate_matrix
from routing.snapshot import build, validate
from routing.types import Json, RoutingTable
from usage import audit
from usage.configuration import InvalidConfiguration

PERMISSION = "routing.publish_rulebook"


@transaction.atomic
def publish(*, note: str, by: User | None) -> RulebookVersion:
    """Put the present task types, published rules and losses into force.

    `by` is the person who asks, or None for the installation itself. Raises PermissionDenied, and
    InvalidConfiguration with every finding; then all stays as it was.
    """
    return _put_in_force(draft_content(), note=note, by=by)


@transaction.atomic
def roll_back(*, to: RulebookVersion, by: User | None) -> RulebookVersion:
    """Publish an earlier version again; the drafts stay as they are.

    Raises PermissionDenied, and InvalidConfiguration when the catalog no longer serves it.
    """
    return _put_in_force(to.content, note=f"Back to version {to.pk}: {to.note}"[:300], by=by)


def draft_content() -> dict[str, Json]:
    """Return what a publication made now would hold."""
    losses: dict[str, dict[str, float]] = defaultdict(dict)
    for row in Loss.objects.all():
        losses[row.needed][row.chosen] = float(row.loss)
    return {
        "task_types": [row.content() for row in TaskType.objects.order_by("slug")],
        "rules": [row.content() for row in Rule.objects.filter(is_published=True)],
        "loss_matrix": dict(losses),
    }


def _put_in_force(content: Mapping[str, Json], *, note: str, by: User | None) -> RulebookVersion:
    if by is not None and not by.has_perm(PERMISSION):
        raise PermissionDenied(f"This needs the permission {PERMISSION}.")
    row = RulebookVersion.objects.create(
        content=content, note=note, published_by=by, published_at=clock.now()
    )
    snapshot = build()
    validate(snapshot)
    if findings := _finer_findings(snapshot.table):
        raise InvalidConfiguration(findings)
    audit.append_now(
        tenant_id=audit.INSTALLATION,
        kind="rulebook-published",
        record={"version": row.pk, "note": note},
        actor=by.get_username() if by else "installation",
    )
    return row


def _finer_findings(table: RoutingTable) -> list[str]:
    """Return what only the deciding code knows to be wrong with rules and losses."""
    findings = [
        f"{rule.slug}: {problem}"
        for rule in table.rules
        for problem in validate_rule(rule.conditions, rule.actions)
    ]
    tiers = sorted(table.catalog.tiers, key=table.catalog.rank)
    return [*findings, *validate_matrix(table.loss_matrix, tiers)]
