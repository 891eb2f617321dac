"""COST_LOG.md: what each session used of each tier, day by day, as a table to keep beside code."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from routerproject.shared.figures import exact_usd
from routerproject.shared.spreadsheet import neutral
from usage.reports.groups import Day

HEADER: Final = """\
# Cost log

| Date | Session | Model | Tasks | Input Tokens | Output Tokens | Est. Cost |
|------|---------|-------|-------|--------------|---------------|-----------|
"""
# What would end a cell, or be read as Markdown or HTML.
_MEANT: Final = re.compile(r"([\\`*_{}\[\]<>#|!~])")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+")


def text_of(days: Iterable[Day]) -> Iterator[str]:
    """Return the log, with a line for what all of it cost."""
    yield HEADER
    tasks = read = written = cost = 0
    for each in days:
        tasks, read = tasks + each.tasks, read + each.read_tokens
        written, cost = written + each.output_tokens, cost + each.cost
        yield (
            f"| {each.day} | {_cell(each.session)} | {_cell(each.tier)} | {each.tasks:,}"
            f" | {each.read_tokens:,} | {each.output_tokens:,} | {exact_usd(each.cost)} |\n"
        )
    yield f"| Total | | | {tasks:,} | {read:,} | {written:,} | {exact_usd(cost)} |\n"


def _cell(text: str) -> str:
    plain = _CONTROL.sub(" ", text)
    return _MEANT.sub(r"\\\1", str(neutral(plain))) or "-"
