"""How drafts of policies, recognizers and allowed phrases come into force.

Everything that decides about identifiers is one publication, checked as a whole and kept for ever.
Where the installation asks for two persons, one proposes it and another one approves.
"""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction

from phi.models import AllowedPhrase, CustomRecognizer, Policy, PolicyProposal, PolicyVersion
from phi.policies import configuration_of
from routerproject.shared import clock
from usage import audit
from usage.configuration import InvalidConfiguration

PERMISSION = "phi.publish_policies"
LONGEST_NOTE = 300
PUBLICATION_LOCK = 7_041_626_311  # any number that no other advisory lock uses
Content = Mapping[str, Any]

_POLICY = (
    *("slug", "version", "tenant", "task_type", "mode", "allowed_categories", "allows_images"),
    *("allows_documents", "on_doubt", "on_finding", "pms_failure", "keeps_answers"),
    *("review_percent", "review_days", "allow_list"),
)
_RECOGNIZER = ("slug", "version", "tenant", "category", "pattern", "context")
_PHRASE = ("tenant", "phrase")


def draft_content() -> dict[str, Any]:
    """Return what a publication made now would hold."""
    return {
        "policies": list(Policy.objects.filter(is_active=True).order_by("slug").values(*_POLICY)),
        "recognizers": list(CustomRecognizer.objects.filter(is_active=True).values(*_RECOGNIZER)),
        "allowed_phrases": list(AllowedPhrase.objects.values(*_PHRASE)),
    }


def live_version() -> PolicyVersion | None:
    """Return the publication in force; None while the built-in strictest policy is."""
    return PolicyVersion.objects.order_by("-id").first()


def findings_of(content: Content) -> list[str]:
    """Return what would keep a publication from being served, a sentence each."""
    try:
        configuration_of(content)
    except InvalidConfiguration as invalid:
        return list(invalid.findings)
    return []


def needs_two_persons() -> bool:
    """Tell whether a publication waits for the approval of somebody else."""
    return bool(settings.PHI_POLICY_NEEDS_APPROVAL)


@transaction.atomic
def publish(*, note: str, by: User | None) -> PolicyVersion | PolicyProposal:
    """Put the drafts into force, or propose them where a second person has to approve.

    `by` is the person who asks, or None for the installation itself, which needs no approval.
    Raises PermissionDenied, and InvalidConfiguration with every finding; then all stays as it was.
    """
    return _put_forward(draft_content(), note=note, by=by)


@transaction.atomic
def roll_back(*, to: PolicyVersion, by: User, note: str = "") -> PolicyVersion | PolicyProposal:
    """Publish, or propose, an earlier version again; the drafts stay as they are.

    Raises like `publish`.
    """
    return _put_forward(to.content, note=f"Back to version {to.pk}: {note or to.note}", by=by)


@transaction.atomic
def approve(*, proposal: PolicyProposal, by: User) -> PolicyVersion:
    """Put what somebody else proposed into force.

    Raises PermissionDenied for the proposer, and InvalidConfiguration when another version came
    into force meanwhile: the comparison that the proposer saw no longer holds then.
    """
    _check_permission(by)
    _one_at_a_time()
    waiting = PolicyProposal.objects.select_for_update().filter(pk=proposal.pk).first()
    if waiting is None:
        raise InvalidConfiguration(["The proposal was approved or withdrawn meanwhile."])
    if waiting.proposed_by_id == by.pk:
        raise PermissionDenied("Somebody else has to approve what you proposed.")
    live = live_version()
    if waiting.follows != (live.pk if live else 0):
        raise InvalidConfiguration(
            ["Another version came into force since this was proposed. Propose it again."]
        )
    version = _put_in_force(
        waiting.content, note=waiting.note, by=by, proposed_by=waiting.proposed_by
    )
    waiting.delete()
    return version


@transaction.atomic
def withdraw(*, proposal: PolicyProposal, by: User) -> None:
    """Take a proposal back; whoever may publish may. Raises PermissionDenied."""
    _check_permission(by)
    _record("phi-policies-withdrawn", by, proposal=proposal.pk, note=proposal.note)
    proposal.delete()


def _put_forward(content: Content, *, note: str, by: User | None) -> PolicyVersion | PolicyProposal:
    if by is not None:
        _check_permission(by)
    _one_at_a_time()
    if findings := findings_of(content):
        raise InvalidConfiguration(findings)
    if by is None or not needs_two_persons():
        return _put_in_force(content, note=note, by=by)
    live = live_version()
    proposal = PolicyProposal.objects.create(
        content=content,
        note=note[:LONGEST_NOTE],
        follows=live.pk if live else 0,
        proposed_by=by,
        proposed_at=clock.now(),
    )
    _record("phi-policies-proposed", by, proposal=proposal.pk, note=proposal.note)
    return proposal


def _put_in_force(
    content: Content, *, note: str, by: User | None, proposed_by: User | None = None
) -> PolicyVersion:
    if findings := findings_of(content):
        raise InvalidConfiguration(findings)
    version = PolicyVersion.objects.create(
        content=content,
        note=note[:LONGEST_NOTE],
        proposed_by=proposed_by,
        published_by=by,
        published_at=clock.now(),
    )
    facts = {"proposed_by": proposed_by.get_username()} if proposed_by else {}
    _record("phi-policies-published", by, version=version.pk, note=version.note, **facts)
    return version


def _one_at_a_time() -> None:
    """Wait until no other publication is under way, so that what is live stays so till the end."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [PUBLICATION_LOCK])


def _check_permission(by: User) -> None:
    if not by.has_perm(PERMISSION):
        raise PermissionDenied(f"This needs the permission {PERMISSION}.")


def _record(kind: str, by: User | None, **record: Any) -> None:
    audit.append_now(
        tenant_id=audit.INSTALLATION,
        kind=kind,
        record=record,
        actor=by.get_username() if by else "installation",
    )
