"""Making a file, in the worker: piece by piece, with what was written so far on its row."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final
from uuid import UUID

import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import OperationalError, connection
from django.http import QueryDict

from routerproject.shared import clock
from routerproject.shared.spreadsheet import csv_lines
from usage.closing import months, statement
from usage.dashboard.filters import FilterForm, Selection
from usage.exports import cost_log, printing, requests
from usage.exports.orders import PERMISSION
from usage.exports.workbook import Book
from usage.models import Export, ExportKind, ExportPart
from usage.reports import groups, hours, ledger_facts, table
from usage.reports.facts import total, waterfall
from usage.reports.names import Names

PIECE: Final = 1_000_000  # bytes
MOST_LINES: Final = {ExportKind.REQUESTS_CSV: 1_000_000, ExportKind.REQUESTS_XLSX: 200_000}
MOST_BYTES: Final = 500_000_000
STATEMENT_TIMEOUT_MS: Final = 200_000
log = structlog.get_logger(__name__)


class Refused(Exception):
    """A file that cannot be made; the message tells its owner why."""


def make(export_id: UUID) -> None:
    """Make a file that was asked for, or keep why there is none. Begun anew, it starts afresh."""
    export = Export.objects.select_related("owner").filter(pk=export_id).first()
    if export is None or export.is_over:
        return
    try:
        with _patience():
            _write(export)
    except Refused as refused:
        _fail(export, str(refused))
    except (SoftTimeLimitExceeded, OperationalError):
        _fail(export, "The database did not answer in time: choose a shorter time.")
    except BaseException:
        _fail(export, "It was broken off. Ask for it again.")
        raise


def _write(export: Export) -> None:
    if not export.owner.is_active or not export.owner.has_perm(PERMISSION):
        raise Refused("Its owner may not see requests any more.")
    export.parts.all().delete()
    _note(export, state=Export.State.RUNNING, lines=0)
    pieces = MAKERS[ExportKind(export.kind)](export)
    size = 0
    for number, piece in enumerate(pieces):
        size += len(piece)
        if size > MOST_BYTES:
            raise Refused("The file becomes too large: choose a shorter time.")
        ExportPart.objects.create(export=export, number=number, content=piece)
    _note(export, state=Export.State.DONE, size_bytes=size, finished_at=clock.now())


def _selection(export: Export) -> Selection:
    return FilterForm(QueryDict(export.filters)).selection(export.asked_at)


def _requests(export: Export) -> Iterator[list[Any]]:
    """Return the lines of all requests, noting how far it is."""
    selection = _selection(export)
    number, most = requests.number_of(selection.scope), MOST_LINES[ExportKind(export.kind)]
    if number > most:
        raise Refused(f"{number:,} requests are too many for one file: {most:,} at most.")
    _note(export, all_lines=number)
    for page in requests.pages(selection.scope):
        yield from page
        _note(export, lines=export.lines + len(page))


def _requests_csv(export: Export) -> Iterator[bytes]:
    return _in_pieces(csv_lines(requests.HEADER, _requests(export)))


def _requests_xlsx(export: Export) -> Iterator[bytes]:
    book = Book()
    book.sheet("Requests", requests.HEADER, _requests(export))
    return book.pieces(PIECE)


def _report_xlsx(export: Export) -> Iterator[bytes]:
    selection = _selection(export)
    rows = hours.facts_of(selection.scope, selection.zone)
    tiers, book = list(ledger_facts.default_models()), Book()
    steps = waterfall(total(rows.values()))
    book.sheet("Savings", table.STEP_HEADER, table.step_lines(steps))
    book.sheet("Report", table.header(tiers), list(table.lines(rows, Names.load(), tiers)))
    for title, kind in (("Sessions", "session"), ("Journeys", "case")):
        found = groups.dearest(selection.scope, kind, limit=groups.MOST_IN_FILE)  # type: ignore[arg-type]
        book.sheet(title, table.GROUP_HEADER, table.group_lines(found))
    _note(export, lines=len(rows), all_lines=len(rows))
    return book.pieces(PIECE)


def _cost_log(export: Export) -> Iterator[bytes]:
    selection = _selection(export)
    return _in_pieces(cost_log.text_of(groups.days(selection.scope, selection.zone)))


def _statement(export: Export) -> Iterator[bytes]:
    asked = QueryDict(export.filters)
    month = months.parse(asked.get("month", ""))
    found = (
        statement.find(month, tenant=asked.get("tenant", ""), journeys=statement.PRINTED_JOURNEYS)
        if month
        else None
    )
    if found is None:
        raise Refused("This month is not closed, so it has no statement.")
    if found.tenant and found.tenant not in found.tenants:
        raise Refused("The statement of this month has no such tenant.")
    return iter([printing.statement_pdf(found)])


MAKERS: Final[Mapping[ExportKind, Callable[[Export], Iterator[bytes]]]] = {
    ExportKind.REQUESTS_CSV: _requests_csv,
    ExportKind.REQUESTS_XLSX: _requests_xlsx,
    ExportKind.REPORT_XLSX: _report_xlsx,
    ExportKind.COST_LOG: _cost_log,
    ExportKind.STATEMENT: _statement,
}


def _in_pieces(texts: Iterable[str]) -> Iterator[bytes]:
    piece = bytearray()
    for text in texts:
        piece += text.encode()
        if len(piece) >= PIECE:
            yield bytes(piece)
            piece.clear()
    yield bytes(piece)


@contextmanager
def _patience() -> Iterator[None]:
    """Let statements of the worker take longer than those that a page waits for."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET statement_timeout = {STATEMENT_TIMEOUT_MS}")
    try:
        yield
    finally:
        if connection.connection and not connection.connection.broken:
            with connection.cursor() as cursor:
                cursor.execute(f"SET statement_timeout = {settings.STATEMENT_TIMEOUT_MS}")


def _fail(export: Export, problem: str) -> None:
    export.parts.all().delete()
    log.warning("export.failed", kind=export.kind, export=str(export.pk))
    _note(export, state=Export.State.FAILED, problem=problem, finished_at=clock.now())


def _note(export: Export, **values: Any) -> None:
    for name, value in values.items():
        setattr(export, name, value)
    export.save(update_fields=[*values])
