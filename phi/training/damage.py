"""What happens to a text on its way: capitals lost or locked, typos, scans, wrapped lines."""

import random
from collections.abc import Callable
from typing import Final

from phi.training.slots import Piece

_Damage = Callable[[random.Random, list[Piece]], list[Piece]]
_OCR: Final = (("l", "1"), ("O", "0"), ("rn", "m"), ("i", "l"), ("S", "5"), ("e", "c"), ("B", "8"))
_NO_PUNCTUATION: Final = str.maketrans("", "", ".,;:!?'\"()")


def _none(chance: random.Random, pieces: list[Piece]) -> list[Piece]:
    return pieces


def _upper(chance: random.Random, pieces: list[Piece]) -> list[Piece]:
    return [Piece(piece.text.upper(), piece.label) for piece in pieces]


def _lower(chance: random.Random, pieces: list[Piece]) -> list[Piece]:
    return [Piece(piece.text.lower(), piece.label) for piece in pieces]


def _names_lower(chance: random.Random, pieces: list[Piece]) -> list[Piece]:
    """Proper nouns without capitals in an otherwise well-written text."""
    return [
        Piece(piece.text.lower(), piece.label) if piece.label != "O" else piece for piece in pieces
    ]


def _names_upper(chance: random.Random, pieces: list[Piece]) -> list[Piece]:
    return [
        Piece(piece.text.upper(), piece.label) if piece.label != "O" else piece for piece in pieces
    ]


def _dictated(chance: random.Random, pieces: list[Piece]) -> list[Piece]:
    """No punctuation, no capitals but sometimes those of names."""
    keeps = chance.random() < 0.4
    return [
        Piece(
            piece.text.translate(_NO_PUNCTUATION)
            if keeps and piece.label != "O"
            else piece.text.translate(_NO_PUNCTUATION).lower(),
            piece.label,
        )
        for piece in pieces
    ]


def _typos(chance: random.Random, pieces: list[Piece]) -> list[Piece]:
    return [Piece(_mistyped(chance, piece.text, 0.03), piece.label) for piece in pieces]


def _mistyped(chance: random.Random, text: str, share: float) -> str:
    letters = list(text)
    for index in range(len(letters) - 1):
        if letters[index].isalpha() and letters[index + 1].isalpha() and chance.random() < share:
            kind = chance.random()
            if kind < 0.35:
                letters[index], letters[index + 1] = letters[index + 1], letters[index]
            elif kind < 0.6:
                letters[index] = ""
            elif kind < 0.8:
                letters[index] *= 2
            else:
                letters[index] = chance.choice("abcdefghijklmnoprstuvwy")
    return "".join(letters)


def _scanned(chance: random.Random, pieces: list[Piece]) -> list[Piece]:
    return [Piece(_misread(chance, piece.text), piece.label) for piece in pieces]


def _misread(chance: random.Random, text: str) -> str:
    for seen, read in _OCR:
        if chance.random() < 0.25:
            text = text.replace(seen, read, 1)
    return text


def _wrapped(chance: random.Random, pieces: list[Piece]) -> list[Piece]:
    """Lines broken anywhere, in names too."""
    return [
        Piece(
            "".join("\n" if c == " " and chance.random() < 0.1 else c for c in piece.text),
            piece.label,
        )
        for piece in pieces
    ]


def _titled(chance: random.Random, pieces: list[Piece]) -> list[Piece]:
    """Title Case Everywhere."""
    return [
        piece if piece.label != "O" else Piece(_title_case(piece.text), piece.label)
        for piece in pieces
    ]


def _title_case(text: str) -> str:
    return " ".join(word[:1].upper() + word[1:] for word in text.split(" "))


DAMAGES: Final[tuple[tuple[float, str, _Damage], ...]] = (
    (52, "as written", _none),
    (8, "capitals", _upper),
    (9, "lower case", _lower),
    (4, "names lower", _names_lower),
    (4, "names capitals", _names_upper),
    (5, "dictated", _dictated),
    (7, "typos", _typos),
    (4, "scanned", _scanned),
    (5, "wrapped", _wrapped),
    (4, "title case", _titled),
)
