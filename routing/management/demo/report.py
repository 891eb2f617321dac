"""The cost report: every figure is computed from the replies."""

import csv
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from routerproject.shared.money import usd_text
from routing.management.demo.sending import Outcome

TIERS = ("rule", "haiku", "sonnet", "opus")
COLUMNS = (
    *("id", "task_type", "tier", "model", "input_tokens", "output_tokens"),
    *("cost_usd", "uniform_opus_usd", "latency_ms", "identifiers_masked", "problem"),
)


def show(console: Console, outcomes: Sequence[Outcome]) -> None:
    """Print the groups, the totals and one line per request."""
    answered = [each for each in outcomes if each.is_answered]
    console.print("\nCost report\n")
    console.print(f"{len(outcomes)} requests, {len(answered)} answered")
    for part in (
        _groups("tier", answered, lambda each: each.tier),
        _groups("model", answered, lambda each: each.model),
        _totals(answered),
        _lines(answered),
    ):
        console.print()
        console.print(part)
    for outcome in outcomes:
        if outcome.problem:
            console.print(f"not answered: {outcome.request.id}: {escape(outcome.problem)}")


def write_csv(path: Path, outcomes: Sequence[Outcome]) -> None:
    """Write one row per request."""
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(COLUMNS)
        rows.writerows(_row(each) for each in outcomes)


def total(outcomes: Sequence[Outcome], part: str) -> int:
    """Return the sum of a part of the replies' cost, in nano-USD."""
    return sum(each.money(part) for each in outcomes)


def percent(part: int, whole: int) -> str:
    """Return a share with one decimal place."""
    if not whole:
        return "-"
    return f"{(Decimal(part) * 100 / Decimal(whole)).quantize(Decimal('0.1'))} %"


def _totals(answered: Sequence[Outcome]) -> Table:
    """Return the cost beside what it would have been on Opus alone."""
    actual, opus = total(answered, "total_usd"), total(answered, "uniform_opus_usd")
    classifier = total(answered, "classifier_usd")
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_row("actual cost", _dollars(actual), f"of it classifier {_dollars(classifier)}")
    table.add_row("all on Opus", _dollars(opus), "estimate: the same tokens at the Opus price")
    table.add_row("saved", _dollars(opus - actual), percent(opus - actual, opus))
    return table


def _groups(name: str, answered: Sequence[Outcome], key: Callable[[Outcome], str]) -> Table:
    """Return the requests and the cost of each tier or model, with their shares."""
    table = Table(box=None, pad_edge=False)
    table.add_column(name, no_wrap=True, min_width=28)
    for title in ("requests", "share", "cost USD", "share"):
        table.add_column(title, justify="right", no_wrap=True)
    whole = total(answered, "total_usd")
    for group in sorted({key(each) for each in answered}, key=lambda each: _rank(each)):
        members = [each for each in answered if key(each) == group]
        cost = total(members, "total_usd")
        table.add_row(
            group,
            str(len(members)),
            percent(len(members), len(answered)),
            usd_text(cost),
            percent(cost, whole),
        )
    return table


def _rank(group: str) -> tuple[int, str]:
    ranks = [rank for rank, tier in enumerate(TIERS) if tier in group]
    return (ranks[0] if ranks else len(TIERS), group)


def _lines(answered: Sequence[Outcome]) -> Table:
    table = Table(box=None, pad_edge=False)
    for title in ("id", "task type", "tier", "model"):
        table.add_column(title, no_wrap=True)
    for title in ("in", "out", "cost USD", "ms", "masked"):
        table.add_column(title, justify="right", no_wrap=True)
    for each in answered:
        table.add_row(
            each.request.id,
            each.task_type,
            each.tier,
            each.model,
            str(each.input_tokens),
            str(each.output_tokens),
            usd_text(each.money("total_usd")),
            f"{each.latency_ms:.0f}",
            str(each.masked),
        )
    return table


def _row(outcome: Outcome) -> tuple[object, ...]:
    if not outcome.is_answered:
        asked = outcome.request
        return (asked.id, asked.declared or "", *[""] * 8, outcome.problem)
    return (
        *(outcome.request.id, outcome.task_type, outcome.tier, outcome.model),
        *(outcome.input_tokens, outcome.output_tokens),
        *(usd_text(outcome.money("total_usd")), usd_text(outcome.money("uniform_opus_usd"))),
        *(f"{outcome.latency_ms:.3f}", outcome.masked, ""),
    )


def _dollars(nano: int) -> str:
    return f"${usd_text(nano)}"
