"""Caps that hold, a ledger that equals the bill, and what both cost.

make bench ARGS=money                        every part at its usual size
make bench ARGS="money caps"                 one part, of those in PARTS
make bench ARGS="money mixed 100000"         a part at another size

What was run at its whole size is recorded in bench/results/money.json, part by part.
"""

from collections.abc import Callable, Sequence
from typing import Any

from bench.money import bill, caps, commits, mixed, statement, summary, waiting

PARTS: dict[str, Callable[..., dict[str, Any]]] = {
    "caps": caps.measure,
    "mixed": mixed.measure,
    "commits": commits.measure,
    "waiting": waiting.measure,
    "summary": summary.measure,
    "statement": statement.measure,
    "bill": bill.measure,
}
# The whole size of each part, and which of its figures says how large a run was.
WHOLE = {
    "caps": ("calls", 1_000),
    "mixed": ("requests", 100_000),
    "commits": ("calls", 4_000),
    "waiting": ("calls", 400),
    "summary": ("requests", 10_000_000),
    "statement": ("calls", 10_000_000),
    "bill": ("rows", 10_000_000),
}


def main(arguments: Sequence[str]) -> dict[str, Any]:
    """Measure every part, or those that are named, at the size that is named."""
    sizes = [int(each) for each in arguments if each.isdecimal()]
    named = [each for each in arguments if not each.isdecimal()]
    return {name: PARTS[name](*sizes[:1]) for name in named or PARTS}


def complete(figures: dict[str, Any]) -> dict[str, Any]:
    """Return the parts that were run at their whole size."""
    return {name: found for name, found in figures.items() if _is_whole(name, found)}


def _is_whole(name: str, found: dict[str, Any]) -> bool:
    size, whole = WHOLE[name]
    runs = [found] if size in found else list(found.values())  # caps has one of each trouble
    return all(run[size] >= whole for run in runs)
