"""CSV files that people open in spreadsheets: a cell is never taken for a formula."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.http import HttpResponse

# A cell that begins with one of these, also behind blanks, quotes or in full width, may be run.
STARTS_FORMULA = tuple("=+-@\t\r\n＝＋－＠")  # noqa: RUF001 (full-width forms are meant)
AMOUNT = re.compile(r"-[0-9]+\.[0-9]{9}")  # exact USD below zero: a number to every spreadsheet
SKIPPED = " \u00a0\u3000\ufeff\"'`"  # what spreadsheets drop before they look


class _Echo:
    """A file that gives back what is written to it."""

    def write(self, text: str) -> str:
        return text


def neutral(value: Any) -> Any:
    """Return a cell that no spreadsheet runs as a formula: text gets an apostrophe in front."""
    if not isinstance(value, str) or AMOUNT.fullmatch(value):
        return value
    is_formula = value.startswith(STARTS_FORMULA) or value.lstrip(SKIPPED).startswith(
        STARTS_FORMULA
    )
    return f"'{value}" if is_formula else value


def csv_lines(header: Sequence[str], rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    """Return the lines of a CSV file (RFC 4180)."""
    writer = csv.writer(_Echo())
    yield writer.writerow(header)
    for row in rows:
        yield writer.writerow([neutral(cell) for cell in row])


def csv_response(name: str, header: Sequence[str], rows: Iterable[Iterable[Any]]) -> HttpResponse:
    """Return a download of a CSV file."""
    return HttpResponse(
        csv_lines(header, rows),
        content_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{name}.csv"',
            "Cache-Control": "no-store",
        },
    )
