"""Names, places and organizations by their context: a linear-chain CRF over the words in doubt.

The model (phi/data/names.crfsuite) is trained by `manage.py train_phi_model` from generated notes;
its data sheet (names.json) holds the thresholds. It reads only the surroundings of words that are
neither plain vocabulary nor figures; a text without such words costs next to nothing.
"""

import hashlib
import json
import re
import threading
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from phi.detect.context_words import KINDS_OF_WORDS
from phi.detect.eponyms import is_clinical_term
from phi.detect.features import cases_of, line_of
from phi.detect.name import names_a_thing
from phi.detect.organization_words import KINDS_OF_PLACES
from phi.detect.recognizer import Hit
from phi.detect.scores import Scores
from phi.detect.view import View
from phi.detect.weights import NAMED, OTHER, weights_of
from phi.detect.words import FORMS, TOKEN, Form
from phi.name_words import NAME_WORDS

DATA: Final = Path(__file__).resolve().parent.parent / "data"
LABELS: Final = {
    "N": ("name", "NAME", "name-by-model"),
    "A": ("address", "ADDR", "place-by-model"),
    "G": ("name", "NAME", "organization-by-model"),
}
_AROUND = 4  # words before and after a word in doubt that the model reads
_BLOCK = 20_000  # characters read at once; a name across the border of two blocks is read twice
_OVERLAP = 200
_LONGEST_PARTICLES = 24
_LONGEST_ABBREVIATION = 4
_LONGEST_DOTTED = 2  # J., St.
_SURE = 0.9  # the model's word against the lexicon's
_QUITE_SURE = 0.7
_RATHER_SURE = 0.6
_NAME_SUFFIXES: Final = frozenset({"jr", "sr", "ii", "iii", "iv"})
_PARTICLES_BEFORE: Final = re.compile(
    r"(?<![\w])(?:(?:van|von|de|del|della|la|las|los|der|den|ter|ten|bin|ibn|al|el|da|dos|das|do|di|du|"
    r"le|st|ste|mac)\.?[ -]+){1,3}\Z|(?<![\w])[A-Z][\w]{1,14}-\Z",
    re.IGNORECASE,
)
_HYPHENATED_AFTER: Final = re.compile(r"(?:-[A-Z][^\W\d_]+)+\b|,? (?:[JS]r\b\.?|I{2,3}\b)")
_CAPITALIZED: Final = re.compile(r"[A-Z][a-z]{2}|[A-Z]{4}")
_ONE_WORD: Final = re.compile(r"[a-z][\w.:/-]*")
_ORDINAL: Final = re.compile(r"\d{1,3}(?:st|nd|rd|th)", re.IGNORECASE)
_CODE: Final = re.compile(r"[a-z]+(?:[-_.][a-z0-9]+)*[-_.]?\d[\w.-]*")
_CHUNK_BEFORE: Final = re.compile(r"[^\s\"'<>()]*\Z")
_MEMBER_BEFORE: Final = re.compile(r"[\"']name[\"']\s{0,3}:\s{0,3}[\"']?\Z", re.IGNORECASE)
_OF_A_SIGN: Final = re.compile(r"\b(?:signs?|tests?|disease|syndrome) of \Z", re.IGNORECASE)
_VALUE_AFTER: Final = re.compile(
    r"[ :=]{1,3}[<>]?\d{1,4}(?:\.\d+)?(?! ?(?:[mMfF]|y|yo|y/o)\b)[ ,;.]"
)
_WORD_AFTER: Final = re.compile(r" ([a-z]+)")
_SENTENCE_BEFORE: Final = re.compile(r"(?:\A|[a-z)%0-9][.!?] {1,2})\Z")
_HEADER_BEFORE: Final = re.compile(r"\bMSH[^A-Za-z0-9\s][^\r\n]*\Z")
_LONGEST_HEADER = 160
_LONGEST_ADDRESS = 80
_VOCABULARY: Final = frozenset("eEcro")
_LEADS_TO_NAMES: Final = frozenset(".:\"'")  # Mr. Pickle, nurse: Button
_JOINTS: Final = frozenset("-'")
_JOINTS_WITHIN: Final = frozenset(",&")  # where the model takes them for a part


