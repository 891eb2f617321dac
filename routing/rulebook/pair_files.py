"""Comorbidity pairs as a CSV file: for a medical director to look through, and back again."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction

from routing.models import ComorbidityPair
from usage import audit

COLUMNS = ("first", "second", "name", "severity", "watch", "is_published")
NEEDED = COLUMNS[:4]
MOST_ROWS = 5_000
MOST_PROBLEMS = 20
YES, NO = "yes", "no"


class Unfit(ValueError):
    """A file that cannot be taken; `problems` says why, by line."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__(" ".join(self.problems))


def rows_of(pairs: Iterable[ComorbidityPair]) -> Iterator[tuple[str, ...]]:
    """Yield the cells of pairs, in the order of COLUMNS."""
    for each in pairs:
        marked = YES if each.is_published else NO
        yield (each.first, each.second, each.name, each.severity, each.watch, marked)


@transaction.atomic
def take(content: bytes, *, by: User | None) -> int:
    """Keep the pairs of a file as drafts, known ones in place of what they were.

    Returns how many were added or changed; pairs that the file does not name stay. Raises Unfit
    with every bad line, and then nothing is kept.
    """
    known = {row.slug: row for row in ComorbidityPair.objects.select_for_update()}
    lines: dict[str, int] = {}
    problems: list[str] = []
    changed = []
    for number, cells in enumerate(_read(content), 2):
        pair = _pair(cells)
        try:
            pair.clean()
            pair.clean_fields(exclude=["id"])
        except ValidationError as wrong:
            problems += (f"Line {number}: {each}" for each in wrong.messages)
            continue
        if pair.slug in lines:
            problems.append(f"Line {number}: the pair of line {lines[pair.slug]} again.")
        lines.setdefault(pair.slug, number)
        old = known.get(pair.slug)
        if old is None or _decided(old) != _decided(pair):
            pair.pk = old.pk if old else None
            changed.append(pair)
    if problems:
        raise Unfit(problems[:MOST_PROBLEMS])
    for pair in changed:
        pair.save(force_insert=pair.pk is None, force_update=pair.pk is not None)
    audit.append_now(
        tenant_id=audit.INSTALLATION,
        kind="comorbidity-pairs-imported",
        record={"pairs": len(lines), "changed": len(changed)},
        actor=by.get_username() if by else "installation",
    )
    return len(changed)


def _decided(pair: ComorbidityPair) -> dict[str, object]:
    return {**pair.content(), "is_published": pair.is_published}


def _pair(cells: Mapping[str, str]) -> ComorbidityPair:
    texts = {name: (cells.get(name) or "").strip() for name in COLUMNS}
    marked = texts.pop("is_published").lower()
    return ComorbidityPair(**texts, is_published=marked != NO)


def _read(content: bytes) -> list[dict[str, str]]:
    if b"\0" in content:
        raise Unfit(["This is no CSV file: it holds a NUL character."])
    try:
        rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    except (UnicodeDecodeError, csv.Error) as error:
        raise Unfit(["This is no CSV file in UTF-8."]) from error
    if not rows or len(rows) > MOST_ROWS:
        raise Unfit([f"A file holds a header and 1 to {MOST_ROWS:,} pairs."])
    if missing := set(NEEDED) - set(rows[0]):
        raise Unfit([f"The header lacks {', '.join(sorted(missing))}."])
    return rows
