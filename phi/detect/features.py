"""What the sequence model is told about each word: the word, its neighbors, the line.

The same code serves training and use. Words that are names in the lexicon are told by their class
only, so that the model learns contexts and not the names it was trained on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from phi.detect.words import FORMS, Form

_FEWEST_TO_TELL = 3
_LABEL_REACH = 5  # words a label ("Surgeon:") reaches on its line
_NAMELESS_KINDS: Final = frozenset("cdroExea")
_MOST_KEPT = 5_000  # spellings; some four megabytes at most


@dataclass(frozen=True, slots=True)
class Told:
    """The features of one spelling, as itself and as a neighbor."""

    own: tuple[str, ...]
    word: str  # the word, or what is said of it when it is no vocabulary
    coarse: str


class _Kept(dict[str, Told]):
    def __missing__(self, text: str) -> Told:
        if len(self) >= _MOST_KEPT:
            self.clear()
        told = _told(text, FORMS[text])
        if len(text) <= 40:
            self[text] = told
        return told


_TOLD: Final = _Kept()


def _told(text: str, form: Form) -> Told:
    if form.shape in "nd":
        coarse = form.shape + (str(min(len(text), 5)) if form.shape == "d" else "")
        return Told((f"c={coarse}",), coarse, coarse)
    if form.shape == "p":
        return Told((f"c={text}",), text, text)
    coarse = form.shape + form.kind
    word = form.lower if form.kind in _NAMELESS_KINDS or len(text) == 1 else "~" + coarse
    known = form.word
    own = [
        f"c={coarse}",
        f"w={word}",
        f"s={form.shape}",
        f"k={form.kind}",
        f"g={form.shape}{known.given}{known.surname}{min(known.english, 3)}",
        f"p={form.shape}{known.place}{min(known.english, 3)}",
        f"e={known.english}",
    ]
    if len(text) > 3:
        lower = form.lower
        own += (f"-2={lower[-2:]}", f"-3={lower[-3:]}", f"2-={lower[:2]}")
        if form.kind in "uyz":
            own += (f"u-3={lower[-3:]}", f"u-4={lower[-4:]}", f"u3-={lower[:3]}")
    own.append(f"n={form.shape}{min(len(text), 9)}")
    if known.is_organization:
        own.append("org")
    if known.is_eponym:
        own.append("eponym")
    return Told(tuple(own), word, coarse)


# What is said in texts about somebody: guidelines, formularies and abstracts hardly have it.
_ABOUT_SOMEBODY: Final = frozenset(
    """
    he she his her him hers himself herself mr mrs ms miss dr dra sr sra pt patient paciente i me my
    we you your our mother father mom dad wife husband spouse son daughter sister brother aunt uncle
    cousin mrn dob born lives md rn np do pa cc attending surgeon pcp seen said called signed
    reports states denies hi hello dear thanks thx sincerely room bed rm yo y esposo esposa
    hijo hija madre
    """.split()  # noqa: SIM905 - words read better as text
)
_FEWEST_TO_TELL_ABOUT: Final = 18  # words
_ABOUT: Final = ((0.0, "n"), (0.02, "f"), (0.06, "s"), (2.0, "m"))  # share, and how it is told


def about_of(words: Sequence[str]) -> str:
    """Return how much a text is about somebody: n not, f hardly, s some, m much, t too short."""
    told = [FORMS[word].lower for word in words if word[0].isalnum()]
    if len(told) < _FEWEST_TO_TELL_ABOUT:
        return "t"
    share = sum(word in _ABOUT_SOMEBODY for word in told) / len(told)
    return next(name for most, name in _ABOUT if share <= most)


def cases_of(words: Sequence[str]) -> list[str]:
    """Return for each word how its line and text are written, and how much that is about people.

    U in capitals, T with most words capitalized, L without capitals, M mixed, S too short to tell.
    """
    lines: list[tuple[int, str]] = []
    whole = ""
    start = 0
    for end in (*(index for index, word in enumerate(words) if word == "\n"), len(words)):
        shapes = "".join([FORMS[word].shape for word in words[start : end + 1] if len(word) > 3])
        lines.append((min(end + 1, len(words)) - start, _case(shapes)))
        whole += shapes
        start = end + 1
    of_all = _case(whole) + about_of(words)
    return [case + of_all for count, case in lines for _ in range(count)]


def _case(shapes: str) -> str:
    upper, title, lower = shapes.count("X"), shapes.count("T"), shapes.count("l")
    letters = upper + title + lower + shapes.count("m")
    if letters < _FEWEST_TO_TELL:
        return "S"
    if upper > 0.7 * letters:
        return "U"
    if lower == letters:
        return "L"
    return "T" if title > 0.75 * letters else "M"


_EDGE: Final = Told((), "|", "|")


def features(words: Sequence[str], start: int, end: int, cases: Sequence[str]) -> list[list[str]]:
    """Return the features of the words from start to end, with a look at those around."""
    told = [_TOLD[word] for word in words[max(0, start - 2) : end + 2]]
    told = [_EDGE] * (2 - min(2, start)) + told + [_EDGE] * 2
    labels = _labels(words, start, end)
    found = []
    for index in range(2, end - start + 2):
        far, left, here, right, beyond = told[index - 2 : index + 3]
        coarse = here.coarse
        case = cases[start + index - 2]
        found.append(
            [
                *here.own,
                f"d={case[:2]}{coarse}",
                f"q={case[2:]}{coarse}",
                f"q={case[2:]}{left.coarse}|{coarse}",
                f"<{left.word}",
                f">{right.word}",
                f"<<{far.word}",
                f">>{beyond.word}",
                f"<c{left.coarse}",
                f">c{right.coarse}",
                f"<c{left.coarse}{coarse}",
                f"{coarse}>{right.coarse}",
                f"{left.coarse}<{coarse}>{right.coarse}",
                f"<<{far.coarse}{left.coarse}<{coarse}",
                f"{coarse}>>{right.coarse}{beyond.coarse}",
                f"<w{left.word}|{coarse}",
                f">w{right.word}|{coarse}",
                f"<<w{far.word}{left.word}|{coarse}",
                f"l={labels[index - 2]}|{here.coarse}",
            ]
        )
    return found


def _labels(words: Sequence[str], start: int, end: int) -> list[str]:
    """Return for each word the label before it on its line: the word before the last colon."""
    label, left = "", 0
    begin = max(0, start - _LABEL_REACH - 1)
    labels = []
    for index in range(begin, end):
        if index >= start:
            labels.append(label if left > 0 else "")
        word = words[index]
        if word == "\n":
            label, left = "", 0
        elif word == ":" and index:
            label, left = words[index - 1].lower(), _LABEL_REACH
        else:
            left -= 1
    return labels
