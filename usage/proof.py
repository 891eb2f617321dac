"""Whether a budget really refuses: asked of the very function that admits calls, then undone.

A call that is one nano-USD too dear must be refused, one that just fits must be held. Both are
decided on the budget's own row, with what is spent of it now; nothing of it stays.
"""

import uuid
from dataclasses import dataclass
from datetime import timedelta

import orjson
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction

from routerproject.shared import clock
from usage import audit, budgets
from usage.budgets import Spending
from usage.ledger import commit_group
from usage.ledger.group import Group
from usage.ledger.operations import Admit, Admitted, Outcome, Refused
from usage.ledger.rows import AttemptRow
from usage.models import AttemptKind, Budget, BudgetPeriod


@dataclass(frozen=True, slots=True)
class Proof:
    """What became of the two calls, and on which figures; money in nano-USD."""

    budget: str
    cap: int
    used: int
    refuses_what_passes_it: bool
    holds_what_fits: bool  # also true when nothing is left to be held

    @property
    def is_sound(self) -> bool:
        return self.refuses_what_passes_it and self.holds_what_fits


def prove(budget: Budget, *, is_permitted: bool = True) -> Proof:
    """Return how a budget decides now. Raises PermissionDenied.

    Takes the locks of one admission for some milliseconds and writes nothing.
    """
    if not is_permitted:
        raise PermissionDenied
    with transaction.atomic():
        period = _period(budget)
        room = max(0, period.cap_nano_usd - period.used_nano_usd)
        _prepare()
        too_dear = _decided(budget, period, room + 1)
        fitting = _decided(budget, period, room) if room else None
        transaction.set_rollback(True)
    return Proof(
        budget=budget.name,
        cap=period.cap_nano_usd,
        used=period.used_nano_usd,
        refuses_what_passes_it=isinstance(too_dear, Refused)
        and too_dear.refusal.budget_id == budget.pk,
        holds_what_fits=fitting is None or isinstance(fitting, Admitted),
    )


def _period(budget: Budget) -> BudgetPeriod:
    """Return the fullest running period, locked; one without figures when none runs."""
    now = clock.now()
    running = BudgetPeriod.objects.running(now).filter(budget=budget).fullest_first()
    # Only this one: the others of a budget for each user or journey go on admitting.
    found = running.select_for_update(of=("self",)).select_related("budget").first()
    if found:
        return found
    starts_at, ends_at = budgets.current_start(budgets.rule_of(budget), now)
    return BudgetPeriod.objects.create(budget=budget, starts_at=starts_at, ends_at=ends_at)


def _prepare() -> None:
    """Make the function in this session, and the chain that an admission would extend."""
    audit.lock_heads([audit.INSTALLATION])
    with connection.cursor() as cursor:
        cursor.execute(commit_group.definition())


def _decided(budget: Budget, period: BudgetPeriod, amount: int) -> Outcome:
    """Return what the ledger's function says to a call of an amount, as urgent batch work."""
    version = budgets.configuration_version()
    attempt = _attempt(amount)
    admit = Admit(audit.INSTALLATION, 0, version, (attempt,), (Spending(0, 0),), (), is_urgent=True)
    group = Group([admit], {1: ((period.pk,),)}, attempt.admitted_at)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(commit_group.CALL, group.arguments(version))
        ((answer,),) = cursor.fetchall()
        transaction.set_rollback(True)
    document = orjson.loads(answer) if isinstance(answer, str) else answer
    (outcome,) = group.outcomes(document[0], {budget.pk: budgets.rule_of(budget)})
    return outcome


def _attempt(amount: int) -> AttemptRow:
    at = clock.now()
    return AttemptRow(
        id=clock.new_id(at),
        request_id=clock.new_id(at),
        tenant_id=audit.INSTALLATION,
        ordinal=1,
        kind=AttemptKind.BATCH,
        tier="",
        model_id="",
        deployment="",
        boot_id=uuid.uuid4(),
        admitted_at=at,
        deadline_at=at + timedelta(seconds=1),
        hold_nano_usd=amount,
        price_id=0,
        price={},
        body_hash=b"",
    )
