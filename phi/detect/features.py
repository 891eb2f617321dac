"""What the sequence model is told about each word: the word, its neighbors, the line.

The same code serves training and use. Words that are names in the lexicon are told by their class
only, so that the model learns contexts and not the names it was trained on.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from phi.detect.context_words import KINDS_OF_WORDS
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
    kinds: str = ""  # of context words (context_words.py)
    shape: str = ""


_EDGE: Final = Told((), "|", "|")


class _Kept(dict[str, Told]):
    def __missing__(self, text: str) -> Told:
        if not text:
            return _EDGE
        if len(self) >= _MOST_KEPT:
            self.clear()
        told = _told(text, FORMS[text])
        if len(text) <= 40:
            self[text] = told
        return told


TOLD: Final = _Kept()


def _told(text: str, form: Form) -> Told:
    if form.shape in "nd":
        coarse = form.shape + (str(min(len(text), 5)) if form.shape == "d" else "")
        return Told((f"c={coarse}",), coarse, coarse)
    kinds = KINDS_OF_WORDS.get(text.lower(), "")
    if form.shape == "p":
        return Told((f"c={text}",), text, text, kinds)
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
    return Told(tuple(own), word, coarse, kinds, form.shape)


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


def _about_of(words: Sequence[str], forms: Sequence[Form]) -> str:
    """Return how much a text is about somebody: n not, f hardly, s some, m much, t too short."""
    told = [form.lower for word, form in zip(words, forms, strict=True) if word[0].isalnum()]
    if len(told) < _FEWEST_TO_TELL_ABOUT:
        return "t"
    share = sum(word in _ABOUT_SOMEBODY for word in told) / len(told)
    return next(name for most, name in _ABOUT if share <= most)


def cases_of(words: Sequence[str]) -> list[str]:
    """Return for each word how its line and text are written, how much that is about people, and
    how often the word stands in it without capitals (up to twice) and with (up to three times).

    U in capitals, T with most words capitalized, L without capitals, M mixed, S too short to tell.
    """
    forms = [FORMS[word] for word in words]
    long = [form.shape if len(word) > 3 else "" for word, form in zip(words, forms, strict=True)]
    lines: list[tuple[int, str]] = []
    whole = ""
    start = 0
    for end in (*(index for index, word in enumerate(words) if word == "\n"), len(words)):
        shapes = "".join(long[start : end + 1])
        lines.append((min(end + 1, len(words)) - start, _case(shapes)))
        whole += shapes
        start = end + 1
    of_all = _case(whole) + _about_of(words, forms)
    of_lines = [case + of_all for count, case in lines for _ in range(count)]
    return [case + often for case, often in zip(of_lines, _how_often(forms), strict=True)]


def _how_often(forms: Sequence[Form]) -> list[str]:
    """Return for each word how often it is written small and capitalized: nothing for signs."""
    small: dict[str, int] = {}
    capital: dict[str, int] = {}
    for form in forms:
        if form.shape not in "dnp":
            counts = small if form.shape == "l" else capital
            counts[form.lower] = counts.get(form.lower, 0) + 1
    return [
        ""
        if form.shape in "dnp"
        else f"{min(small.get(form.lower, 0), 2)}{min(capital.get(form.lower, 0), 3)}"
        for form in forms
    ]


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


EDGE: Final = ""  # before the first word and behind the last
FARTHEST: Final = 3  # words away a kind of context is told
_MOST_WORDS = 4  # from the ends of a line that are told apart

Key = tuple[str, ...]  # of a group of features: its sign, and what they are made of


class Line(NamedTuple):
    """What a stretch of words is told by; the words reach three beyond both ends."""

    words: list[str]
    cases: Sequence[str]
    labels: list[str]
    before: list[str]
    behind: list[str]


def line_of(words: Sequence[str], start: int, end: int, cases: Sequence[str]) -> Line:
    """Return what is told about the words from start to end."""
    begin = max(0, start - FARTHEST)
    reach = list(words[begin : end + FARTHEST])
    missing = FARTHEST - (start - begin)
    return Line(
        [EDGE] * missing + reach + [EDGE] * (end - start + 2 * FARTHEST - missing - len(reach)),
        cases[start:end],
        _labels(words, start, end),
        *_from_breaks(words, start, end),
    )


def told_of(word: str) -> Told:
    """Return the features of one spelling."""
    return TOLD[word]


def _keys_of(line: Line) -> Iterator[list[Key]]:
    """Yield for each word the keys of its groups of features."""
    told = [TOLD[word] for word in line.words]
    for index, case in enumerate(line.cases):
        first, far, left, here, right, beyond, last = told[index : index + 7]
        coarse = here.coarse
        keys: list[Key] = [
            ("o", line.words[index + FARTHEST]),
            ("<", left.word, left.coarse),
            ("<<", far.word),
            (">", right.word, right.coarse),
            (">>", beyond.word),
            ("<|", left.word, left.coarse, coarse, case[2:3], left.kinds, here.shape),
            (">|", right.word, right.coarse, coarse, right.kinds, here.shape),
            ("<>", left.coarse, coarse, right.coarse),
            ("<<|", far.coarse, left.coarse, coarse, far.word, left.word),
            (">>|", coarse, right.coarse, beyond.coarse),
            ("c", case, coarse, line.labels[index]),
        ]
        if here.shape:
            keys.append(("r", case[3:], coarse, line.before[index], line.behind[index], here.shape))
            keys += [
                ("k", distance, other.kinds, coarse, here.shape)
                for distance, other in (("-3", first), ("-2", far), ("2", beyond), ("3", last))
                if other.kinds
            ]
        yield keys


def _of_left(left: str, left_coarse: str, here: str, about: str, kinds: str, shape: str) -> Key:
    return (
        f"q={about}{left_coarse}|{here}",
        f"<c{left_coarse}{here}",
        f"<w{left}|{here}",
        *(_of_kinds("-1", kinds, here, shape) if shape else ()),
    )


def _of_right(right: str, right_coarse: str, here: str, kinds: str, shape: str) -> Key:
    return (
        f"{here}>{right_coarse}",
        f">w{right}|{here}",
        *(_of_kinds("1", kinds, here, shape) if shape else ()),
    )


def _of_kinds(distance: str, kinds: str, here: str, shape: str) -> Key:
    if not kinds:
        return ()
    return (*(f"k{distance}{kind}|{shape}" for kind in kinds), f"K{distance}{kinds}|{here}")


_GROUPS: Final[dict[str, Callable[..., Key]]] = {
    "o": lambda word: TOLD[word].own,
    "<": lambda word, coarse: (f"<{word}", f"<c{coarse}"),
    "<<": lambda word: (f"<<{word}",),
    ">": lambda word, coarse: (f">{word}", f">c{coarse}"),
    ">>": lambda word: (f">>{word}",),
    "<|": _of_left,
    ">|": _of_right,
    "<>": lambda left, here, right: (f"{left}<{here}>{right}",),
    "<<|": lambda far, left, here, far_word, left_word: (
        f"<<{far}{left}<{here}",
        f"<<w{far_word}{left_word}|{here}",
    ),
    ">>|": lambda here, right, beyond: (f"{here}>>{right}{beyond}",),
    "c": lambda case, here, label: (
        f"d={case[:2]}{here}",
        f"q={case[2:3]}{here}",
        f"l={label}|{here}",
    ),
    "r": lambda often, here, before, behind, shape: (
        f"r{often}{here}",
        f"ln{before}{here}",
        f"le{behind}{here}",
        f"lb{before}{behind}{shape}",
    ),
    "k": _of_kinds,
}


def features_of(key: Key) -> Key:
    """Return the features of a group."""
    return _GROUPS[key[0]](*key[1:])


def features(words: Sequence[str], start: int, end: int, cases: Sequence[str]) -> list[list[str]]:
    """Return the features of the words from start to end, with a look at those around."""
    return [
        [feature for key in keys for feature in features_of(key)]
        for keys in _keys_of(line_of(words, start, end, cases))
    ]


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


def _from_breaks(words: Sequence[str], start: int, end: int) -> tuple[list[str], list[str]]:
    """Return for each word how many its line has before and behind it, up to four."""
    reach = words[max(0, start - _MOST_WORDS) : end]
    before = _since_break(reach)[len(reach) - (end - start) :]
    behind = _since_break(words[start : end + _MOST_WORDS][::-1])[::-1][: end - start]
    return before, behind


_COUNTED: Final = tuple(map(str, range(_MOST_WORDS + 1)))


def _since_break(words: Sequence[str]) -> list[str]:
    """Return for each word how many stand between it and the line break before it."""
    count, found = 0, []
    for word in words:
        found.append(_COUNTED[min(count, _MOST_WORDS)])
        count = 0 if word == "\n" else count + 1
    return found
