"""The text of a PDF, within bounds of size, pages, memory and time, or a clear refusal.

Nothing else of the file is looked at: page images, metadata, attachments and scripts stay behind.
What is cut short could mislead whoever reads the answer, so a document over a bound is refused, and
each page without text is named in its place. Run it in the worker process (phi.offload), whose
watchdog ends what no bound here ends.
"""

import io
import logging
import re
import time
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Iterator
from typing import Final

from pypdf import Configuration, PdfReader, apply_configuration
from pypdf.errors import LimitReachedError

from phi.errors import PhiBlocked
from phi.files.pdf_text import PdfText

MOST_PAGES: Final = 300
MOST_CHARACTERS: Final = 600_000
MOST_SECONDS: Final = 5.0
MOST_UNPACKED_BYTES: Final = 10_000_000  # of one stream
MOST_OPERATIONS: Final = 200_000  # of one stream; a dense page has some thousands
LEAST_LETTERS: Final = 2  # of a page that has text
MOST_UNREADABLE: Final = 0.1  # of the characters
MAGIC: Final = b"%PDF-"
MAGIC_WITHIN: Final = 1_024  # bytes; readers accept so much before it

# The library's warnings quote the file.
_log = logging.getLogger("pypdf")
_log.addHandler(logging.NullHandler())
_log.propagate = False

_LIMITS: Final = Configuration(
    maximum_declared_stream_length=MOST_UNPACKED_BYTES,
    array_based_stream_maximum_output_length=MOST_UNPACKED_BYTES,
    lzw_maximum_output_length=MOST_UNPACKED_BYTES,
    run_length_maximum_output_length=MOST_UNPACKED_BYTES,
    zlib_maximum_output_length=MOST_UNPACKED_BYTES,
    brotli_maximum_output_length=MOST_UNPACKED_BYTES,
    stream_decoding_work_maximum_length=2 * MOST_UNPACKED_BYTES,
    stream_parsing_work_maximum_count=MOST_OPERATIONS,
    xform_maximum_invocations_per_extraction=1_000,
    page_tree_maximum_page_entries=100_000,
)
_GLYPH_NAMES: Final = re.compile(r"/[A-Za-z]{0,4}\d{1,5}|\(cid:\d+\)")
_FRACTIONS: Final = re.compile(r"(?<![\w/])\d{1,4}(?:/\d{1,4}){1,2}(?![\w/])")  # days, 120/80


def read(data: str) -> PdfText:
    """Return the text of a PDF in base64; none when no page has any.

    Raises PhiBlocked with the reason `document-malformed`, `document-encrypted`,
    `document-too-long` or `document-too-complex`.
    """
    try:
        with apply_configuration(_LIMITS):
            return _read(_bytes_of(data), time.monotonic() + MOST_SECONDS)
    except PhiBlocked:
        raise
    except (LimitReachedError, MemoryError, RecursionError, TimeoutError):
        raise PhiBlocked(reasons=["document-too-complex"]) from None
    except Exception:  # noqa: BLE001 - whatever a broken file raises, its text may quote the file
        raise PhiBlocked(reasons=["document-malformed"]) from None


def _bytes_of(data: str) -> bytes:
    try:
        content = b64decode(data, validate=True)
    except NotBase64:
        raise PhiBlocked(reasons=["document-malformed"]) from None
    if MAGIC not in content[:MAGIC_WITHIN]:
        raise PhiBlocked(reasons=["document-malformed"])
    return content


def _read(content: bytes, ends_at: float) -> PdfText:
    reader = PdfReader(io.BytesIO(content))
    if reader.is_encrypted and not reader.decrypt(""):
        raise PhiBlocked(reasons=["document-encrypted"])
    if len(reader.pages) > MOST_PAGES:
        raise PhiBlocked(reasons=["document-too-long"])
    pages = list(_pages(reader, ends_at))
    without = tuple(number for number, text in enumerate(pages, 1) if not text)
    parts = [
        text or f"[No readable text on page {number}.]" for number, text in enumerate(pages, 1)
    ]
    fields = _filled_in(reader)
    if len(without) == len(pages) and not fields:
        return PdfText("", without)
    text = "\n\n".join([*parts, *([fields] if fields else [])])
    if len(text) > MOST_CHARACTERS:
        raise PhiBlocked(reasons=["document-too-long"])
    return PdfText(text, without)


def _pages(reader: PdfReader, ends_at: float) -> Iterator[str]:
    """Yield the text of each page, empty for one that has none."""
    length = 0
    for page in reader.pages:
        if time.monotonic() > ends_at:
            raise TimeoutError
        text = page.extract_text().strip()
        length += len(text)
        if length > MOST_CHARACTERS:
            raise PhiBlocked(reasons=["document-too-long"])
        yield text if _is_readable(text) else ""


def _is_readable(text: str) -> bool:
    """Tell whether a page's text is text. A font that maps to no letters gives codes or glyph
    names, in which no identifier could be found, though somebody could read them back."""
    letters = sum(map(str.isalnum, text))
    strange = sum(not (character.isprintable() or character.isspace()) for character in text)
    strange += sum("\ue000" <= character <= "\uf8ff" or character == "\ufffd" for character in text)
    strange += sum(len(name) for name in _GLYPH_NAMES.findall(_FRACTIONS.sub("", text)))
    return letters >= LEAST_LETTERS and strange <= MOST_UNREADABLE * len(text)


def _filled_in(reader: PdfReader) -> str:
    """Return what was filled into the fields of a form, which is not part of its pages."""
    fields = reader.get_form_text_fields() or {}
    return "\n".join(f"{name}: {value}" for name, value in fields.items() if value)
