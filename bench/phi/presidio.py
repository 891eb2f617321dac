"""Judges Presidio on the same texts as the product, to read the figures as a ratio."""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.phi import figures
from bench.phi.cases import CLEAN, Case, leaves_of
from bench.phi.engine import LeafOutcome, Outcome, Removed
from bench.phi.figures import Figure, Runs
from bench.phi.scoring import Score, score
from phi.known import identifiers_of

SCRIPT = Path(__file__).parent / "presidio_side.py"
THRESHOLDS = (0.0, 0.4)  # its default, and what its documentation uses most


def beside(python: str, cases: Sequence[Case], ours: Runs) -> dict[str, Any]:
    """Run Presidio by that Python on the cases; print its leaks beside the product's."""
    identified = [case for case in cases if case.difficulty != CLEAN]
    known = _answers(python, cases, with_record=True)
    bare = _answers(python, identified, with_record=False)
    result: dict[str, Any] = {}
    for threshold in THRESHOLDS:
        runs = Runs(_judged(cases, known, threshold), _judged(identified, bare, threshold))
        result[f"threshold {threshold}"] = rows = _ratios(runs, ours)
        print(f"\nPresidio, score threshold {threshold}, record as deny list, no model for names")
        for row in rows:
            print(f"    {row['figure']:69} {row['presidio']:8.2f} ours {row['ours']:8.2f}")
    return result


def _answers(python: str, cases: Sequence[Case], *, with_record: bool) -> list[dict[str, Any]]:
    lines = []
    for case in cases:
        deny = {one.value for one in identifiers_of(case.records)} if with_record else set()
        texts = [leaf.text for _, leaf in leaves_of(case.content)]
        lines.append(json.dumps({"texts": texts, "deny": sorted(deny)}))
    done = subprocess.run(
        [python, str(SCRIPT)],
        input="\n".join(lines),
        capture_output=True,
        text=True,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def _judged(cases: Sequence[Case], answers: Sequence[Any], threshold: float) -> list[Score]:
    return [
        score(case, _outcome(case, answer, threshold))
        for case, answer in zip(cases, answers, strict=True)
    ]


def _outcome(case: Case, answer: dict[str, Any], threshold: float) -> Outcome:
    leaves = [
        LeafOutcome(leaf, _merged([hit for hit in found if hit[2] >= threshold]))
        for (_, leaf), found in zip(leaves_of(case.content), answer["found"], strict=True)
    ]
    return Outcome(tuple(leaves), sanitize_ns=answer["ns"])


def _merged(hits: list[list[float]]) -> tuple[Removed, ...]:
    """Return the stretches that hits cover together."""
    merged: list[tuple[int, int]] = []
    for start, end, _ in sorted(hits):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], int(end)))
        else:
            merged.append((int(start), int(end)))
    return tuple(Removed(start, end) for start, end in merged)


def _ratios(theirs: Runs, ours: Runs) -> list[dict[str, Any]]:
    table: Sequence[tuple[Figure, Figure]] = list(
        zip(figures.all_figures(theirs), figures.all_figures(ours), strict=True)
    )
    return [
        {
            "figure": their.name,
            "presidio": round(their.value, 3),
            "ours": round(our.value, 3),
            "ratio": round(their.value / our.value, 2) if our.value else None,
        }
        for their, our in table
        if "denied" not in their.name and their.name not in _NOT_THEIRS
    ]


_NOT_THEIRS = {"round trip byte exact", "requests refused by sanitize", "exceptions"}
