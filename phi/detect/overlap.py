"""Which of several overlapping hits stands."""

from collections.abc import Iterable

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
    taken: list[Hit] = []
    for hit in sorted(cluster, key=_rank):
        for start, end in _left_over(hit, taken):
            whole = (start, end) == (hit.start, hit.end)
            taken.append(
                hit if whole else hit._replace(start=start, end=end, canonical=None, usual=None)
            )
    return sorted(taken)


def _rank(hit: Hit) -> tuple[bool, bool, int, float]:
    return (
        hit.recognizer != "known",
        hit.recognizer not in _STRUCTURE,
        hit.start - hit.end,
        -hit.score,
    )


def _left_over(hit: Hit, taken: list[Hit]) -> list[tuple[int, int]]:
    pieces = [(hit.start, hit.end)]
    for other in taken:
        pieces = [
            part
            for start, end in pieces
            for part in ((start, min(end, other.start)), (max(start, other.end), end))
            if part[0] < part[1]
        ]
    return pieces
