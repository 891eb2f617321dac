"""Notes to train on, in many habits: what is written, by whom, and what damage it took.

Nothing here is taken from a patient's record; every note is put together from phrases, drawn names
and chance. The same seed gives the same notes.
"""

import random
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from phi.training.damage import DAMAGES
from phi.training.names import Names
from phi.training.slots import Cast, Piece, phrases, texts


class Note(NamedTuple):
    """A text and its labeled stretches, in order."""

    text: str
    spans: tuple[tuple[int, int, str], ...]
    habit: str


class Source(NamedTuple):
    """The files of phrases of one generator."""

    people: tuple[str, ...] = (
        *("people", "people", "people_mixed", "people_wards", "people_desk", "people_world"),
    )
    messages: tuple[str, ...] = ("messages", "messages_more", "messages_more", "people_mixed")
    clean: tuple[str, ...] = ("clean", "clean", "clean_mixed", "clean_wards")
    papers: tuple[str, ...] = ("clean_papers", "clean_papers_more")
    texts: tuple[str, ...] = (
        *("texts", "texts", "texts_clean", "texts_more", "texts_more", "texts_more"),
        *("texts_clean_more", "texts_authors", "texts_authors", "texts_authors"),
    )


TRAINING: Final = Source()
VALIDATION: Final = Source(
    ("people_validation",),
    ("messages_validation",),
    ("clean_validation",),
    ("clean_papers_validation",),
    (),
)


def note(chance: random.Random, names: Names, source: Source = TRAINING) -> Note:
    """Return one note in some habit, in some damage."""
    habit, write = chance.choices(_HABITS, _SHARES)[0]
    pieces = write(chance, Cast(chance, names), source)
    damage = chance.choices(DAMAGES, [share for share, _, _ in DAMAGES])[0]
    return _noted(damage[2](chance, pieces), f"{habit} {damage[1]}")


def notes(seed: int, count: int, names: Names, source: Source = TRAINING) -> Iterator[Note]:
    """Yield notes; the same seed gives the same ones."""
    for index in range(count):
        yield note(random.Random(f"{seed}/{index}"), names, source)  # noqa: S311 - no secret


def _noted(pieces: list[Piece], habit: str) -> Note:
    at, spans = 0, []
    for piece in pieces:
        if piece.label != "O":
            spans.append((at, at + len(piece.text), piece.label))
        at += len(piece.text)
    return Note("".join(piece.text for piece in pieces), tuple(spans), habit)


def _prose(chance: random.Random, cast: Cast, source: Source) -> list[Piece]:
    """Paragraphs of a note or a letter: sentences with people among sentences without."""
    pieces: list[Piece] = []
    for _ in range(chance.randint(1, 3)):
        for _ in range(chance.randint(2, 6)):
            kind = source.people if chance.random() < 0.55 else source.clean
            pieces += [*cast.filled(chance.choice(phrases(chance.choice(kind)))), Piece(" ")]
        pieces.append(Piece(chance.choice(("\n", "\n\n"))))
    return pieces


def _lines(chance: random.Random, cast: Cast, source: Source) -> list[Piece]:
    """One sentence or entry per line, as in lists, headers and telegraphic notes."""
    pieces: list[Piece] = []
    bullet = chance.choice(("", "", "", "- ", "* ", "  "))
    for _ in range(chance.randint(4, 12)):
        kind = source.people if chance.random() < 0.5 else source.clean
        pieces += [
            Piece(bullet),
            *cast.filled(chance.choice(phrases(chance.choice(kind)))),
            Piece("\n"),
        ]
    return pieces


def _message(chance: random.Random, cast: Cast, source: Source) -> list[Piece]:
    """A patient's message, with or without capitals and punctuation."""
    pieces: list[Piece] = []
    dot = chance.choice((". ", " ", ". ", "\n", ", "))
    for _ in range(chance.randint(2, 6)):
        kind = source.messages if chance.random() < 0.65 else source.clean
        pieces += [
            *cast.filled(chance.choice(phrases(chance.choice(kind))).rstrip(".")),
            Piece(dot),
        ]
    return pieces


def _record(chance: random.Random, cast: Cast, source: Source) -> list[Piece]:
    """Fields with bars, tabs or commas, as in HL7-like text, tables and exports."""
    bar = chance.choice(("|", "\t", ",", " | ", ";", "^"))
    fields = ("{p:lf}", "{p:l}" + chance.choice("^|,") + "{p:f}", "{c:l}", "{date}", "{n}{n}{n}")
    more = (
        "{dx}",
        "{drug:c} {dose}",
        "{city}",
        "{test}",
        "{sex:s}",
        "{c:lf}",
        "{brand}",
        "{r}",
        "{spec}",
    )
    pieces: list[Piece] = []
    for _ in range(chance.randint(1, 5)):
        for field in chance.sample(fields + more, chance.randint(3, 8)):
            pieces += [*cast.filled(field), Piece(bar)]
        pieces.append(Piece("\n"))
    return pieces


