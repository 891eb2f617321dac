"""What requests cost and would have cost, by month, client, task type and tier: values, pure.

All money is in whole nano-USD, so that every sum adds up exactly.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from typing import Final, NamedTuple, TypeVar

COUNTERFACTUAL: Final = "opus"  # the tier that savings are measured against
Group = TypeVar("Group")


class Key(NamedTuple):
    """What a line of facts is about."""

    month: date  # its first day, on the clock of the reader's zone
    tenant_id: int
    client_id: int
    task_type: str
    tier: str


class HourKey(NamedTuple):
    """What a line of facts is about that is kept by the hour."""

    hour: datetime  # its beginning
    tenant_id: int
    client_id: int
    task_type: str
    tier: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What some requests came to. `uniform` is what the same tokens cost on one tier alone."""

    requests: int = 0
    answered: int = 0  # of them by a model or a kept answer
    kept: int = 0  # of them by a kept answer
    by_rule: int = 0  # of them by a rule, without a model
    cost: int = 0
    uniform: Mapping[str, int] = field(default_factory=dict)
    prompt_cache: int = 0  # what the same tokens on Opus would have cost more without it
    plain: int = 0  # what the answers' own calls cost, if none had been in a batch
    answers: int = 0  # what the answers' own calls cost
    response_cache: int = 0  # what kept answers would have cost at the tier that wrote them
    classifier: int = 0
    speculation: int = 0
    escalation: int = 0
    checking: int = 0
    retries: int = 0

    def __add__(self, other: "Facts") -> "Facts":
        sums = {
            name: getattr(self, name) + getattr(other, name) for name in NAMES if name != "uniform"
        }
        tiers = {**self.uniform, **other.uniform}
        uniform = {t: self.uniform.get(t, 0) + other.uniform.get(t, 0) for t in tiers}
        return Facts(uniform=uniform, **sums)

    @property
    def opus(self) -> int:
        """Return what all of it would have cost on Opus: an estimate, from the same tokens."""
        return self.uniform.get(COUNTERFACTUAL, 0)

    @property
    def saved(self) -> int:
        """Return what was saved against Opus for everything; negative when nothing was."""
        return self.opus - self.cost

    @property
    def saved_share(self) -> float | None:
        return self.saved / self.opus if self.opus else None

    @property
    def routing(self) -> int:
        """Return what the choice of tiers saved, before all else that was paid or spared."""
        return self.opus - self.plain - self.response_cache

    @property
    def batch(self) -> int:
        return self.plain - self.answers


NAMES: Final = tuple(each.name for each in fields(Facts))
NOTHING: Final = Facts()


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the waterfall. A lever moves the sum from `before` to `after`."""

    title: str
    amount: int  # signed: below zero is a saving
    before: int
    after: int
    kind: str  # sum | saving | expense
    note: str = ""


def waterfall(facts: Facts) -> tuple[Step, ...]:
    """Return the way from Opus for everything to what was paid; each step adds up exactly."""
    rules = f"{facts.by_rule:,} answers without a model; nothing was metered for them"
    changes = (
        ("Prompt cache", -facts.prompt_cache, "at Opus prices"),
        ("All on Opus", None, "the same tokens, an estimate"),
        ("Routing", -facts.routing, "tiers below Opus"),
        ("Kept answers", -facts.response_cache, f"{facts.kept:,} answers given again"),
        ("Batch", -facts.batch, "at batch prices"),
        ("Rules", 0, rules),
        ("Classifier", facts.classifier, "calls that chose a tier"),
        ("Speculation", facts.speculation, "calls begun early and not used"),
        ("Escalation", facts.escalation, "answers that another tier replaced, or did not"),
        ("Judging", facts.checking, "judges and shadows"),
        ("Retries", facts.retries, "paid calls that gave no answer"),
        ("Paid", None, "what the ledger has"),
    )
    at = facts.opus + facts.prompt_cache
    steps = [Step("All on Opus, no prompt cache", 0, 0, at, "sum", "an estimate")]
    for title, change, note in changes:
        kind = "sum" if change is None else "expense" if change > 0 else "saving"
        before, at = (0, at) if change is None else (at, at + change)
        steps.append(Step(title, change or 0, before, at, kind, note))
    return tuple(steps)


def total(facts: Iterable[Facts]) -> Facts:
    """Return the sum of some facts."""
    return sum(facts, NOTHING)


def by(rows: Mapping[Key, Facts], group: Callable[[Key], Group]) -> list[tuple[Group, Facts]]:
    """Return the sums of the rows by what is said of their keys, dearest first."""
    found: dict[Group, Facts] = {}
    for key, facts in rows.items():
        name = group(key)
        found[name] = found.get(name, NOTHING) + facts
    return sorted(found.items(), key=lambda each: (-each[1].cost, str(each[0])))
