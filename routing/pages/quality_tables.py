"""The tables of the page of quality, as a person and a spreadsheet read them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from routing.classify.training.labelled import TIERS
from routing.evaluation.estimates import Estimate, WeightedShare
from routing.evaluation.settled import Settled
from routing.models import DriftCheck


@dataclass(frozen=True, slots=True)
class Table:
    """One table: what a page and a file show alike."""

    name: str
    title: str
    heads: Sequence[str]
    lines: Sequence[Sequence[Any]]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    title: str
    value: str
    note: str


def cards(estimate: Estimate) -> list[Card]:
    """Return the shares of a period with their intervals; none without any reading."""
    if not estimate.read:
        return []
    shares = (
        ("Right", estimate.correct),
        ("Under-routed", estimate.under),
        ("Over-routed", estimate.over),
        ("Too low, a risk to safety", estimate.safety),
    )
    return [Card(title, f"{percent(s.value)} %", f"95 %: {interval(s)} %") for title, s in shares]


def tables(found: Settled) -> Iterator[Table]:
    """Yield all tables of a period."""
    yield _trend(found)
    yield _confusion(found)
    yield _calibration(found)
    yield _stages(found)
    yield _drift(found.drift)


def percent(share: float) -> str:
    return f"{100 * share:.1f}"


def interval(share: WeightedShare) -> str:
    low, high = share.interval
    return f"{percent(low)} to {percent(high)}"


def _trend(found: Settled) -> Table:
    heads = ("Begins", "Read", "Right (%)", "95 %", "Under (%)", "95 %", "Over (%)", "95 %")
    lines = [
        (
            begin.date().isoformat(),
            each.read,
            *(percent(each.correct.value), interval(each.correct)),
            *(percent(each.under.value), interval(each.under)),
            *(percent(each.over.value), interval(each.over)),
        )
        for begin, each in reversed(list(found.trend.items()))
    ]
    return Table("trend", "Under- and over-routed", heads, lines)


def _confusion(found: Settled) -> Table:
    lines = [
        (
            needed,
            *(percent(row[chosen].share) for chosen in TIERS),
            *(row[chosen].read for chosen in TIERS),
        )
        for needed, row in found.confusion.items()
    ]
    heads = (
        "Needed",
        *(f"{tier} answered (%)" for tier in TIERS),
        *(f"{tier} read" for tier in TIERS),
    )
    note = "Percent of all decisions, as the weights say, and how many of each were read."
    return Table("confusion", "Needed tier by the tier that answered", heads, lines, note)


def _calibration(found: Settled) -> Table:
    heads = ("Stated (%)", "High enough (%)", "95 %", "Read")
    lines = [
        (percent(b.stated), percent(b.right.value), interval(b.right), b.right.read)
        for b in found.bins
    ]
    note = f"Expected calibration error: {percent(found.calibration_error)} %." if lines else ""
    return Table("calibration", "Stated confidence and what came true", heads, lines, note)


def _stages(found: Settled) -> Table:
    total = sum(stage.decisions for stage in found.stages) or 1
    heads = ("Stage", "Decisions", "Share (%)", "p50 (ms)", "p95 (ms)")
    lines = [
        (
            stage.source,
            stage.decisions,
            percent(stage.decisions / total),
            *("" if ms is None else f"{ms:.2f}" for ms in (stage.p50_ms, stage.p95_ms)),
        )
        for stage in found.stages
    ]
    note = (
        "The newest 100,000 decisions of the period. Times run from sanitized text to the decision "
        "of the local stages; waiting for a small model is not in them."
    )
    return Table("stages", "Which stage decided, and how fast", heads, lines, note)


def _drift(check: DriftCheck | None) -> Table:
    heads = ("What decisions look at", "PSI")
    shifts = check.shifts if check else []
    lines = [(feature, f"{value:.3f}") for feature, value in shifts]
    if check:
        absent = f"{percent(check.absent_then)} then, {percent(check.absent_now)} now"
        lines.append(("no task type (%)", absent))
    return Table("drift", "Have requests become others?", heads, lines)
