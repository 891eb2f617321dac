"""What many comparisons come to: who moves, what it costs, how much more is under-routed. Pure."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from routerproject.shared.money import usd_text
from routing.rulebook.likeness import Key
from routing.rulebook.replay import REFUSED, Comparison, Outcome, Replay
from routing.select.facts import Recorded
from usage.catalog import Catalog
from usage.pricing import TokenCounts, cost

Z: Final = 1.96  # both sides of a normal distribution leave 5 % out
KEYWORDS: Final = "needs_text"
OLD_RECORD: Final = "old_record"
KINDS: Final = (0, 1, 2, 3, 4)  # of the tokens that are billed, in the order of `Metered`
Metered = tuple[
    int, int, int, int, int
]  # input, output, cache writes of 5 min and 1 h, cache reads


@dataclass(slots=True)
class Tally:
    """The requests of one kind. Shares of under-routing are sums of probabilities."""

    comparison: Comparison
    task_type: str
    count: int = 0
    tokens: list[int] = field(default_factory=lambda: [0] * len(KINDS))
    under_before: float = 0.0
    under_change: float = 0.0
    under_spread: float = 0.0


class Tallies:
    """Takes records one by one, and says in the end what a change would have meant to them."""

    def __init__(self, replay: Replay) -> None:
        self._replay = replay
        self._place = {tier: at for at, tier in enumerate(replay.tiers)}
        self._by_kind: dict[Key, Tally] = {}
        self.old_records = 0

    def add(self, recorded: Recorded, tokens: Metered) -> None:
        """Count one record. Raises ReplayDisagrees."""
        if not recorded.is_complete:
            self.old_records += 1
            return
        key, comparison, enough = self._replay.compare(recorded)
        tally = self._by_kind.get(key)
        if tally is None:
            tally = self._by_kind[key] = Tally(comparison, recorded.task_type or "")
        tally.count += 1
        for kind in KINDS:
            tally.tokens[kind] += tokens[kind]
        self._add_risk(tally, enough)

    def result(self) -> dict[str, Any]:
        """Return all figures as JSON: money in USD as text, shares of the judged requests."""
        tallies = list(self._by_kind.values())
        judged = [tally for tally in tallies if tally.comparison.is_judged]
        moved = [tally for tally in judged if tally.comparison.is_moved]
        number = sum(tally.count for tally in judged)
        return {
            "requests": sum(tally.count for tally in tallies) + self.old_records,
            "judged": number,
            "moved": sum(tally.count for tally in moved),
            "not_judged": {
                KEYWORDS: sum(tally.count for tally in tallies) - number,
                OLD_RECORD: self.old_records,
            },
            "moves": list(self._moves(moved)),
            "task_types": _by_task_type(moved),
            "cost": self._cost(judged),
            "under_routing": _under_routing(judged),
            "rules": list(self._rules(tallies)),
        }

    def _add_risk(self, tally: Tally, enough: list[float]) -> None:
        """Add how likely the tiers are too low, where a model answers before and after."""
        before, after = tally.comparison.before, tally.comparison.after
        if before is None or after is None or before.tier not in self._place:
            return
        was = enough[self._place[before.tier]]
        tally.under_before += 1.0 - was
        if before.tier != after.tier and after.tier in self._place:
            change = was - enough[self._place[after.tier]]
            tally.under_change += change
            tally.under_spread += abs(change)

    def _moves(self, moved: list[Tally]) -> Iterator[dict[str, Any]]:
        """Yield each pair of outcomes with its requests and cost, the largest first."""
        pairs: dict[tuple[Outcome, Outcome], list[Tally]] = {}
        for tally in moved:
            before, after = tally.comparison.before, tally.comparison.after
            if before is not None and after is not None:
                pairs.setdefault((before, after), []).append(tally)
        for (before, after), tallies in sorted(pairs.items(), key=lambda p: -_count(p[1])):
            yield {
                "from": _shown(before),
                "to": _shown(after),
                "requests": _count(tallies),
                **self._cost(tallies),
            }

    def _cost(self, tallies: list[Tally]) -> dict[str, str]:
        """Return what the metered tokens cost at today's prices, before and after, in USD."""
        catalog = self._replay.after.catalog
        before = sum(_cost_of(t.tokens, t.comparison.before, catalog) for t in tallies)
        after = sum(_cost_of(t.tokens, t.comparison.after, catalog) for t in tallies)
        return {
            "before_usd": usd_text(before),
            "after_usd": usd_text(after),
            "change_usd": usd_text(after - before),
        }

    def _rules(self, tallies: list[Tally]) -> Iterator[dict[str, Any]]:
        """Yield for each rule of the changed rulebook how many requests it matches."""
        for at, rule in enumerate(self._replay.after.rules):
            hits: Counter[bool | None] = Counter()
            for tally in tallies:
                rules = tally.comparison.rules
                hits[rules[at] if rules else False] += tally.count
            yield {"rule": rule.slug, "matches": hits[True], "unknown": hits[None]}


def _under_routing(judged: list[Tally]) -> dict[str, Any]:
    """Return the expected share of requests on too low a tier, and its change with an interval.

    Each moved request becomes under-routed, or stops being so, with the probability that its text
    gives. The interval (95 %) covers that chance and the choice of requests, not an error of the
    probabilities themselves.
    """
    number = _count(judged)
    if not number:
        return {"before": None, "change": None, "low": None, "high": None}
    change = sum(tally.under_change for tally in judged) / number
    spread = sum(tally.under_spread for tally in judged) / number
    margin = Z * math.sqrt(max(0.0, spread - change * change) / number)
    before = sum(tally.under_before for tally in judged) / number
    return {
        "before": before,
        "change": change,
        # Of few decisions the normal interval is wider than a share can change.
        "low": max(change - margin, -before),
        "high": min(change + margin, 1.0 - before),
    }


def _by_task_type(moved: list[Tally]) -> list[dict[str, Any]]:
    counts: Counter[str] = Counter()
    for tally in moved:
        counts[tally.task_type] += tally.count
    return [{"task_type": slug, "requests": count} for slug, count in counts.most_common()]


def _cost_of(tokens: list[int], outcome: Outcome | None, catalog: Catalog) -> int:
    """Return what these tokens cost at an outcome's model, in nano-USD; nothing where none is."""
    prices = catalog.prices.get(outcome.model_id, ()) if outcome else ()
    if not prices:
        return 0
    sent, written, write_5m, write_1h, read = tokens
    counts = TokenCounts(
        input_tokens=sent,
        output_tokens=written,
        cache_creation_5m_input_tokens=write_5m,
        cache_creation_1h_input_tokens=write_1h,
        cache_read_input_tokens=read,
    )
    return cost(counts, prices[0])


def _count(tallies: list[Tally]) -> int:
    return sum(tally.count for tally in tallies)


def _shown(outcome: Outcome) -> Mapping[str, str]:
    return {"tier": outcome.tier, "model": outcome.model_id}


__all__ = ["KEYWORDS", "OLD_RECORD", "REFUSED", "Metered", "Tallies"]
