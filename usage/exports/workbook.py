"""XLSX files, by openpyxl. Imported by the worker alone: a gateway process needs none of it."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from tempfile import TemporaryFile
from typing import IO, Any, Final

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font

from routerproject.shared.spreadsheet import neutral

MOST_TEXT: Final = 32_000  # characters of one cell; the format takes 32,767
USD_FORMAT: Final = "0.000000000"


class Book:
    """A workbook that is written row by row, so that its size does not matter."""

    def __init__(self) -> None:
        self._book = Workbook(write_only=True)

    def sheet(self, title: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Add a sheet; columns that end with `_usd` hold numbers with nine decimals."""
        sheet = self._book.create_sheet(title)
        sheet.freeze_panes = "A2"
        sheet.append([self._head(sheet, name) for name in header])
        is_money = [name.endswith("_usd") for name in header]
        for row in rows:
            cells = zip(row, is_money, strict=True)
            sheet.append([self._money(sheet, x) if usd else _plain(x) for x, usd in cells])

    def pieces(self, size: int) -> Iterator[bytes]:
        """Return the file in pieces."""
        with TemporaryFile() as file:
            self._book.save(file)
            file.seek(0)
            yield from _pieces(file, size)

    def _head(self, sheet: Any, name: str) -> Any:
        cell = WriteOnlyCell(sheet, value=name)
        cell.font = Font(bold=True)
        return cell

    def _money(self, sheet: Any, usd: str) -> Any:
        cell = WriteOnlyCell(sheet, value=Decimal(usd))
        cell.number_format = USD_FORMAT
        return cell


def _plain(value: Any) -> Any:
    """Return a cell that is no formula and holds nothing that the format forbids."""
    if not isinstance(value, str):
        return value
    return neutral(ILLEGAL_CHARACTERS_RE.sub("", value)[:MOST_TEXT])


def _pieces(file: IO[bytes], size: int) -> Iterator[bytes]:
    while piece := file.read(size):
        yield piece
