"""From what was removed to what leaked: spans, documents, precision, false positives."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from bench.phi.cases import Case
from bench.phi.engine import LeafOutcome, Outcome
from bench.phi.marked import NEUTRAL, Label, Span

STRUCTURED = frozenset(
    {"ssn", "mrn", "phone", "fax", "email", "health_plan", "account"}
    | {"license", "device", "vehicle", "ip", "url"}
)
_TOKEN = re.compile(r"\w+")
_YEAR = re.compile(r"(?:19|20)\d\d\Z")
_BESIDE_DATES = frozenset(
    {"the", "of", "on", "de", "del", "monday", "tuesday", "wednesday", "thursday", "friday"}
    | {"saturday", "sunday", "mon", "tue", "wed", "thu", "fri", "sat", "sun"}
)
_WEB = frozenset({"http", "https", "www"})
_WORD = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Judged:
    """One identifier of a text and whether any of it left."""

    label: Label
    is_leaked: bool
    text: str
    around: str


@dataclass(frozen=True, slots=True)
class Score:
    """One case judged."""

    case: Case
    outcome: Outcome
    spans: tuple[Judged, ...]
    right: int  # replaced stretches that touch an identifier or neutral text
    wrong: int  # the others, unless they are mere punctuation
    wrong_characters: int
    gold_characters: int
    removed_characters: int
    characters: int
    words: int
    wrong_texts: tuple[tuple[str, str], ...]  # type of the token, what it replaced
    right_kinds: tuple[str, ...]

    @property
    def leaks_hipaa(self) -> bool:
        return any(span.is_leaked for span in self.spans if span.label.is_hipaa)

    @property
    def leaks(self) -> bool:
        return any(span.is_leaked for span in self.spans)


def score(case: Case, outcome: Outcome) -> Score:
    """Return a case judged by what was removed from its leaves."""
    spans: list[Judged] = []
    wrong: list[tuple[str, str]] = []
    kinds: list[str] = []
    wrong_characters = gold = taken = characters = words = 0
    for leaf in outcome.leaves:
        text = leaf.original.text
        covered = _covered(leaf, len(text), everything=outcome.is_refused)
        marks = leaf.original.spans
        spans += [_judged(span, text, covered) for span in marks if span.label.category != NEUTRAL]
        touched = _inside(marks, len(text))
        for stretch in leaf.removed:
            if any(touched[stretch.start : stretch.end]):
                kinds.append(stretch.kind)
            elif _TOKEN.search(text, stretch.start, stretch.end):
                wrong.append((stretch.kind, text[stretch.start : stretch.end]))
        outside = [covered[at] and not touched[at] for at in range(len(text))]
        wrong_characters += 0 if outcome.is_refused else sum(outside)
        gold += sum(map(bool, touched))
        taken += 0 if outcome.is_refused else sum(covered)
        characters += len(text)
        words += len(_WORD.findall(text))
    return Score(
        *(case, outcome, tuple(spans), len(kinds), len(wrong), wrong_characters),
        *(gold, taken, characters, words, tuple(wrong), tuple(kinds)),
    )


def _covered(leaf: LeafOutcome, length: int, *, everything: bool) -> bytearray:
    covered = bytearray([everything]) * length
    for stretch in leaf.removed:
        covered[stretch.start : stretch.end] = b"\x01" * (stretch.end - stretch.start)
    return covered


def _inside(spans: Iterable[Span], length: int) -> bytearray:
    inside = bytearray(length)
    for span in spans:
        inside[span.start : span.end] = b"\x01" * (span.end - span.start)
    return inside


def _judged(span: Span, text: str, covered: bytearray) -> Judged:
    leaked = any(
        not all(covered[start:end])
        for start, end in _identifying(span, text[span.start : span.end])
    )
    around = text[max(0, span.start - 40) : span.end + 25].replace("\n", "\u23ce")
    return Judged(span.label, leaked, text[span.start : span.end], around)


def _identifying(span: Span, value: str) -> list[tuple[int, int]]:
    """Return the tokens of an identifier that must not survive.

    A year may stay (164.514(b)(2)(i)(C)), so may a weekday beside a day, the scheme of an address
    and a single letter beside longer parts.
    """
    tokens = [(match.start(), match.end()) for match in _TOKEN.finditer(value)]
    longer = [(start, end) for start, end in tokens if end - start > 1]
    kept = []
    for start, end in longer or tokens:
        token = value[start:end]
        if span.label.category == "date" and len(tokens) > 1 and _may_stay(token):
            continue
        if span.label.category == "url" and token.lower() in _WEB:
            continue
        kept.append((span.start + start, span.start + end))
    return kept


def _may_stay(token: str) -> bool:
    return bool(_YEAR.match(token)) or token.lower() in _BESIDE_DATES


def leaks_by_text(scores: Iterable[Score], wanted: "Want") -> list[tuple[int, int]]:
    """Return (leaked, all) spans of each text, of the labels wanted."""
    counted = []
    for one in scores:
        spans = [span for span in one.spans if wanted(span.label)]
        if spans:
            counted.append((sum(span.is_leaked for span in spans), len(spans)))
    return counted


class Want(Protocol):
    """Which labels count for a figure."""

    def __call__(self, label: Label) -> bool: ...


class Hipaa(Want):
    def __call__(self, label: Label) -> bool:
        return label.is_hipaa


class OfRecord(Want):
    def __call__(self, label: Label) -> bool:
        return label.of_record and label.whose == "patient"


class Everything(Want):
    def __call__(self, label: Label) -> bool:
        return True


class Structured(Want):
    def __call__(self, label: Label) -> bool:
        return label.category in STRUCTURED


class Category(Want):
    def __init__(self, category: str) -> None:
        self._category = category

    def __call__(self, label: Label) -> bool:
        return label.category == self._category


def precision(scores: Sequence[Score]) -> list[tuple[int, int]]:
    """Return (right, all) replaced stretches of each text."""
    return [(one.right, one.right + one.wrong) for one in scores if one.right + one.wrong]


def character_precision(scores: Sequence[Score]) -> list[tuple[int, int]]:
    """Return (identifying, all) removed characters of each text."""
    return [
        (one.removed_characters - one.wrong_characters, one.removed_characters)
        for one in scores
        if one.removed_characters
    ]
