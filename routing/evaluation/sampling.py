"""Which decisions people are asked to judge, and how likely each was to be drawn. Pure.

Most are drawn at random from each tier and stage, the rest from those in doubt, where an error is
likelier. Both draws are made independently and without replacement, so that the probability of
coming into either is known exactly, and an estimate weighted by its inverse (Horvitz and Thompson,
1952) is true of all decisions however the doubtful ones were favored.
"""

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from math import floor
from random import Random
from typing import Final

OTHERS: Final = ("others", "")  # strata too small to have a place of their own
Stratum = tuple[str, str]  # tier, stage


@dataclass(frozen=True, slots=True)
class Candidate:
    """A decision that may be drawn."""

    id: Hashable
    stratum: Stratum
    is_in_doubt: bool


@dataclass(frozen=True, slots=True)
class Drawn:
    """A decision that was drawn, and how likely that was."""

    candidate: Candidate
    propensity: float


@dataclass(frozen=True, slots=True)
class Draw:
    """What one draw took, and from how many of each stratum."""

    taken: tuple[Drawn, ...]
    sizes: Mapping[Stratum, int]
    places: Mapping[Stratum, int]


def draw(candidates: Sequence[Candidate], wanted: int, in_doubt: float, chance: Random) -> Draw:
    """Return at most `wanted` decisions, of which the share `in_doubt` comes from those in doubt.

    A decision that both draws take counts once, so there may be a few less.
    """
    doubtful = [c for c in candidates if c.is_in_doubt]
    # One place at least is left to all of them, since each stratum has one.
    from_doubt = min(len(doubtful), round(wanted * in_doubt), max(0, wanted - 1))
    strata = _strata(candidates, most=max(1, wanted - from_doubt))
    sizes = {name: len(group) for name, group in strata.items()}
    places = allocated(sizes, wanted - from_doubt)
    taken = {c.id: c for c in chance.sample(doubtful, from_doubt)}
    for name, group in strata.items():
        taken |= {c.id: c for c in chance.sample(group, places[name])}
    of = {c.id: name for name, group in strata.items() for c in group}
    by_doubt = from_doubt / len(doubtful) if doubtful else 0.0
    return Draw(
        taken=tuple(
            Drawn(
                c,
                _either(places[of[c.id]] / sizes[of[c.id]], by_doubt if c.is_in_doubt else 0.0),
            )
            for c in taken.values()
        ),
        sizes=sizes,
        places=places,
    )


def allocated(sizes: Mapping[Stratum, int], wanted: int) -> dict[Stratum, int]:
    """Return how many of each stratum are drawn: at least one, then in proportion to its size.

    There must not be more strata than are wanted.
    """
    total = sum(sizes.values())
    wanted = min(wanted, total)
    places = {name: 1 for name in sizes}
    spare, room = wanted - len(sizes), total - len(sizes)
    if spare <= 0 or room <= 0:
        return places
    shares = {name: (size - 1) * spare / room for name, size in sizes.items()}
    places = {name: 1 + floor(share) for name, share in shares.items()}
    by_rest = sorted(shares, key=lambda name: (floor(shares[name]) - shares[name], name))
    for name in by_rest[: wanted - sum(places.values())]:
        places[name] += 1
    return places


def _strata(candidates: Sequence[Candidate], most: int) -> dict[Stratum, list[Candidate]]:
    """Return the decisions by tier and stage; the smallest strata together where there are more
    than `most`, since what has no place at all would be missing from every estimate."""
    groups: dict[Stratum, list[Candidate]] = defaultdict(list)
    for candidate in candidates:
        groups[candidate.stratum].append(candidate)
    ordered = sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))
    if len(ordered) <= most:
        return dict(ordered)
    kept, rest = ordered[: most - 1], ordered[most - 1 :]
    return dict(kept) | {OTHERS: [c for _, group in rest for c in group]}


def _either(one: float, other: float) -> float:
    return 1 - (1 - one) * (1 - other)
