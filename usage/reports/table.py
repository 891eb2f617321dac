"""The facts as lines of a file: a line per month, client, task type and tier, in exact USD."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from routerproject.shared.money import usd_text
from usage.reports.facts import Facts, Key, Step
from usage.reports.groups import Groups
from usage.reports.names import Names

COUNTS: Final = ("requests", "answered", "kept", "by_rule")
LEVERS: Final = (
    *("saved", "prompt_cache", "routing", "response_cache", "batch"),
    *("classifier", "speculation", "escalation", "checking", "retries"),
)
GROUP_HEADER: Final = (
    *("label", "reference", "requests", "cost_usd", "uniform_opus_usd"),
    *("first_request", "last_request"),
)


STEP_HEADER: Final = ("step", "change_usd", "sum_usd", "note")


def header(tiers: Sequence[str]) -> list[str]:
    """Return the names of the columns of `lines`."""
    return [
        *("month", "tenant", "client", "department", "task_type", "tier", *COUNTS, "cost_usd"),
        *(f"uniform_{tier}_usd" for tier in tiers),
        *(f"{name}_usd" for name in LEVERS),
    ]


def lines(rows: Mapping[Key, Facts], names: Names, tiers: Sequence[str]) -> Iterator[list[Any]]:
    """Return a line per month, client, task type and tier; its levers add up to its cost."""
    for key, facts in sorted(rows.items()):
        named = names.of(key.client_id)
        money = (
            facts.cost,
            *(facts.uniform.get(tier, 0) for tier in tiers),
            *(getattr(facts, name) for name in LEVERS),
        )
        yield [
            *(f"{key.month:%Y-%m}", named.tenant, named.client, named.department),
            *(key.task_type, key.tier, *(getattr(facts, name) for name in COUNTS)),
            *map(usd_text, money),
        ]


def group_lines(found: Groups) -> Iterable[list[Any]]:
    """Return a line per session or journey."""
    for each in found.shown:
        yield [
            *(each.label, each.reference, each.requests),
            *map(usd_text, (each.cost, each.opus)),
            *(each.first_at.isoformat(), each.last_at.isoformat()),
        ]


def step_lines(steps: Iterable[Step]) -> Iterator[list[Any]]:
    """Return a line per step of the waterfall."""
    for step in steps:
        yield [step.title, usd_text(step.amount), usd_text(step.after), step.note]
