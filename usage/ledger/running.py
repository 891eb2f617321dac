"""Which budget periods run now, and which of them count a call. Known to one writer, in memory."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import orjson
import psycopg

from usage import budgets
from usage.budgets import BudgetRule, Spending
from usage.ledger import statements
from usage.models import AtCap

MOST_KNOWN = 20_000  # periods kept in mind; where each user has one there is no end of them

Whose = tuple[int, bytes]  # a budget's id, and the subject where each has a cap of their own


class StaleRules(Exception):
    """A budget was edited, or one of its periods ended, since the writer looked."""


@dataclass(frozen=True, slots=True)
class _Period:
    id: int
    ends_at: datetime | None

    def is_running(self, at: datetime) -> bool:
        """A clock that steps back does not bring an older period back."""
        return self.ends_at is None or at < self.ends_at


@dataclass(slots=True)
class RunningPeriods:
    """The active budgets as of one configuration version, and their periods."""

    version: int = -1
    rules: tuple[BudgetRule, ...] = ()
    by_id: dict[int, BudgetRule] = field(default_factory=dict)
    # Use and cap, in nano-USD, of periods near whose cap calls step down: as last seen, so a hint.
    watched: dict[int, tuple[int, int]] = field(default_factory=dict)
    _of_client: dict[tuple[int, int], tuple[BudgetRule, ...]] = field(default_factory=dict)
    _periods: dict[Whose, _Period] = field(default_factory=dict)

    @property
    def is_known(self) -> bool:
        return self.version >= 0

    def learn(self, version: int, rules: tuple[BudgetRule, ...]) -> None:
        """Take the budgets of a configuration version; periods are looked up anew."""
        self.version, self.rules = version, rules
        self.by_id = {rule.id: rule for rule in rules}
        self.watched.clear()
        self._of_client.clear()
        self._periods.clear()

    async def counting(
        self,
        connection: psycopg.AsyncConnection[Any],
        spendings: Sequence[Spending],
        at: datetime,
    ) -> list[tuple[int, ...]]:
        """Return, for each call, the ids of the periods it counts in; those that miss are begun.

        Raises StaleRules when a budget was deleted a moment ago.
        """
        wanted = [self._whose(spending) for spending in spendings]
        missing = {
            (rule.id, subject): rule
            for found in wanted
            for rule, subject in found
            if not self._is_open(rule.id, subject, at)
        }
        if missing:
            await self._open(connection, missing)
        return [
            tuple(sorted(self._periods[rule.id, subject].id for rule, subject in found))
            for found in wanted
        ]

    def pressure(self, spending: Spending) -> BudgetRule | None:
        """Return a budget so near its cap that a call not decided yet had better step down."""
        for rule in self._concerning(spending):
            if rule.at_cap != AtCap.STEP_DOWN or (rule.model_id and not rule.tier):
                continue  # whether a model is in question is known only when one is chosen
            meant = replace(spending, tier=rule.tier, model_id=rule.model_id)
            period = self._periods.get((rule.id, rule.subject(spending)))
            used, cap = self.watched.get(period.id, (0, 0)) if period else (0, 0)
            if rule.covers(meant) and cap and used * 100 >= cap * rule.act_at_percent:
                return rule
        return None

    def _concerning(self, spending: Spending) -> tuple[BudgetRule, ...]:
        caller = spending.tenant_id, spending.client_id
        rules = self._of_client.get(caller)
        if rules is None:
            rules = tuple(rule for rule in self.rules if rule.concerns(*caller))
            self._of_client[caller] = rules
        return rules

    def _whose(self, spending: Spending) -> list[tuple[BudgetRule, bytes]]:
        rules = self._concerning(spending)
        return [(rule, rule.subject(spending)) for rule in rules if rule.covers(spending)]

    def _is_open(self, budget_id: int, subject: bytes, at: datetime) -> bool:
        period = self._periods.get((budget_id, subject))
        return period is not None and period.is_running(at)

    async def _open(
        self, connection: psycopg.AsyncConnection[Any], missing: dict[Whose, BudgetRule]
    ) -> None:
        """Find the running periods of budgets, or begin them, by the database's clock.

        A period that was begun goes on until it ends, whatever an admin does to the budget's kind
        or zone meanwhile: an edit never resets what is spent.
        """
        if len(self._periods) > MOST_KNOWN:
            self._periods.clear()
            raise StaleRules
        latest = await _latest(connection, missing)
        over = [whose for whose in missing if whose not in latest or not latest[whose].is_running]
        if over:
            await _begin(
                connection, [(missing[whose], whose[1], latest.get(whose)) for whose in over]
            )
            latest = await _latest(connection, missing)
        for whose, found in latest.items():
            self._periods[whose] = _Period(found.id, found.ends_at)


@dataclass(frozen=True, slots=True)
class _Latest:
    """The last period that a budget began, and whether the database's clock is still in it."""

    id: int
    ends_at: datetime | None
    is_running: bool


async def _latest(
    connection: psycopg.AsyncConnection[Any], wanted: Iterable[Whose]
) -> dict[Whose, _Latest]:
    ids, subjects = zip(*wanted, strict=True)
    rows = await connection.execute(statements.FIND_PERIODS, [list(ids), list(subjects)])
    return {
        (budget_id, bytes(subject)): _Latest(*rest)
        for budget_id, subject, *rest in await rows.fetchall()
    }


async def _begin(
    connection: psycopg.AsyncConnection[Any],
    wanted: Iterable[tuple[BudgetRule, bytes, _Latest | None]],
) -> None:
    """Begin periods, none of them before the end of the one before it."""
    clock = await connection.execute(statements.CLOCK)
    ((at,),) = await clock.fetchall()
    beginnings = [_beginning(rule, subject, last, at) for rule, subject, last in wanted]
    try:
        await connection.execute(statements.MAKE_PERIODS, [orjson.dumps(beginnings).decode()])
    except psycopg.errors.ForeignKeyViolation:
        raise StaleRules from None  # a budget was deleted a moment ago


def _beginning(
    rule: BudgetRule, subject: bytes, last: _Latest | None, at: datetime
) -> dict[str, Any]:
    starts_at, ends_at = budgets.current_start(rule, at)
    if last is not None and last.ends_at is not None:
        starts_at = max(starts_at, last.ends_at)
    return {
        "budget_id": rule.id,
        "subject": "\\x" + subject.hex(),
        "starts_at": starts_at,
        "ends_at": ends_at,
        "last_id": last.id if last else None,
    }
