"""PDFs made by hand for tests, good and hostile: the fewest objects that readers accept."""

import io
import zlib
from base64 import b64encode
from collections.abc import Sequence

from pypdf import PdfReader, PdfWriter


def pdf(pages: Sequence[str], *, streams: Sequence[bytes] = (), kids: str = "") -> bytes:
    """Return a PDF with a text per page, or with these content streams, packed."""
    contents = [*map(_drawing, pages), *streams]
    numbers = range(4, 4 + 2 * len(contents), 2)
    kids = kids or _references(numbers)
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: f"<< /Type /Pages /Count {len(contents)} /Kids [{kids}] >>".encode(),
        3: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    }
    for number, content in zip(numbers, contents, strict=True):
        objects[number] = (
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents {number + 1} 0 R"
            " /Resources << /Font << /F1 3 0 R >> >> >>"
        ).encode()
        packed = zlib.compress(content, 9)
        head = f"<< /Length {len(packed)} /Filter /FlateDecode >>\nstream\n".encode()
        objects[number + 1] = head + packed + b"\nendstream"
    return _file(objects)


def locked(content: bytes, password: str) -> bytes:
    """Return a PDF encrypted under a password; an empty one is asked of nobody."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(content)))
    writer.encrypt(password, "the owner's", algorithm="AES-256")
    return _written(writer)


def with_secrets(content: bytes) -> bytes:
    """Return a PDF with metadata and an attachment."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(content)))
    writer.add_metadata({"/Author": "Zephyrine Quillfeather", "/Title": "MRN 482913"})
    writer.add_attachment("quillfeather.txt", b"Zephyrine Quillfeather")
    return _written(writer)


def base64(content: bytes) -> str:
    return b64encode(content).decode()


def block(content: bytes) -> dict[str, object]:
    """Return a document block of the messages schema."""
    source = {"type": "base64", "media_type": "application/pdf", "data": base64(content)}
    return {"type": "document", "source": source}


def _drawing(text: str) -> bytes:
    lines = "".join(f"({line}) Tj 0 -14 Td " for line in text.splitlines())
    return f"BT /F1 12 Tf 40 760 Td {lines} ET".encode() if text else b""


def _references(numbers: Sequence[int]) -> str:
    return " ".join(f"{number} 0 R" for number in numbers)


def _file(objects: dict[int, bytes]) -> bytes:
    out, offsets = io.BytesIO(b"%PDF-1.7\n"), {}
    out.seek(0, io.SEEK_END)
    for number, content in sorted(objects.items()):
        offsets[number] = out.tell()
        out.write(b"%d 0 obj\n%b\nendobj\n" % (number, content))
    start, size = out.tell(), max(objects) + 1
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % size)
    for number in range(1, size):
        out.write(b"%010d 00000 n \n" % offsets[number])
    out.write(b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (size, start))
    return out.getvalue()


def _written(writer: PdfWriter) -> bytes:
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()
