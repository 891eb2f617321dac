"""Values in SQL and in queries of addresses: the column or parameter name decides."""

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from phi.detect.fields import EMPTY_VALUES, decided_by
from phi.detect.recognizer import Hit, compiled
from phi.detect.view import View

_LITERAL = re.compile(
    r"'((?:[^']|''){1,400})'|\"([^\"]{1,400})\"|(-?\d[\d.]*)|([A-Za-z_]\w*(?:\([^()]*\))?)"
)
_COLUMN = re.compile(r"[`\"\[]?([A-Za-z_][A-Za-z0-9_]*)[`\"\]]?")


class Inserts:
    """INSERT INTO table (columns) VALUES (...), (...)."""

    name = "field"
    category = "name"
    pattern = (
        (
            r"(?is)\binsert\s+into\s+[\w.`\"\[\]]{1,120}\s*\(([^()]{1,2000})\)\s*values\s*"
            r"((?:\((?:[^()']|'[^']*'|\([^()]*\)){1,8000}\)\s*,?\s*){1,1000})"
        )
        .replace("{1,8000}", "*")
        .replace("{1,1000}", "+")
        .replace("{1,2000}", "+")
    )

    @cached_property
    def program(self) -> Any:
        return compiled(self.pattern)

    def hits(self, view: View) -> Iterator[Hit]:
        for match in self.program.finditer(view.octets):
            columns = [
                decided_by(column[1]) for column in _COLUMN.finditer(view.text, *match.span(1))
            ]
            index = 0
            depth_starts = match.start(2)
            for literal in _VALUES.finditer(view.text, depth_starts, match.end(2)):
                if literal[0] == "(":
                    index = 0
                elif literal[0] == ",":
                    index += 1
                elif literal[0] != ")" and index < len(columns) and columns[index]:
                    yield from _value(literal, columns[index])


_VALUES = re.compile(rf"[(),]|{_LITERAL.pattern}")


def _value(literal: re.Match[str], decided: tuple[str, str] | None) -> Iterator[Hit]:
    group = next((number for number in (1, 2, 3) if literal[number] is not None), 0)
    if not group or decided is None:
        return
    value = literal[group].strip("% ")
    if len(value) < 2 or value.lower() in EMPTY_VALUES:
        return
    start = literal.start(group) + literal[group].index(value)
    yield Hit(start, start + len(value), *decided, "field", 1.0)


class Comparisons:
    """column = 'value', column LIKE '%value%', column IN ('a', 'b'), SET column = 'value'."""

    name = "field"
    category = "name"
    pattern = (
        r"(?i)\b([a-z_][a-z0-9_]*)[`\"\]]?\s*(?:=|<>|!=|(?:not\s+)?i?like|(?:not\s+)?in|>=?|<=?|"
        r"between)\s*(\(\s*(?:'[^']*'\s*,?\s*)+\)|'[^'\n]+'(?:\s+and\s+'[^'\n]+')?)"
    )

    @cached_property
    def program(self) -> Any:
        return compiled(self.pattern)

    def hits(self, view: View) -> Iterator[Hit]:
        for match in self.program.finditer(view.octets):
            decided = decided_by(match.group(1).decode("latin-1"))
            if decided:
                for literal in _LITERAL.finditer(view.text, *match.span(2)):
                    yield from _value(literal, decided)


class Parameters:
    """name=value pairs of an address or a form: ?last_name=Doe&mrn=123."""

    name = "field"
    category = "name"
    pattern = r"(?:[?&;]|\b)([A-Za-z][A-Za-z0-9_.-]{1,30})=([^\s&=;,\"'<>()\[\]{}|]{2,120})"

    @cached_property
    def program(self) -> Any:
        return compiled(self.pattern)

    def hits(self, view: View) -> Iterator[Hit]:
        for match in self.program.finditer(view.octets):
            decided = decided_by(match.group(1).decode("latin-1"))
            start, end = match.span(2)
            if decided and view.lower[start:end].strip(".") not in EMPTY_VALUES:
                yield Hit(start, end, *decided, "field", 1.0)


INSERTS = Inserts()
COMPARISONS = Comparisons()
PARAMETERS = Parameters()
