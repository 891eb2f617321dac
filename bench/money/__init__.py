"""Caps that hold, a ledger that equals the bill, and what both cost.

make bench ARGS=money                        everything, recorded
make bench ARGS="money caps"                 one part, shown, of those in PARTS
make bench ARGS="money mixed 100000"         the mixed requests at another size
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


def main(arguments: Sequence[str]) -> dict[str, Any]:
    """Measure every part, or the one that is named, at the size that is named."""
    sizes = [int(each) for each in arguments if each.isdecimal()]
    named = [each for each in arguments if not each.isdecimal()]
    return {name: PARTS[name](*sizes[:1]) for name in named or PARTS}