class Model:
    """The trained model of this process; one text at a time."""

    def __init__(self, folder: Path = DATA) -> None:
        self._path = folder / "names.crfsuite"
        self._scores = Scores(weights_of(self._path))
        self.thresholds: dict[str, float] = json.loads((folder / "names.json").read_text())[
            "thresholds"
        ]
        self._lock = threading.Lock()

    def sha256(self) -> str:
        """Return the hash its data sheet must show."""
        return hashlib.sha256(self._path.read_bytes()).hexdigest()

    def labels(
        self, words: Sequence[str], start: int, end: int, cases: Sequence[str]
    ) -> list[tuple[str, float]]:
        """Return for each word from start to end its label and how sure that is."""
        return [self._label(one) for one in self._of_words(words, start, end, cases)]

    def marginals(
        self, words: Sequence[str], start: int, end: int, cases: Sequence[str]
    ) -> list[dict[str, float]]:
        """Return for each word from start to end how sure the model is of each label."""
        return [
            dict(zip((OTHER, *NAMED), one, strict=True))
            for one in self._of_words(words, start, end, cases)
        ]

    def _of_words(
        self, words: Sequence[str], start: int, end: int, cases: Sequence[str]
    ) -> list[tuple[float, float, float, float]]:
        line = line_of(words, start, end, cases)
        with self._lock:
            return self._scores.of_words(line)

    def _label(self, one: tuple[float, float, float, float]) -> tuple[str, float]:
        sure = 1 - one[0]
        named = one[1:]
        best = NAMED[named.index(max(named))]
        return (best if sure >= self.thresholds[best] else OTHER), sure


@cache
def shared() -> Model:
    """Return the model of this process."""
    return Model()


class _Token(NamedTuple):
    text: str
    start: int
    end: int


class NamesInContext:
    """The recognizer made of the model; its gate lets pass every text with a word."""

    name = "name-by-model"
    category = "name"
    pattern = "[A-Za-z\\xc0\\xe0]{2}"

    def hits(self, view: View) -> Iterator[Hit]:
        if _ONE_WORD.fullmatch(view.text):
            return  # a member name or a code: nothing to judge it by
        seen = 0
        for begin in range(0, len(view.text), _BLOCK - _OVERLAP):
            for hit in _joined(view.text, _block_hits(view.text, begin, begin + _BLOCK)):
                if hit.end > seen:
                    yield hit
                    seen = hit.end


def _joined(text: str, hits: Iterator[Hit]) -> Iterator[Hit]:
    """Yield the hits, those of one kind with a blank between them as one."""
    last: Hit | None = None
    for hit in hits:
        if last and hit.recognizer == last.recognizer and text[last.end : hit.start] == " ":
            last = last._replace(end=hit.end)
            continue
        if last:
            yield last
        last = hit
    if last:
        yield last


def _block_hits(text: str, begin: int, end: int) -> Iterator[Hit]:
    matches = list(TOKEN.finditer(text, begin, end))
    words = [match[0] for match in matches]
    # Without capitals, any word that is a name too may be one.
    kinds = "" if _CAPITALIZED.search(text, begin, end) else "ax"
    forms = [FORMS[word] for word in words]
    doubts = [
        index
        for index, form in enumerate(forms)
        if form.may_be_name or form.kind in kinds or _stands_out(forms, index)
    ]
    if not doubts:
        return
    cases = cases_of(words)
    for first, last in _windows(doubts, len(words)):
        labels = shared().labels(words, first, last, cases)
        labels = [
            found if _is_believed(*found, form, case) else (OTHER, found[1])
            for found, form, case in zip(labels, forms[first:last], cases[first:last], strict=True)
        ]
        tokens = [_Token(match[0], *match.span()) for match in matches[first:last]]
        yield from _spans(text, tokens, labels)


def _stands_out(forms: list[Form], index: int) -> bool:
    """Tell whether a word of the vocabulary has a capital that no sentence begins with."""
    form = forms[index]
    if form.shape != "T" or form.kind not in _VOCABULARY or not index:
        return False
    before = forms[index - 1]
    if before.shape == "l" or before.lower in KINDS_OF_WORDS:
        return True
    return (
        before.lower in _LEADS_TO_NAMES and index > 1 and forms[index - 2].lower in KINDS_OF_WORDS
    )


