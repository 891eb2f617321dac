"""What happens to texts on their way: scanners, thumbs, cases, wraps, encodings."""

from collections.abc import Mapping
from random import Random

from bench.phi.marked import Marked, Piece

_OCR: Mapping[str, str] = {
    **{"0": "O", "1": "l", "5": "S", "8": "B", "O": "0", "l": "1", "S": "5", "B": "8"},
    **{"rn": "m", "m": "rn", "e": "c", "i": "l", "h": "b", "cl": "d", "w": "vv", "I": "l"},
}
_NEAR = {
    **{"a": "s", "e": "r", "i": "o", "o": "p", "n": "m", "t": "r", "s": "d", "r": "t", "l": "k"},
    **{"h": "j", "d": "f", "u": "y", "c": "v", "g": "h", "y": "t"},
}
_LOOK_ALIKE = str.maketrans("aeopcxyiABEHKMOPCTX", "аеорсхуіАВЕНКМОРСТХ")  # noqa: RUF001 - Cyrillic
_FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}


def upper(text: Marked) -> Marked:
    return text.mapped(str.upper)


def lower(text: Marked) -> Marked:
    return text.mapped(str.lower)


def scanned(text: Marked, rng: Random, rate: float = 0.015) -> Marked:
    """Return the text as a scanner would read it."""

    def misread(piece: str) -> str:
        out = []
        for character in piece:
            wrong = _OCR.get(character)
            out.append(wrong if wrong and rng.random() < rate * 3 else character)
            if character == " " and rng.random() < rate:
                out.append(" ")
        return "".join(out)

    return text.mapped(misread)


def typed_hastily(text: Marked, rng: Random, rate: float = 0.02) -> Marked:
    """Return the text with swapped, doubled, missing and neighboring letters."""

    def mistyped(piece: str) -> str:
        out = list(piece)
        for at in range(1, len(out) - 1):
            if not (out[at].isalpha() and out[at + 1].isalpha()) or rng.random() >= rate:
                continue
            match rng.randint(0, 3):
                case 0:
                    out[at], out[at + 1] = out[at + 1], out[at]
                case 1:
                    out[at] *= 2
                case 2:
                    out[at] = ""
                case _:
                    out[at] = _NEAR.get(out[at], out[at])
        return "".join(out)

    return text.mapped(mistyped)


def typo_in_identifiers(text: Marked, rng: Random) -> Marked:
    """Return the text with one swapped pair of letters in some identifiers."""

    def swapped(piece: str) -> str:
        places = [at for at in range(1, len(piece) - 1) if piece[at : at + 2].isalpha()]
        if len(piece) < 5 or not places or rng.random() < 0.7:
            return piece
        at = rng.choice(places)
        return piece[:at] + piece[at + 1] + piece[at] + piece[at + 2 :]

    return text.identifiers_mapped(swapped)


def wrapped(text: Marked, width: int, indent: str = "") -> Marked:
    """Return the text broken at a column, also within identifiers."""
    column = 0
    pieces = []
    for piece in text.pieces:
        out = []
        for character in piece.text:
            if character == "\n":
                column = 0
            elif character == " " and column >= width:
                out.append("\n" + indent)
                column = len(indent)
                continue
            column += 1
            out.append(character)
        pieces.append(Piece("".join(out), piece.label))
    return Marked(tuple(pieces))


def look_alike(text: Marked, rng: Random) -> Marked:
    """Return the text with some identifiers in letters of another alphabet."""
    return text.identifiers_mapped(
        lambda piece: piece.translate(_LOOK_ALIKE) if rng.random() < 0.6 else piece
    )


def full_width(text: Marked, rng: Random) -> Marked:
    """Return the text with some identifiers in full-width characters."""
    return text.identifiers_mapped(
        lambda piece: piece.translate(_FULL_WIDTH) if rng.random() < 0.6 else piece
    )


def zero_width(text: Marked, rng: Random) -> Marked:
    """Return the text with invisible characters inside some identifiers."""

    def hidden(piece: str) -> str:
        if len(piece) < 3 or rng.random() < 0.4:
            return piece
        at = rng.randint(1, len(piece) - 1)
        return piece[:at] + rng.choice("\u200b\u200d\u00ad\u2060") + piece[at:]

    return text.identifiers_mapped(hidden)


def escaped(text: Marked, rng: Random) -> Marked:
    """Return the text with identifiers in the escapes of HTML, JSON or web addresses."""

    def written(piece: str) -> str:
        match rng.randint(0, 3):
            case 0:
                return "".join(c if c.isalnum() else f"&#{ord(c)};" for c in piece)
            case 1:
                return "".join(
                    c if c.isalnum() else f"%{ord(c):02X}" if ord(c) < 128 else c for c in piece
                )
            case 2:
                return "".join(
                    c if c.isascii() and c.isalnum() else f"\\u{ord(c):04x}" for c in piece
                )
            case _:
                return piece

    return text.identifiers_mapped(written)
