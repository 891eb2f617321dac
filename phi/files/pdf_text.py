"""What a PDF says. The library that reads it is loaded by the worker process alone, when one comes:
it takes 8 MB, which web processes do not pay."""

from dataclasses import dataclass
from importlib import import_module
from typing import Final, cast

_READER: Final = "phi.files.pdf"


@dataclass(frozen=True, slots=True, repr=False)
class PdfText:
    """What can be read in a PDF; `pages_without_text` counts from 1."""

    text: str
    pages_without_text: tuple[int, ...]

    @property
    def is_readable(self) -> bool:
        return bool(self.text)


def read(data: str) -> PdfText:
    """Return the text of a PDF in base64, as phi.files.pdf reads it; raises as that does."""
    return cast(PdfText, import_module(_READER).read(data))