def _clean(chance: random.Random, cast: Cast, source: Source) -> list[Piece]:
    """A note without any identifier."""
    pieces: list[Piece] = []
    end = chance.choice((" ", "\n", " ", "\n"))
    for _ in range(chance.randint(5, 14)):
        pieces += [*cast.filled(chance.choice(phrases(chance.choice(source.clean)))), Piece(end)]
    return pieces


def _papers(chance: random.Random, cast: Cast, source: Source) -> list[Piece]:
    """A guideline, a formulary, an abstract: long, and nobody in it."""
    pieces: list[Piece] = []
    end = chance.choice((" ", "\n", " ", "\n", "\n- "))
    for _ in range(chance.randint(3, 9)):
        kind = source.papers if chance.random() < 0.85 else source.clean
        pieces += [*cast.filled(chance.choice(phrases(chance.choice(kind)))), Piece(end)]
    return pieces


def _chart(chance: random.Random, cast: Cast, source: Source) -> list[Piece]:
    """Entries of a station without sentences: one habit of signs between them throughout."""
    pieces: list[Piece] = []
    between = chance.choice((". ", " // ", "; ", "\n", " - ", ", ", " | ", "\n- "))
    for _ in range(chance.randint(3, 10)):
        kind = "people_wards" if source.people[0] == "people" else source.people[0]
        kind = kind if chance.random() < 0.6 else chance.choice(source.clean)
        pieces += [*cast.filled(chance.choice(phrases(kind)).rstrip(".")), Piece(between)]
    return pieces


def _roster(chance: random.Random, cast: Cast, source: Source) -> list[Piece]:
    """People and little else: lists, boards, labels, in a text as bare as a paper."""
    shapes = (
        "{p:l}",
        "{o:l}",
        "{o2:l}",
        "{c:l}",
        "{c2:l}",
        "{p}",
        "{o}",
        "{r}",
        "{p:lf}",
        "{o:lf}",
    )
    more = (
        "{dx}",
        "{test}",
        "{n}A",
        "{date}",
        "{drug}",
        "DNR",
        "full code",
        "home",
        "{time}",
        "NPO",
    )
    bar = chance.choice((" - ", " | ", ", ", ": ", " ", "\t", "|", "; ", " / "))
    number = chance.choice(("", "", "{n}. ", "{n}) ", "Bed {n} ", "Rm {n}: ", "- "))
    pieces: list[Piece] = []
    for shape in chance.sample(shapes, chance.randint(2, 7)):
        pieces += cast.filled(number + shape)
        for field in chance.sample(more, chance.randint(0, 3)):
            pieces += [Piece(bar), *cast.filled(field)]
        pieces.append(Piece(chance.choice(("\n", ". ", "\n"))))
    return pieces


def _several(chance: random.Random, cast: Cast, source: Source) -> list[Piece]:
    """People one after the other: attendance, cc lines, rosters, two patients in one note."""
    shapes = (
        "{p}",
        "{r}",
        "{o}",
        "{o2}",
        "{c:cred}",
        "{c2:t}",
        "{p:lf}",
        "{o:f}",
        "{c:lf}",
        "{o:l}",
    )
    pieces: list[Piece] = []
    between = chance.choice((", ", " and ", "; ", "\n", " / ", " & ", "\n- "))
    for index, shape in enumerate(chance.sample(shapes, chance.randint(2, 6))):
        pieces += [*([Piece(between)] if index else []), *cast.filled(shape)]
    lead = chance.choice(
        ("Present: ", "cc: ", "Attendees: ", "Seen today: ", "", "Team: ", "Family: ")
    )
    return [Piece(lead), *pieces, Piece("\n"), *_lines(chance, cast, source)]


def _whole(chance: random.Random, cast: Cast, source: Source) -> list[Piece]:
    """One or two texts as somebody wrote them from beginning to end."""
    if not source.texts:
        return _prose(chance, cast, source)
    pieces: list[Piece] = []
    for _ in range(chance.choice((1, 1, 2))):
        text = chance.choice(texts(chance.choice(source.texts)))
        pieces += [*cast.filled(text), Piece(chance.choice(("\n", "\n\n", " ")))]
    return pieces


_Write = Callable[[random.Random, Cast, Source], list[Piece]]
_HABITS: Final[tuple[tuple[str, _Write], ...]] = (
    ("prose", _prose),
    ("lines", _lines),
    ("message", _message),
    ("record", _record),
    ("clean", _clean),
    ("several", _several),
    ("papers", _papers),
    ("roster", _roster),
    ("chart", _chart),
    ("whole", _whole),
)
_SHARES: Final = (30, 26, 16, 6, 20, 8, 18, 6, 16, 44)
