"""Which recorded decisions must come out alike, so that each kind is decided only once.

A decision looks at a text's probabilities and sizes only through a few bounds. Two records that lie
on the same side of every bound, and are equal in all else that a step asks for, get the same tier
and model. Pure; tests and samples of every run hold it against the deciding code.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from routing.select import declared, limits, tiers
from routing.select.conditions import in_window
from routing.select.draft import EXECUTE, REASON
from routing.select.experiments import dealt
from routing.select.facts import Recorded
from routing.select.loss import loss_of
from routing.select.size import RequestSize
from routing.types import Experiment, Json, RoutingTable

# What the steps compare the probability of exactly one tier with, and that of enough tiers.
TOP: Final = (declared.RAISE_TO_TOP_ABOVE,)
ENOUGH: Final = (tiers.UNSURE_BELOW, tiers.LOWER_ABOVE)
BY_ACCURACY: Final[Mapping[str, Mapping[str, float]]] = {
    "standard": {},
    "high": {EXECUTE: limits.HIGH_NEEDS_GENERATE_BELOW},
    "critical": {},
}
ENOUGH_BOUNDS: Final = sorted(ENOUGH)
RARE: Final = ("override", "allowed_models", "session_floor", "pressure")
Key = tuple[Any, ...]


class Likeness:
    """The keys of recorded decisions under some tables, which must have the same tiers."""

    def __init__(self, *tables: RoutingTable) -> None:
        self._tables = _with_different_losses(tables)
        self._tiers = tables[0].catalog.tiers_in_order
        conditions = [rule.conditions for table in tables for rule in table.rules]
        self._bounds = {
            accuracy: [_bounds(tier, named) for tier in self._tiers]
            for accuracy, named in BY_ACCURACY.items()
        }
        self._characters = sorted(_counts(conditions))
        self._windows = sorted(
            {m.context_window_tokens for table in tables for m in table.catalog.models.values()}
        )
        self._times = [wanted["time_window"] for wanted in conditions if "time_window" in wanted]
        self._critical = [
            {slug for slug, task in table.task_types.items() if task.is_critical}
            for table in tables
        ]
        self._experiments = [each for table in tables for each in table.experiments]
        self._by_asker = any({"tenant", "client"} & wanted.keys() for wanted in conditions)
        self._losses: dict[str, list[list[list[float]]]] = {}

    def read(self, recorded: Recorded) -> tuple[Key, list[float]]:
        """Return a record's key, and for each tier, lowest first, how likely it is enough."""
        facts = recorded.facts
        sides, enough = self._sides(facts["probabilities"], recorded.accuracy)
        return (
            recorded.task_type,
            recorded.urgency,
            recorded.accuracy,
            recorded.patient_facing,
            limits.is_about_care(facts["probabilities"], facts["features"]),
            facts["asks_clinical_question"],
            *(facts["detected_task_type"] in slugs for slugs in self._critical),
            facts["policy"][0],
            bool(facts["policy"][1]),
            facts["contains_identifiers"],
            tuple(sorted(facts["keywords"].items())),
            *self._size(facts["size"]),
            *(self._time(facts["at"]) if self._times else ()),
            *((recorded.tenant, recorded.client) if self._by_asker else ()),
            *sides,
            *_of_kind(recorded, enough),
            *(_plain(facts.get(name)) for name in RARE),
            *(_arm(each, recorded) for each in self._experiments),
        ), enough

    def _sides(self, shares: Mapping[str, float], accuracy: str) -> tuple[list[Any], list[float]]:
        """Return on which side of every bound the probabilities lie, and their running sum."""
        known = [shares.get(tier, 0.0) for tier in self._tiers]
        total = max(0.0, sum(shares.values()) - sum(known))  # tiers that are no more
        sides: list[Any] = []
        enough = []
        for share, bounds in zip(known, self._bounds[accuracy], strict=True):
            total = min(1.0, total + share)
            enough.append(total)
            sides += (_side(bounds, share), _side(ENOUGH_BOUNDS, total))
        sides += (self._best(row, shares) for row in self._losses_under(accuracy, shares))
        return sides, enough

    def _best(self, losses: list[list[float]], shares: Mapping[str, float]) -> int:
        """Return the place of the tier with the least expected loss; of equals the higher."""
        totals = [
            sum(share * loss for share, loss in zip(shares.values(), row, strict=True))
            for row in losses
        ]
        least = min(totals)
        return max(at for at, total in enumerate(totals) if total == least)

    def _losses_under(self, accuracy: str, shares: Mapping[str, float]) -> list[list[list[float]]]:
        """Return for each table what choosing each tier costs by the tier that was needed."""
        name = "\0".join((accuracy, *shares))
        if name not in self._losses:
            self._losses[name] = [
                [
                    [loss_of(table, accuracy, need, chosen) for need in shares]
                    for chosen in self._tiers
                ]
                for table in self._tables
            ]
        return self._losses[name]

    def _size(self, numbers: list[Any]) -> Key:
        size = RequestSize(*numbers)
        return (
            _side(self._characters, size.characters),
            _side(self._windows, size.most_tokens),
            size.images > 0,
            size.documents > 0,
            size.has_tools,
            size.is_agent_step,
            size.is_prefilled,
        )

    def _time(self, at: str) -> Key:
        moment = datetime.fromisoformat(at)
        return tuple(in_window(wanted, moment) for wanted in self._times)


def _of_kind(recorded: Recorded, enough: list[float]) -> Key:
    """Return what the kind of work and its danger decide, whatever a table says of a type."""
    shares, features = recorded.facts["probabilities"], recorded.facts["features"]
    slug, top = recorded.task_type, shares.get(REASON, 0.0)
    looks = limits.looks_critical(features)
    told = recorded.accuracy == "critical" and limits.may_be_complex(shares, features)
    if slug is None:
        return told, looks
    return (
        told,
        looks,
        declared.may_lower(slug, features),
        *(declared.needs_top(top, slug, features, is_clinical=is_so) for is_so in (False, True)),
        *(declared.overrules(1.0 - e, slug, features) for e in enough),
    )


def _arm(experiment: Experiment, recorded: Recorded) -> str:
    """Return the arm that a record is dealt, where the experiment may be about it at all."""
    if experiment.task_type not in (None, recorded.task_type):
        return ""
    unit = recorded.facts.get("unit", "") or recorded.id
    return dealt(experiment, recorded.tenant, recorded.client, unit).name


def _bounds(tier: str, named: Mapping[str, float]) -> list[float]:
    """Return what the probability that exactly this tier is needed is compared with, in order."""
    always = TOP if tier == REASON else ()
    return sorted({*always, *([named[tier]] if tier in named else [])})


def _side(bounds: list[Any], value: float) -> int:
    """Return between which bounds a value lies; one that equals a bound has a place of its own."""
    return bisect_left(bounds, value) + bisect_right(bounds, value)


def _plain(value: Json) -> Json:
    return tuple(value) if isinstance(value, list) else value


def _counts(conditions: Iterable[Mapping[str, Json]]) -> set[int]:
    names = ("min_characters", "max_characters")
    return {wanted[name] for wanted in conditions for name in names if name in wanted}


def _with_different_losses(tables: tuple[RoutingTable, ...]) -> list[RoutingTable]:
    found: list[RoutingTable] = []
    for table in tables:
        if all(table.loss_matrix != other.loss_matrix for other in found):
            found.append(table)
    return found
