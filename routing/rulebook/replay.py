"""Recorded decisions made again under two rulebooks, to see what moves between them. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import product
from typing import Final

from routerproject.shared.errors import RouterError
from routing.errors import UnknownTaskType
from routing.rulebook.likeness import Key, Likeness
from routing.select.conditions import holds
from routing.select.decide import choose
from routing.select.draft import Situation
from routing.select.facts import Recorded, open_keywords, restored
from routing.types import RoutingTable

REFUSED: Final = "refused"
MOST_OPEN_KEYWORDS = 4  # lists whose every combination is tried; more cannot be judged
CHECKED_EVERY = 997  # one in so many is decided in full although its kind is known
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


class ReplayDisagrees(Exception):
    """Two records of one kind were decided differently: no figure of the run can be trusted."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one rulebook does with a request."""

    tier: str
    model_id: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two rulebooks do with a request; None where its text would have to be known.

    `rules` tells for each rule of the second one whether its conditions hold, None: unknown.
    """

    before: Outcome | None
    after: Outcome | None
    rules: tuple[bool | None, ...]

    @property
    def is_judged(self) -> bool:
        return self.before is not None

    @property
    def is_moved(self) -> bool:
        return self.before != self.after


class Replay:
    """Compares two rulebooks on recorded decisions, each kind of which is decided once."""

    def __init__(self, before: RoutingTable, after: RoutingTable, *, now: datetime) -> None:
        self.before, self.after = as_of(before, now), as_of(after, now)
        self.tiers = self.after.catalog.tiers_in_order
        self._likeness = Likeness(self.before, self.after)
        self._known: dict[Key, Comparison] = {}
        self._seen = 0

    def compare(self, recorded: Recorded) -> tuple[Key, Comparison, list[float]]:
        """Return the kind of a record, its comparison, and how likely each tier is enough.

        Raises ReplayDisagrees.
        """
        key, enough = self._likeness.read(recorded)
        self._seen += 1
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self.decided(recorded)
        elif self._seen % CHECKED_EVERY == 0 and self.decided(recorded) != known:
            raise ReplayDisagrees("Two records of one kind were decided differently.")
        return key, known, enough

    def decided(self, recorded: Recorded) -> Comparison:
        """Return the comparison of one record, decided in full."""
        pairs = [_situation(recorded, self.before), _situation(recorded, self.after)]
        unknown = sorted({key for s in pairs if s is not None for key in open_keywords(s)})
        rules = tuple(_rules_that_hold(pairs[1], unknown))
        if len(unknown) > MOST_OPEN_KEYWORDS:
            return Comparison(None, None, rules)
        found = {
            tuple(
                _outcome(situation, dict(zip(unknown, words, strict=True))) for situation in pairs
            )
            for words in product((False, True), repeat=len(unknown))
        }
        before, after = found.pop() if len(found) == 1 else (None, None)
        return Comparison(before, after, rules)


def as_of(table: RoutingTable, now: datetime) -> RoutingTable:
    """Return a table that at every moment has the models and prices of `now`."""
    catalog = table.catalog
    models = {
        name: replace(
            card,
            is_live=card.is_live and not _is_over(card.retires_on, now),
            retires_on=LONG_AGO if _is_over(card.retires_on, now) else None,
        )
        for name, card in catalog.models.items()
    }
    current = {name: catalog.price_at(name, now) for name in catalog.prices}
    prices = {
        name: (replace(price, valid_from=LONG_AGO),)
        for name, price in current.items()
        if price is not None
    }
    return replace(table, catalog=replace(catalog, models=models, prices=prices))


def _is_over(retires_on: datetime | None, now: datetime) -> bool:
    return retires_on is not None and retires_on <= now


def _situation(recorded: Recorded, table: RoutingTable) -> Situation | None:
    try:
        return restored(recorded, table)
    except UnknownTaskType:
        return None


def _outcome(situation: Situation | None, words: dict[str, bool]) -> Outcome:
    if situation is None:
        return Outcome(REFUSED)
    try:
        draft, chain = choose(_with_words(situation, words))
    except RouterError:
        return Outcome(REFUSED)
    return Outcome(draft.tier, chain[0].model.model_id if chain else "")


def _rules_that_hold(situation: Situation | None, unknown: list[str]) -> Iterator[bool | None]:
    if situation is None:
        return
    least = _with_words(situation, dict.fromkeys(unknown, False))
    most = _with_words(situation, dict.fromkeys(unknown, True))
    for rule in situation.table.rules:
        surely = holds(rule.conditions, least)
        is_open = bool(unknown) and not surely and holds(rule.conditions, most)
        yield None if is_open else surely


def _with_words(situation: Situation, words: dict[str, bool]) -> Situation:
    return (
        replace(situation, keywords={**(situation.keywords or {}), **words}) if words else situation
    )
