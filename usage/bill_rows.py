"""Reading a provider's usage report: a CSV with a row per model and bucket of time."""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Final, TextIO

from routerproject.shared.money import from_usd
from usage.pricing import TokenCounts

# The names of Anthropic's usage report (GET /v1/organizations/usage_report/messages).
COLUMNS: Final = {
    "uncached_input_tokens": "input_tokens",
    "cache_creation_ephemeral_5m_input_tokens": "cache_creation_5m_input_tokens",
    "cache_creation_ephemeral_1h_input_tokens": "cache_creation_1h_input_tokens",
    "cache_read_input_tokens": "cache_read_input_tokens",
    "output_tokens": "output_tokens",
}
HEADER: Final = ("starting_at", "ending_at", "model", *COLUMNS)
CURRENCY: Final = "USD"
AMOUNT: Final = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")  # a number and nothing that could be run
MOST_TOKENS: Final = 10**15
MOST_MODEL: Final = 200  # characters
MOST_ROWS: Final = 50_000_000
MOST_LINE: Final = 10_000  # characters
EARLIEST: Final = datetime(2020, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(9000, 1, 1, tzinfo=UTC)


class BadReport(ValueError):
    """The report cannot be read; the message names the row. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """What a report says one model used from `start` until before `end`."""

    row: int  # of the report, from 1 for the first one below its header
    start: datetime
    end: datetime
    model: str  # as the provider calls it
    tokens: TokenCounts
    billed: int | None = None  # nano-USD, where the report has the column amount_usd


def lines_of(file: TextIO) -> Iterator[str]:
    """Return the lines of a file, never more than one bounded line in memory. Raises BadReport."""
    for number in count(1):
        line = file.readline(MOST_LINE + 1)
        if not line:
            return
        if len(line) > MOST_LINE:
            raise BadReport(f"Line {number} of the file is longer than {MOST_LINE:,} characters.")
        yield line


def rows(lines: Iterable[str]) -> Iterator[Bucket]:
    """Return the buckets of a CSV with the columns of HEADER, one by one. Raises BadReport."""
    found = csv.reader(lines, strict=True)
    number = 0
    try:
        header = tuple(name.strip() for name in next(found, ()))
        if missing := [name for name in HEADER if name not in header]:
            raise BadReport(f"The header lacks {', '.join(missing)}.")
        if len(set(header)) < len(header):
            raise BadReport("The header has a column twice.")
        for number, row in enumerate(found, start=1):
            if number > MOST_ROWS:
                raise BadReport(f"There are more than {MOST_ROWS} rows: send the report in parts.")
            yield _bucket(number, header, row)
    except (csv.Error, UnicodeDecodeError) as error:
        raise BadReport(f"Row {number + 1} or its file is not CSV in UTF-8.") from error


def read(lines: Iterable[str]) -> list[Bucket]:
    """Return the buckets of a CSV of which no two overlap. Raises BadReport."""
    found = list(rows(lines))
    _refuse_overlaps(found)
    return found


def _bucket(number: int, header: Sequence[str], row: Sequence[str]) -> Bucket:
    if len(row) != len(header):
        raise BadReport(f"Row {number} has {len(row)} fields, the header {len(header)}.")
    given = dict(zip(header, (field.strip() for field in row), strict=True))
    start, end = (_moment(number, name, given[name]) for name in ("starting_at", "ending_at"))
    if end <= start:
        raise BadReport(f"Row {number} ends before it begins.")
    if not 0 < len(given["model"]) <= MOST_MODEL or "\0" in given["model"]:
        raise BadReport(f"Row {number} names no model.")
    counts = {kind: _count(number, name, given[name]) for name, kind in COLUMNS.items()}
    return Bucket(number, start, end, given["model"], TokenCounts(**counts), _billed(number, given))


def _billed(number: int, given: Mapping[str, str]) -> int | None:
    """Return what a row says its tokens cost, in nano-USD; None without such a column."""
    if given.get("currency", CURRENCY).upper() != CURRENCY:
        raise BadReport(f"Row {number} is in another currency than {CURRENCY}.")
    if "amount_usd" not in given:
        return None
    amount = given["amount_usd"]
    if not AMOUNT.fullmatch(amount):
        raise BadReport(f"Row {number}: amount_usd is no amount of USD.")
    return from_usd(amount)


def _moment(number: int, name: str, text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadReport(f"Row {number}: {name} is no moment (RFC 3339).") from None
    if moment.tzinfo is None:
        raise BadReport(f"Row {number}: {name} has no time zone.")
    if not EARLIEST <= moment < LATEST:
        raise BadReport(f"Row {number}: {name} is no time of any call.")
    return moment


def _count(number: int, name: str, text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 16 or int(text) > MOST_TOKENS:
        raise BadReport(f"Row {number}: {name} is no number of tokens.")
    return int(text)


def _refuse_overlaps(buckets: Sequence[Bucket]) -> None:
    """Two rows for the same moment would count its calls twice; a row that came twice is one."""
    last: dict[str, Bucket] = {}
    for bucket in sorted(buckets, key=lambda each: each.start):
        before = last.get(bucket.model)
        if before and bucket.start < before.end:
            raise BadReport(f"Rows {before.row} and {bucket.row} overlap.")
        last[bucket.model] = bucket
