"""Which of several overlapping hits stands."""

from bisect import bisect_right, insort
from collections.abc import Iterable
from operator import attrgetter

from phi.detect.recognizer import Hit

_STRUCTURE = frozenset({"field", "hl7"})


def resolved(hits: Iterable[Hit]) -> list[Hit]:
    """Return hits in text order without overlaps, covering every character any hit covered.

    A known identifier names the token, then structure, then the longer hit, then the surer one.
    What a loser covers beyond the winner becomes a hit of its own, so that nothing found is shown.
    """
    ordered = sorted(hits, key=lambda hit: (hit.start, -hit.end))
    kept: list[Hit] = []
    cluster: list[Hit] = []
    reach = -1
    for hit in ordered:
        if cluster and hit.start >= reach:
            kept.extend(_settled(cluster))
            cluster = []
            reach = -1
        cluster.append(hit)
        reach = max(reach, hit.end)
    kept.extend(_settled(cluster))
    return kept


def _settled(cluster: list[Hit]) -> list[Hit]:
    if len(cluster) < 2:
        return cluster
    taken: list[Hit] = []  # in text order, none over another
    for hit in sorted(cluster, key=_rank):
        for start, end in _left_over(hit, taken):
            whole = (start, end) == (hit.start, hit.end)
            insort(
                taken,
                hit if whole else hit._replace(start=start, end=end, canonical=None, usual=None),
                key=_start,
            )
    return taken


def _rank(hit: Hit) -> tuple[bool, bool, int, float]:
    return (
        hit.recognizer != "known",
        hit.recognizer not in _STRUCTURE,
        hit.start - hit.end,
        -hit.score,
    )


def _left_over(hit: Hit, taken: list[Hit]) -> list[tuple[int, int]]:
    """Return the pieces of a hit that no taken one covers."""
    pieces = []
    at = hit.start
    index = max(0, bisect_right(taken, hit.start, key=_start) - 1)
    while index < len(taken) and taken[index].start < hit.end:
        if at < taken[index].start:
            pieces.append((at, taken[index].start))
        at = max(at, taken[index].end)
        index += 1
    return [*pieces, (at, hit.end)] if at < hit.end else pieces


_start = attrgetter("start")
