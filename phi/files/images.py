"""Images without what a camera or a program wrote into them: place, time, owner, comments.

Only whole segments are left out; the picture itself is not decoded and stays as it was. Formats:
JPEG (ITU T.81), PNG (ISO 15948), WebP (RFC 9649). A GIF has no such notes but comments and stays.
"""

import struct
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from phi.errors import PhiBlocked

_JPEG_START, _JPEG_SCAN, _JPEG_END = 0xD8, 0xDA, 0xD9
# APP0 (JFIF), APP2 (color profile) and APP14 (color transform) say how to draw the picture.
_JPEG_DROPPED: Final = {*range(0xE1, 0xF0), 0xFE} - {0xE2, 0xEE}
_PNG_START: Final = b"\x89PNG\r\n\x1a\n"
_PNG_DROPPED: Final = {b"eXIf", b"tEXt", b"zTXt", b"iTXt", b"tIME"}
_WEBP_DROPPED: Final = {b"EXIF", b"XMP "}
_WEBP_NOTED: Final = 0b0000_1100  # the bits of VP8X that announce EXIF and XMP


def without_notes(media_type: str, data: str) -> str:
    """Return an image in base64 without its notes.

    Raises PhiBlocked when it is not what its media type says.
    """
    strip = _STRIPPERS.get(media_type)
    if strip is None:
        return data
    try:
        return b64encode(strip(b64decode(data, validate=True))).decode()
    except (NotBase64, struct.error, IndexError, ValueError):
        raise PhiBlocked(reasons=["image-malformed"]) from None


def _jpeg(content: bytes) -> bytes:
    return b"".join(_jpeg_pieces(content))


def _jpeg_pieces(content: bytes) -> Iterator[bytes]:
    if content[:2] != bytes((0xFF, _JPEG_START)):
        raise ValueError
    yield content[:2]
    at = 2
    while True:
        if content[at] != 0xFF:
            raise ValueError
        marker = content[at + 1]
        if marker == 0xFF:  # a fill byte
            at += 1
            continue
        if marker in {_JPEG_SCAN, _JPEG_END}:
            yield _until_end(content[at:])
            return
        (length,) = struct.unpack_from(">H", content, at + 2)
        if length < 2 or at + 2 + length > len(content):
            raise ValueError
        if marker not in _JPEG_DROPPED:
            yield content[at : at + 2 + length]
        at += 2 + length


def _until_end(scan: bytes) -> bytes:
    """Return the picture itself; what phones append to it (previews, clips) is left out."""
    end = scan.rfind(b"\xff\xd9")
    return scan[: end + 2] if end >= 0 else scan


def _png(content: bytes) -> bytes:
    if not content.startswith(_PNG_START):
        raise ValueError
    pieces, at = [_PNG_START], len(_PNG_START)
    while True:
        length, kind = struct.unpack_from(">I4s", content, at)
        end = at + 12 + length
        if end > len(content):
            raise ValueError
        if kind not in _PNG_DROPPED:
            pieces.append(content[at:end])
        if kind == b"IEND":
            return b"".join(pieces)
        at = end


def _webp(content: bytes) -> bytes:
    magic, length, kind = struct.unpack_from("<4sI4s", content)
    if magic != b"RIFF" or kind != b"WEBP" or length + 8 > len(content):
        raise ValueError
    pieces, at = [b"WEBP"], 12
    while at < length + 8:
        name, size = struct.unpack_from("<4sI", content, at)
        end = at + 8 + size + size % 2
        if end > length + 8:
            raise ValueError
        if name == b"VP8X":
            flags = bytes((content[at + 8] & ~_WEBP_NOTED & 0xFF,))
            pieces.append(content[at : at + 8] + flags + content[at + 9 : end])
        elif name not in _WEBP_DROPPED:
            pieces.append(content[at:end])
        at = end
    body = b"".join(pieces)
    return b"RIFF" + struct.pack("<I", len(body)) + body


_STRIPPERS: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    "image/jpeg": _jpeg,
    "image/png": _png,
    "image/webp": _webp,
}
