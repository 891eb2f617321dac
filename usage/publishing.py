"""How the drafts of a room come into force: checked as a whole, kept for ever, live at once.

Where a room asks for two persons, one proposes and another one approves.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction

from routerproject.shared import clock
from routerproject.shared.publications import Proposal, Publication
from usage import audit
from usage.configuration import InvalidConfiguration

LONGEST_NOTE = 300
MOST_LOOKED_THROUGH = 20  # publications, for one that can be read
CONFLICT = (
    "Somebody edited or published something after you opened this page. Nothing was published."
    " Look at what would change now, then decide."
)
Content = Mapping[str, Any]
V = TypeVar("V", bound=Publication)
P = TypeVar("P", bound=Proposal)


@dataclass(frozen=True, kw_only=True)
class Publishing(Generic[V, P]):
    """The doors by which what was edited in a room decides.

    `kind` begins the names of its audit entries, `lock` is a number that no other advisory lock
    uses, `findings_of` returns what would keep a content from being served, a sentence each,
    `take_back` makes the drafts equal to a content, and `is_readable` tells whether a content is
    shaped like one at all.
    """

    versions: type[V]
    proposals: type[P]
    permission: str
    kind: str
    lock: int
    draft_content: Callable[[], Content]
    findings_of: Callable[[Content], list[str]]
    needs_two_persons: Callable[[Content], bool]
    take_back: Callable[[Content], None]
    is_readable: Callable[[Content], bool] = lambda content: True

    def live_version(self) -> V | None:
        """Return the publication in force: the newest, unless SQL wrote one that nobody can read.

        Of those the last good one stays in use, so people are shown that one too.
        """
        newest_first = self.versions._default_manager.order_by("-id")
        newest = newest_first.first()
        if newest is None or self.is_readable(newest.content):
            return newest
        earlier = newest_first[1:MOST_LOOKED_THROUGH]
        return next((row for row in earlier if self.is_readable(row.content)), None)

    @transaction.atomic
    def publish(self, *, note: str, by: User | None, seen: str | None = None) -> V | P:
        """Put the present drafts into force, or propose them.

        `by` is the person who asks, or None for the installation itself, which needs no approval.
        `seen` is the mark of what was looked at before, where something was. Raises
        PermissionDenied, and InvalidConfiguration with every finding; then all stays as it was.
        """
        self._begin(by)
        # Read only now: what somebody else is publishing at this moment is among the drafts then.
        return self._put_forward(self.draft_content(), note=note, by=by, seen=seen)

    @transaction.atomic
    def roll_back(
        self, *, to: V, by: User | None, note: str = "", seen: str | None = None
    ) -> V | P:
        """Publish, or propose, an earlier version again; the drafts stay as they are.

        Raises like `publish`, also when what is live beside it no longer serves it.
        """
        self._begin(by)
        note = f"Back to version {to.pk}: {note or to.note}"
        return self._put_forward(to.content, note=note, by=by, seen=seen)

    def mark_of(self, content: Content) -> str:
        """Return what is another one as soon as a content, or what is in force, is another one."""
        canonical = json.dumps(content, sort_keys=True, cls=DjangoJSONEncoder)
        digest = hashlib.sha256(canonical.encode()).hexdigest()
        return f"{self._number_in_force()}-{digest}"

    @transaction.atomic
    def approve(self, *, proposal: P, by: User) -> V:
        """Put what somebody else proposed into force.

        Raises PermissionDenied for the proposer, and InvalidConfiguration when another version came
        into force meanwhile: the comparison that the proposer saw no longer holds then.
        """
        self._begin(by)
        waiting = self._waiting(proposal)
        if waiting.proposed_by_id == by.pk:
            raise PermissionDenied("Somebody else has to approve what you proposed.")
        if waiting.follows != self._number_in_force():
            raise InvalidConfiguration(
                ["Another version came into force since this was proposed. Propose it again."]
            )
        self._check(waiting.content)
        version = self._put_in_force(
            waiting.content, note=waiting.note, by=by, proposed_by=waiting.proposed_by
        )
        waiting.delete()
        return version

    @transaction.atomic
    def withdraw(self, *, proposal: P, by: User) -> None:
        """Take a proposal back; whoever may publish may.

        Raises PermissionDenied, and InvalidConfiguration when it no longer waits.
        """
        self._begin(by)
        waiting = self._waiting(proposal)
        self._record("withdrawn", by, proposal=waiting.pk, note=waiting.note)
        waiting.delete()

    @transaction.atomic
    def take_drafts_back(self, *, by: User) -> V:
        """Make the drafts what is in force; what is in force stays as it is.

        Raises PermissionDenied, and InvalidConfiguration when nothing was ever published.
        """
        self._begin(by)
        live = self.live_version()
        if live is None:
            raise InvalidConfiguration(["Nothing was ever published."])
        self.take_back(live.content)
        self._record("drafts-taken-back", by, version=live.pk)
        return live

    def _waiting(self, proposal: P) -> P:
        waiting = self.proposals._default_manager.filter(pk=proposal.pk).first()
        if waiting is None:
            raise InvalidConfiguration(["The proposal was approved or withdrawn meanwhile."])
        return waiting

    def _put_forward(
        self, content: Content, *, note: str, by: User | None, seen: str | None
    ) -> V | P:
        if seen is not None and seen != self.mark_of(content):
            raise InvalidConfiguration([CONFLICT])
        self._check(content)
        if by is None or not self.needs_two_persons(content):
            return self._put_in_force(content, note=note, by=by)
        proposal = self.proposals._default_manager.create(
            content=content,
            note=note[:LONGEST_NOTE],
            follows=self._number_in_force(),
            proposed_by=by,
            proposed_at=clock.now(),
        )
        self._record("proposed", by, proposal=proposal.pk, note=proposal.note)
        return proposal

    def _put_in_force(
        self, content: Content, *, note: str, by: User | None, proposed_by: User | None = None
    ) -> V:
        version = self.versions._default_manager.create(
            content=content,
            note=note[:LONGEST_NOTE],
            proposed_by=proposed_by,
            published_by=by,
            published_at=clock.now(),
        )
        facts = {"proposed_by": proposed_by.get_username()} if proposed_by else {}
        self._record("published", by, version=version.pk, note=version.note, **facts)
        return version

    def _begin(self, by: User | None) -> None:
        """Check the right; wait until no other publication is under way, so that what is live
        stays so till the end."""
        if by is not None:
            self._check_permission(by)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [self.lock])

    def _check(self, content: Content) -> None:
        if findings := self.findings_of(content):
            raise InvalidConfiguration(findings)

    def _check_permission(self, by: User) -> None:
        if not by.has_perm(self.permission):
            raise PermissionDenied(f"This needs the permission {self.permission}.")

    def _number_in_force(self) -> int:
        live = self.live_version()
        return live.pk if live else 0

    def _record(self, what: str, by: User | None, **facts: Any) -> None:
        audit.append_now(
            tenant_id=audit.INSTALLATION,
            kind=f"{self.kind}-{what}",
            record=facts,
            actor=by.get_username() if by else "installation",
        )
