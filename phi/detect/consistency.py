"""Found once is found everywhere: values one text gave away are looked for in all of them.

A surname or given name alone counts in any case when it is no word; one that is a word too (Rose,
Bell, Long) where it reads as a name; initials with their dots.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

import ahocorasick_rs

from phi.detect.canonical import canonical
from phi.detect.eponyms import is_clinical_term
from phi.detect.name import NOT_NAMES, is_plain
from phi.detect.recognizer import Hit
from phi.detect.view import View
from phi.detect.words import FORMS
from phi.name_words import NAME_WORDS

# Values of these types are rare enough to be themselves wherever they stand.
_NUMBERED = frozenset(
    {"MRN", "ACCT", "PLAN", "LIC", "VEH", "DEVICE", "SSN", "PHONE", "FAX", "EMAIL"}
)
_SHORTEST_NUMBER = 6
_SHORTEST_NAME_PART = 3
# What goes before a word of a name that is not the beginning of a sentence, and what follows one.
_MID_SENTENCE = re.compile(r"[\w,;)'\"/&-][ \t]+\Z|[(/\"]\Z")
_WHAT_PEOPLE_DO = re.compile(
    r"'s\b|[ \t]+(?:is|was|has|had|will|would|can|may|should|did|does|and|or|reports?|reported|"
    r"den(?:ies|ied)|states?|stated|says|said|presents?|presented|called|calls|came|comes|feels|felt|"
    r"lives|takes|took|went|asked|asks|wants|needs|complains|returns|returned|arrived|agrees?|hopes|"
    r"walks|sleeps|works|smokes|drinks|slept|ate|seen|to)\b",
    re.IGNORECASE,
)
_LONGEST_NAME = 80
_LONGEST_WORD = 12  # longer values are several words, or rare ones
_FIGURE = re.compile(r"[ \t]*\d")


@dataclass(frozen=True, slots=True)
class _Seen:
    text: str
    category: str
    kind: str
    canonical: str
    rule: str  # number | name | word: a name in any case, or as a name is written


class Echoes:
    """Finds again what was found once."""

    def __init__(self, found: Iterable[tuple[View, Hit]]) -> None:
        seen: dict[str, _Seen] = {}
        for view, hit in found:
            if hit.recognizer != "known":
                for one in _seen(view.text[hit.start : hit.end], hit):
                    seen.setdefault(one.text.lower(), one)
        self._seen = tuple(seen.values())
        self._automaton = (
            ahocorasick_rs.AhoCorasick(
                list(seen), implementation=ahocorasick_rs.Implementation.NoncontiguousNFA
            )
            if seen
            else None
        )

    def hits(self, view: View) -> list[Hit]:
        """Return where those values stand in the view."""
        if self._automaton is None:
            return []
        found = []
        for index, start, end in self._automaton.find_matches_as_indexes(
            view.lower, overlapping=True
        ):
            one = self._seen[index]
            if _stands_alone(view.text, start, end) and _counts(view.text, start, end, one):
                found.append(
                    Hit(start, end, one.category, one.kind, "consistency", 0.7, one.canonical)
                )
        return found


def _seen(value: str, hit: Hit) -> Iterable[_Seen]:
    family = hit.canonical or canonical(hit.kind, value)
    if hit.kind in _NUMBERED:
        if len(value) >= _SHORTEST_NUMBER and any(map(str.isdigit, value)):
            yield _Seen(value, hit.category, hit.kind, family, "number")
    elif hit.recognizer == "place-by-model":
        if _SHORTEST_NUMBER <= len(value) + 1 <= _LONGEST_NAME:
            yield _Seen(value, hit.category, hit.kind, family, "word")
    elif hit.kind == "NAME" and len(value) <= _LONGEST_NAME:
        words = [word for part in value.split() if (word := part.strip(",.'\"()"))]
        if len(words) > 1:
            yield _Seen(value, hit.category, hit.kind, family, "word")
            yield from _turned(words, hit, family)
        for word in words:
            rule = _rule(word)
            if rule:
                yield _Seen(word, hit.category, hit.kind, family, rule)


def _turned(words: list[str], hit: Hit, family: str) -> Iterable[_Seen]:
    """Yield the initials of a name with their dots; all letters must be capitals here."""
    if hit.recognizer != "organization-by-model" and all(word[:1].isupper() for word in words):
        initials = ".".join(word[0] for word in words if word.lower() not in NOT_NAMES)
        if 2 < len(initials) < 8:
            yield _Seen(initials, hit.category, hit.kind, family, "word")


def _rule(word: str) -> str:
    """Return how a part of a name is looked for by itself; empty: not at all."""
    lowered = word.lower().removesuffix("'s")
    if len(word) < 2 or lowered in NOT_NAMES or is_plain(lowered):
        return ""
    if len(word) < _SHORTEST_NAME_PART or lowered in NAME_WORDS:
        return "word"
    return "name" if FORMS[lowered].kind in "gsbuz" else "word"


def _stands_alone(text: str, start: int, end: int) -> bool:
    return not text[start - 1 : start].isalnum() and not text[end : end + 1].isalnum()


def _counts(text: str, start: int, end: int, one: _Seen) -> bool:
    if one.rule == "number":
        return True
    if is_clinical_term(text, start, end):
        return False
    if one.rule == "name":
        return True
    if one.text[0].isupper() and not text[start].isupper():
        return False
    return len(one.text) > _LONGEST_WORD or _reads_as_name(text, start, end)


def _reads_as_name(text: str, start: int, end: int) -> bool:
    """Tell whether a word is a name here: in mid-sentence, or followed by what people do."""
    word = text[start:end]
    if not word[0].isupper() or _FIGURE.match(text, end):
        return False
    if FORMS[word].kind not in "axroec":
        return True
    is_shouted = word.isupper() and text[max(0, start - 20) : end + 20].isupper()
    return not is_shouted and bool(
        _MID_SENTENCE.search(text, max(0, start - 4), start) or _WHAT_PEOPLE_DO.match(text, end)
    )