def _is_believed(label: str, sure: float, form: Form, case: str) -> bool:
    """Tell whether the model is sure enough of a word without capitals among words with them."""
    if label == OTHER or form.shape != "l" or "L" in case[:2]:
        return True
    return sure >= (_RATHER_SURE if form.kind in "sp" else _SURE)


def _windows(doubts: list[int], count: int) -> Iterator[tuple[int, int]]:
    """Yield the stretches of words around the words in doubt, merged where they meet."""
    first, last = max(0, doubts[0] - _AROUND), doubts[0] + _AROUND
    for doubt in doubts[1:]:
        if doubt - _AROUND > last:
            yield first, min(last, count)
            first = doubt - _AROUND
        last = doubt + _AROUND
    yield first, min(last, count)


def _spans(text: str, tokens: list[_Token], labels: list[tuple[str, float]]) -> Iterator[Hit]:
    """Yield the hits: neighboring words of one label, joined over hyphens and initials' dots."""
    open_: list[tuple[_Token, str, float]] = []
    joint: bool | None = None  # whether the sign between two words joins them; None: no sign
    for token, (label, sure) in zip(tokens, labels, strict=True):
        is_word = token.text[0].isalnum()
        if FORMS[token.text].shape == "d" and not _ORDINAL.fullmatch(token.text):
            label = OTHER  # figures are the recognizers' part
        if open_ and is_word and label == open_[-1][1] and _touches(open_[-1][0], token, joint):
            open_.append((token, label, sure))
        elif is_word:
            if open_:
                yield from _hit(text, open_)
            open_ = [(token, label, sure)] if label != OTHER else []
        elif token.text == "\n" and open_:
            yield from _hit(text, open_)
            open_ = []
        joint = None if is_word else _is_joint(token.text, label, open_)
    yield from _hit(text, open_)


def _is_joint(sign: str, label: str, before: list[tuple[_Token, str, float]]) -> bool:
    """Tell whether a name goes on behind this sign: a dot does behind initials only."""
    if sign == ".":
        return bool(before) and len(before[-1][0].text) <= _LONGEST_DOTTED
    return sign in _JOINTS or (sign in _JOINTS_WITHIN and label != OTHER)


def _touches(left: _Token, right: _Token, joint: bool | None) -> bool:
    return joint is not False and right.start - left.end <= 1 + bool(joint)


def _hit(text: str, words: list[tuple[_Token, str, float]]) -> Iterator[Hit]:
    label = words[0][1] if words else OTHER
    words = _without_vocabulary(words, label)
    if not words or not _can_be(label, words):
        return
    start, end = words[0][0].start, words[-1][0].end
    if label == "N":
        start, end = _whole_name(text, start, end)
    if label == "N" and len(words) == 1 and _only_begins(text, *words[0][0]):
        return
    if label == "A" and _OF_A_SIGN.search(text, max(0, start - 14), start):
        return  # signs of Murphy
    if end - start < 2 or is_clinical_term(text, start, end) or _is_code(text, start):
        return
    member = _MEMBER_BEFORE.search(text, max(0, start - 12), start)
    if member and names_a_thing(text, member.start(), end):
        return
    if "://" in _CHUNK_BEFORE.search(text, max(0, start - _LONGEST_ADDRESS), start)[0]:  # type: ignore[index]
        return  # part of a web address, which has recognizers of its own
    if len(words) == 1 and end - start < 4 and _VALUE_AFTER.match(text, end):
        return  # Na 138, Glu: 92
    if _HEADER_BEFORE.search(text, max(0, start - _LONGEST_HEADER), start):
        return  # systems and kinds of messages
    category, kind, name = LABELS[label]
    yield Hit(start, end, category, kind, name, round(max(sure for _, _, sure in words), 2))


def _only_begins(text: str, word: str, start: int, end: int) -> bool:
    """Tell whether a word that is a name at times only begins a sentence: Long course of it."""
    form = FORMS[word]
    if form.shape != "T" or form.kind not in "aeEcro" or form.word.given > 2:
        return False
    after = _WORD_AFTER.match(text, end)
    if after is None or _SENTENCE_BEFORE.search(text, max(0, start - 4), start) is None:
        return False
    return not {"S", "D", "W"} & set(KINDS_OF_WORDS.get(after[1], ""))


