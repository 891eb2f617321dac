"""One message batch, from its creation to its results."""

from dataclasses import dataclass, field
from typing import Any

from routing.sandbox.calls import Call


@dataclass
class Batch:
    """One batch; times are seconds of the sandbox's clock."""

    id: str
    key: str
    call: Call
    items: list[dict[str, Any]]
    version: str
    created_at: float
    due_at: float
    canceled_at: float | None = None
    ended_at: float | None = None
    results: list[dict[str, Any]] = field(default_factory=list)

    def count(self, outcome: str) -> int:
        """Return how many results are of one kind; none before the end."""
        return sum(row["result"]["type"] == outcome for row in self.results)
