"""Tables in a text: the name in the head of a column decides what stands below it.

CSV with commas, semicolons or tabs, Markdown tables, rows between bars. One pass over the lines.
"""

import re
from collections.abc import Iterator
from typing import Final

from phi.detect.fields import AMBIGUOUS, EMPTY_VALUES, PERSONAL, decided_by, plain_name
from phi.detect.recognizer import Hit
from phi.detect.view import View

_DELIMITERS: Final = ("|", "\t", ";", ",")
_CELLS: Final = {
    delimiter: re.compile(
        rf'[ \t]*(?:"((?:[^"\n]|"")*)"|([^{re.escape(delimiter)}\n]*))[ ]*'
        rf"({re.escape(delimiter)}|$)"
    )
    for delimiter in _DELIMITERS
}
_HEAD_CELL = re.compile(r"[*_` ]*[A-Za-z][A-Za-z0-9 _.#/()'*-]{0,39}[*_` ]*\Z")
_RULER = re.compile(r"[|:\-+= \t]+\Z")
_LONGEST_LINE = 20_000
_Cell = tuple[int, int]  # start and end of the value in its line


class Tables:
    """The recognizer of identifying columns."""

    name = "field"
    category = "name"
    # A line with two delimiters; whether its cells decide anything is seen then.
    pattern = (
        r"(?m)^[^\n|,;\t]*(?:\|[^\n|]*\||,[^\n,]*,|;[^\n;]*;|\t[^\n\t]*\t|"
        r"[A-Za-z_ ]+[,;\t|][A-Za-z_ ]+\n)"
    )

    def hits(self, view: View) -> Iterator[Hit]:
        table: _Table | None = None
        at = 0
        for line in view.text.split("\n"):
            if table is None or not table.takes(line):
                table = _table_of(line)
            else:
                yield from table.row(line, at)
            at += len(line) + 1


class _Table:
    """A table whose head was read."""

    def __init__(self, delimiter: str, columns: dict[int, tuple[str, str]], width: int) -> None:
        self._delimiter = delimiter
        self._columns = columns
        self._width = width

    def takes(self, line: str) -> bool:
        """Tell whether a line is another row (or the ruler below the head)."""
        return bool(_RULER.match(line)) or (
            line.count(self._delimiter) >= max(1, self._width - 2) and len(line) < _LONGEST_LINE
        )

    def row(self, line: str, at: int) -> Iterator[Hit]:
        if _RULER.match(line):
            return
        cells = _cells(line, self._delimiter)
        for index, (category, kind) in self._columns.items():
            if index < len(cells):
                start, end = cells[index]
                value = line[start:end]
                if _is_value(value, kind):
                    if kind == "PHONE" and "@" in value:
                        yield Hit(at + start, at + end, "email", "EMAIL", "field", 1.0)
                    else:
                        yield Hit(at + start, at + end, category, kind, "field", 1.0)


def _table_of(line: str) -> _Table | None:
    """Return the table a line is the head of."""
    if len(line) > _LONGEST_LINE:
        return None
    for delimiter in _DELIMITERS:
        if delimiter in line:
            return _headed(line, delimiter)
    return None


def _headed(line: str, delimiter: str) -> _Table | None:
    cells = [line[start:end] for start, end in _cells(line, delimiter)]
    if f"{delimiter} " not in line:  # "Tidy this: last_name,dob", no list of what to extract
        cells[0] = cells[0].rpartition(":")[2].lstrip()
    names = [cell for cell in cells if cell]
    if len(names) < 2 or not all(map(_HEAD_CELL.match, names)):
        return None
    decided = ((index, decided_by(cell)) for index, cell in enumerate(cells))
    columns = {index: found for index, found in decided if found}
    if {category for category, _ in columns.values()} & PERSONAL:
        for index, cell in enumerate(cells):
            if plain_name(cell) in AMBIGUOUS:
                columns[index] = ("name", "NAME")
    # A sentence with a comma has no two column names in it.
    if not columns or (delimiter in ",;" and len(columns) < 2 and not _is_head(names)):
        return None
    return _Table(delimiter, columns, len(cells))


def _is_head(names: list[str]) -> bool:
    return len(names) > 2 and all(len(name.split()) < 3 for name in names)


def _cells(line: str, delimiter: str) -> list[_Cell]:
    cells: list[_Cell] = []
    at = 0
    while match := _CELLS[delimiter].match(line, at):
        group = 1 if match[1] is not None else 2
        start, end = match.span(group)
        value = line[start:end]
        start += len(value) - len(value.lstrip())
        cells.append((start, max(start, start + len(value.strip()))))
        if not match[3]:
            break
        at = match.end()
    return cells


def _is_value(value: str, kind: str) -> bool:
    if len(value) < 2 or value.lower() in EMPTY_VALUES or not any(map(str.isalnum, value)):
        return False
    if kind == "DATE":
        return any(map(str.isdigit, value)) and len(value) > 4
    return True


TABLES = Tables()
