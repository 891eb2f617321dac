"""Texts that know where their identifiers stand, and keep knowing it while they are damaged."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import quote

ORGANIZATION = "organization"  # a category of this evaluation only: no item of 164.514(b)(2)(i)
NEUTRAL = "neutral"  # may be removed or stay: a state, a country, a weekday, a title's neighbor

HIPAA_OWNERS = frozenset({"patient", "relative", "household", "employer"})


@dataclass(frozen=True, slots=True)
class Label:
    """What an identifier is, whose it is, and whether the patient's record holds it."""

    category: str
    whose: str = "patient"  # patient | relative | household | employer | clinician | organization
    of_record: bool = False

    @property
    def is_hipaa(self) -> bool:
        """Whether it identifies the individual, a relative, employer or household member."""
        return self.whose in HIPAA_OWNERS and self.category not in {ORGANIZATION, NEUTRAL}


@dataclass(frozen=True, slots=True)
class Piece:
    text: str
    label: Label | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """An identifier of a text; offsets in code points."""

    start: int
    end: int
    label: Label


@dataclass(frozen=True, slots=True)
class Marked:
    """A text in pieces, some of them labeled."""

    pieces: tuple[Piece, ...] = ()

    def __add__(self, other: "Marked | str") -> "Marked":
        return Marked(self.pieces + mark(other).pieces)

    def __radd__(self, other: str) -> "Marked":
        return mark(other) + self

    @property
    def text(self) -> str:
        return "".join(piece.text for piece in self.pieces)

    @property
    def spans(self) -> tuple[Span, ...]:
        found = []
        at = 0
        for piece in self.pieces:
            end = at + len(piece.text)
            if piece.label is not None and piece.text.strip():
                found.append(Span(at, end, piece.label))
            at = end
        return tuple(found)

    def mapped(self, change: Callable[[str], str]) -> "Marked":
        """Return the text with each piece changed on its own; labels stay on theirs."""
        return Marked(tuple(Piece(change(piece.text), piece.label) for piece in self.pieces))

    def identifiers_mapped(self, change: Callable[[str], str]) -> "Marked":
        """Return the text with labeled pieces changed."""
        return Marked(
            tuple(
                Piece(change(piece.text), piece.label) if piece.label else piece
                for piece in self.pieces
            )
        )

    def in_json(self) -> "Marked":
        """Return the text as it stands inside a JSON string."""
        return self.mapped(lambda text: json.dumps(text, ensure_ascii=False)[1:-1])

    def in_url(self) -> "Marked":
        """Return the text as it stands inside a web address."""
        return self.mapped(lambda text: quote(text, safe=""))


def mark(text: "str | Marked", label: Label | None = None) -> Marked:
    """Return a text as one piece."""
    if isinstance(text, Marked):
        return text
    return Marked((Piece(text, label),))


def joined(parts: Iterable["str | Marked"], separator: str = "") -> Marked:
    """Return parts one after the other."""
    pieces: list[Piece] = []
    for index, part in enumerate(parts):
        if index and separator:
            pieces.append(Piece(separator))
        pieces.extend(mark(part).pieces)
    return Marked(tuple(pieces))
