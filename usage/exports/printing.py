"""Statements on paper, by reportlab. Imported by the worker alone."""

import io
from collections.abc import Iterable, Sequence
from typing import Any, Final
from unicodedata import normalize
from xml.sax.saxutils import escape

from reportlab import rl_config
from reportlab.lib import colors
from reportlab.lib.pagesizes import LETTER
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.lib.units import inch
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import LongTable, Paragraph, SimpleDocTemplate, Spacer, TableStyle

from routerproject.shared.figures import exact_usd
from usage.closing.statement import Part, Statement
from usage.models import Adjustment

# The fonts of the format have no letters beyond Western Europe's; this one comes with the library.
FONT: Final = "Vera"
MARGIN: Final = 0.8 * inch
LOOK: Final = TableStyle(
    [
        ("FONT", (0, 0), (-1, -1), FONT, 8),
        ("LINEBELOW", (0, 0), (-1, 0), 0.8, colors.black),
        ("LINEBELOW", (0, 1), (-1, -1), 0.25, colors.lightgrey),
        ("ALIGN", (2, 0), (-1, -1), "RIGHT"),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ]
)
ADJUSTMENT_WIDTHS: Final = tuple(each * inch for each in (1.1, 1.2, 0.7, 1.3, 1.7, 1.1))
ADJUSTMENT_HEADS: Final = (
    *("Department", "Client", "Of month", "Bill's line", "Why (by whom)", "Change (USD)"),
)
WIDTHS: Final = (2.1 * inch, 2.3 * inch, 0.8 * inch, 0.7 * inch, 1.2 * inch)
rl_config.invariant = 1  # the same statement gives the same bytes


def statement_pdf(statement: Statement) -> bytes:
    """Return a statement as a PDF file."""
    pdfmetrics.registerFont(TTFont(FONT, "Vera.ttf"))
    file = io.BytesIO()
    title = f"Statement {statement.month}"
    page = SimpleDocTemplate(
        file, pagesize=LETTER, title=title, author="Clinic model router",
        leftMargin=MARGIN, rightMargin=MARGIN, topMargin=MARGIN, bottomMargin=MARGIN,
    )  # fmt: skip
    page.build(_story(statement, title), onFirstPage=_number, onLaterPages=_number)
    return file.getvalue()


def _story(statement: Statement, title: str) -> list[Any]:
    sheet = getSampleStyleSheet()
    for style in (sheet["Title"], sheet["Heading2"], sheet["Normal"]):
        style.fontName = FONT
    text, head = sheet["Normal"], sheet["Heading2"]
    whom = statement.tenant or "all tenants"
    return [
        Paragraph(_text(f"{title}: {whom}"), sheet["Title"]),
        *(Paragraph(_text(line), text) for line in facts(statement)),
        Paragraph("By department", head),
        _table(statement.departments, ("Department", "Client"), statement, text),
        *_adjustments(statement, head, text),
        Paragraph("By patient journey", head),
        Paragraph(_text(_about_journeys(statement)), text),
        Spacer(1, 6),
        _table(statement.journeys, ("Department", "Journey"), None, text),
    ]


def _text(words: str) -> str:
    """Return words as a paragraph's markup, in letters that the font has.

    It lacks some of Central Europe's and Vietnam's, which are written without their marks, so that
    a name can be read. Other scripts it has not at all: those letters are boxes.
    """
    known = pdfmetrics.getFont(FONT).face.charToGlyph
    return escape(
        "".join(
            each if ord(each) in known else normalize("NFD", each)[0]
            for each in normalize("NFC", words)
        )
    )


def facts(statement: Statement) -> list[str]:
    """Return what a statement says of the whole month, sentence by sentence."""
    said = [
        f"All calls of {statement.month} (UTC): {statement.calls:,} calls,"
        f" {exact_usd(statement.cost)}.",
        f"Closed {statement.closed_at:%Y-%m-%d %H:%M} UTC by {statement.closed_by};"
        " no call of that month changes any more.",
    ]
    for bill in statement.bills:
        billed = "no amounts" if bill.billed_nano_usd is None else exact_usd(bill.billed_nano_usd)
        said.append(
            f"Held against the bill of {bill.provider}: {bill.lines:,} lines, {billed},"
            f" {bill.equal:,} of them equal."
        )
    if statement.explained:
        said.append(f"Differences that were explained: {statement.explained:,}.")
    return said


def _adjustments(statement: Statement, head: Any, text: Any) -> list[Any]:
    if not statement.adjustments:
        return []
    rows: list[list[Any]] = [[*ADJUSTMENT_HEADS]]
    for each in statement.adjustments:
        cells = [Paragraph(_text(word), text) for word in _words(each)]
        rows.append([*cells, exact_usd(each.change_nano_usd)])
    rows.append(["Calls and adjustments", "", "", "", "", exact_usd(statement.total)])
    table = LongTable(rows, colWidths=ADJUSTMENT_WIDTHS, repeatRows=1, style=LOOK)
    return [Paragraph("Adjustments of earlier months", head), table]


def _words(row: Adjustment) -> tuple[str, ...]:
    """Return whose bill a row changes, by which line of which bill, why, and both persons."""
    decided = row.decided_by.get_username() if row.decided_by else "-"
    return (
        *(row.department or "-", row.payer, f"{row.month:%Y-%m}"),
        f"{row.provider}: {row.reference}",
        f"{row.reason} ({row.proposed_by.get_username()}, {decided})",
    )


def _about_journeys(statement: Statement) -> str:
    more = statement.other_lines
    return f"{statement.journey_count:,} journeys, a line for each client of one" + (
        f"; the dearest are shown, {more:,} lines are not." if more else "."
    )


def _table(
    parts: Iterable[Part], heads: Sequence[str], whole: Statement | None, text: Any
) -> LongTable:
    rows: list[list[Any]] = [[*heads, "Requests", "Calls", "Cost (USD)"]]
    rows += [
        [
            *(Paragraph(_text(word), text) for word in (part.department or "-", part.name)),
            *(f"{part.requests:,}", f"{part.calls:,}", exact_usd(part.cost)),
        ]
        for part in parts
    ]
    if whole is not None:
        rows.append(["Total", "", "", f"{whole.calls:,}", exact_usd(whole.cost)])
    return LongTable(rows, colWidths=WIDTHS, repeatRows=1, style=LOOK)


def _number(canvas: Any, page: Any) -> None:
    canvas.setFont(FONT, 8)
    canvas.drawRightString(LETTER[0] - MARGIN, MARGIN / 2, f"Page {page.page}")