def _can_be(label: str, words: list[tuple[_Token, str, float]]) -> bool:
    """Tell whether the words can be what the model takes them for."""
    forms = [FORMS[token.text] for token, _, _ in words]
    if len(forms) == 1 and forms[0].shape == "X" and len(forms[0].lower) < 3:
        return False
    if all(form.lower in _NAME_SUFFIXES for form in forms):
        return False  # level III
    if label == "N":
        return True
    if len(forms) == 1 and forms[0].shape == "X" and len(forms[0].lower) < _LONGEST_ABBREVIATION:
        return False
    if all(form.lower in KINDS_OF_PLACES or form.word.is_organization for form in forms):
        return False  # Pain Clinic, Assisted Living
    if label == "A":
        # in Normal Range: towns that are everyday words are told by what is said of them (town.py)
        is_everyday = all(form.word.english > 3 for form in forms)
        return any(map(_may_be_place, forms)) and not is_everyday
    if len(forms) == 1 and (forms[0].word.is_organization or forms[0].word.english > 3):
        return False  # Labs, Clinic
    has_head = any(form.word.is_organization for form in forms)
    return has_head or not any(form.shape == "l" and form.word.english > 2 for form in forms)


def _is_code(text: str, start: int) -> bool:
    """Tell whether this is a piece of a version or an id (model-4-turbo)."""
    code = _CODE.match(text, start)
    return bool(code and "-" in code[0] and any(map(str.isdigit, code[0])))


def _whole_name(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the span with the particles before it and what hyphens hang on to it."""
    before = _PARTICLES_BEFORE.search(text, max(0, start - _LONGEST_PARTICLES), start)
    if before:
        start = before.start()
    after = _HYPHENATED_AFTER.match(text, end)
    return start, after.end() if after else end


def _may_be_place(form: Form) -> bool:
    if form.shape == "l" and form.word.english > 2:
        return False  # in a field, every day
    if form.kind == "e":
        return form.word.place > 0  # Enterprise and Surprise are cities
    return form.kind not in "cdr"


def _without_vocabulary(
    words: list[tuple[_Token, str, float]], label: str
) -> list[tuple[_Token, str, float]]:
    """Return a find without the words at its ends that the model alone takes for part of it."""
    while words and _is_doubtful(words[0], label):
        words = words[1:]
    while words and _is_doubtful(words[-1], label) and not _is_surname(words, label):
        words = words[:-1]
    return words


def _is_surname(words: list[tuple[_Token, str, float]], label: str) -> bool:
    """Tell whether the last word, vocabulary, stands behind a given name: Rose Nettles."""
    if label != "N" or len(words) < 2:
        return False
    given, last = FORMS[words[-2][0].text], words[-1]
    return given.word.given > 1 and FORMS[last[0].text].shape == "T" and last[2] >= _RATHER_SURE


def _is_doubtful(word: tuple[_Token, str, float], label: str) -> bool:
    token, _, sure = word
    if token.text.lower() in _NAME_SUFFIXES:
        return label != "N"
    form = FORMS[token.text]
    is_everyday = form.kind == "e" and form.word.english > 3 and not form.word.surname
    if form.shape == "c" or (label == "N" and is_everyday and form.shape != "T"):
        return True
    if label == "N" and form.shape in "Xl" and form.lower in NAME_WORDS:
        return True  # GRAY, hope: nothing tells the name from the word
    if sure >= (_QUITE_SURE if form.shape == "T" else _SURE):
        return False
    if label == "N" and form.kind == "E":
        return True  # Yahr, Duffy: seldom people
    if form.kind in "ax" and token.text.islower():
        return True  # may, long, rose
    return is_vocabulary(token.text) and (label == "N" or token.text.islower())


def is_vocabulary(word: str) -> bool:
    """Tell whether a word alone is never a person's name for the model."""
    form = FORMS[word]
    is_name = max(form.word.given, form.word.surname) > 1
    return form.shape in "dc" or (form.kind in "cdroe" and not is_name)


NAMES_IN_CONTEXT: Final[Any] = NamesInContext()
