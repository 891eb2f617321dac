"""How well tiers are chosen for labelled requests: the same sums for the tests and the bench."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from phi.types import PhiPolicy
from routing.classify.focus import read
from routing.classify.heuristics import judge
from routing.select.decide import select
from routing.types import Decision, RouteRequest
from tests.routing.tables import NOW, routing_table

LABELLED = Path(__file__).parent / "labelled"
TIERS = ("haiku", "sonnet", "opus")
POLICY = PhiPolicy("default", 1)
TABLE = routing_table()


@dataclass(frozen=True)
class Labelled:
    """One request with the tier a reader of the task table says it needs."""

    text: str
    needed: str
    task_type: str
    language: str
    critical: bool = False


@dataclass(frozen=True)
class Outcome:
    """A labelled request and what was decided for it."""

    request: Labelled
    decision: Decision

    @property
    def gap(self) -> int:
        """Return how many tiers the choice lies above (positive) or below the needed one."""
        return TIERS.index(self.decision.tier) - TIERS.index(self.request.needed)


def labelled(half: str) -> list[Labelled]:
    """Return the requests of one half: `train` or `held_apart`."""
    lines = (LABELLED / f"{half}.jsonl").read_text(encoding="utf-8").splitlines()
    return [Labelled(**json.loads(line)) for line in lines]


def decide(text: str, **fields) -> Decision:
    """Return the decision for one prompt."""
    messages = ({"role": "user", "content": text},)
    request = RouteRequest("r-1", "demo", "pms", messages, NOW, **fields)
    verdict = judge(
        read(messages),
        declared=request.task_type,
        urgency=request.urgency,
        accuracy=request.accuracy,
    )
    return select(request, verdict, TABLE, policy=POLICY, contains_identifiers=False, now=NOW)


def without_type(requests: Iterable[Labelled]) -> list[Outcome]:
    """Decide each request from its text alone."""
    return [Outcome(r, decide(r.text)) for r in requests]


def with_type(requests: Iterable[Labelled]) -> list[Outcome]:
    """Decide each request with its right task type."""
    return [Outcome(r, decide(r.text, task_type=r.task_type)) for r in requests]


def with_wrong_type(requests: Iterable[Labelled]) -> list[Outcome]:
    """Decide each request under a task type that belongs to another tier, one after the other."""
    wrong = {
        "haiku": ("summarization", "code_review_logic"),
        "sonnet": ("formatting", "extraction", "architecture_decision"),
        "opus": ("formatting", "summarization", "classification"),
    }
    return [
        Outcome(r, decide(r.text, task_type=wrong[r.needed][n % len(wrong[r.needed])]))
        for n, r in enumerate(requests)
    ]


def with_critical_accuracy(requests: Iterable[Labelled]) -> list[Outcome]:
    """Decide the critical requests as their callers would send them."""
    return [Outcome(r, decide(r.text, accuracy="critical")) for r in requests if r.critical]


def share(outcomes: Iterable[Outcome], wanted: str) -> float:
    """Return the share that is `exact`, `under` or `over`."""
    gaps = [o.gap for o in outcomes]
    found = {
        "exact": gaps.count(0),
        "under": sum(g < 0 for g in gaps),
        "over": sum(g > 0 for g in gaps),
    }
    return found[wanted] / len(gaps)


def calibration_error(outcomes: Iterable[Outcome], bins: int = 10) -> float:
    """Return how far stated confidence lies from the share of tiers that were high enough (ECE)."""
    seen = [(o.decision.confidence, o.gap >= 0) for o in outcomes]
    error = 0.0
    for n in range(bins):
        low, high = n / bins, (n + 1) / bins
        inside = [(c, ok) for c, ok in seen if low < c <= high]
        if inside:
            stated = sum(c for c, _ in inside) / len(inside)
            real = sum(ok for _, ok in inside) / len(inside)
            error += abs(stated - real) * len(inside) / len(seen)
    return error


def slips(text: str) -> Iterator[str]:
    """Yield ways a hurried person might have sent the same request."""
    yield text.upper()
    yield text.lower()
    yield f"Hi team, hope you are well. {text}"
    yield f"{text} Thanks!"
    words = text.split(" ")
    for nth in (3, 4):
        long = [i for i, w in enumerate(words) if len(w) > 5 and w.isalpha()]
        swapped = dict.fromkeys(long[nth - 2 :: nth])
        yield " ".join(_swap(w, nth) if i in swapped else w for i, w in enumerate(words))


def flips(requests: Iterable[Labelled]) -> float:
    """Return the share of slips that change the tier."""
    changed = total = 0
    for request in requests:
        tier = decide(request.text).tier
        tiers = [decide(slip).tier for slip in slips(request.text)]
        changed += sum(t != tier for t in tiers)
        total += len(tiers)
    return changed / total


def _swap(word: str, at: int) -> str:
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
