"""Terms told by the company they keep: eponyms, makers and instruments side by side.

In "Colles, Smith, Barton and Galeazzi" the fractures nobody is named after tell what the others
are; in "Norton 12, Morse 45, Hendrich II 3" the figures do. People are listed among people.
"""

import re
from collections.abc import Iterator
from typing import Final

from phi.detect.words import FORMS

_REACH: Final = 160  # characters before and after in which a list is read
_SENTENCE_BEFORE: Final = re.compile(r"(?:\n|[.!?:;|][ \t]|[()\[\]|])")
_SENTENCE_AFTER: Final = re.compile(r"(?:\n|[.!?|](?:[ \t]|\Z)|[()\[\]|])")
_BETWEEN: Final = re.compile(r"[,;/]?[ \t]+(?:and|or|vs\.?|versus|&)[ \t]+|[ \t]*[,;/][ \t]*")
_ITEM: Final = re.compile(
    r"(?:[A-Z][\w'-]*|[a-z]{1,2})(?: (?:[A-Z][\w'-]*|\d[\w.-]*|of|and|&|de|la)){0,4}"
)
_WORD_BEFORE: Final = re.compile(r"([A-Z][\w'-]*)[ \t]\Z")
_WORD: Final = re.compile(r"[^\W\d_]{2,}")
_GRADE: Final = (
    r"[ \t]+(?:(?:grade|stage|class|type|score|scale|group)[ \t]+)?"
    r"(?:[IVX]{1,4}[ab]?|[A-D]\d?(?:[A-Z]\d)?|-?\d{1,3}(?:\.\d+)?(?:[+-]\d)*|0-I[IV]?[abc]|"
    r"negative|positive|normal|absent)(?![\w/])"
)
_GRADED: Final = re.compile(rf"(?:[ \t]+(?:and )?[A-Z][\w-]+)?{_GRADE}")
_OTHER_GRADED: Final = re.compile(rf"\b([A-Z][\w-]{{2,}}){_GRADE}")
_MAY_LIST: Final = re.compile(r"[,;/]|\b(?:and|or|vs|versus)\b| & ")
_BEFORE_ITEM: Final = re.compile(r"(?:\A|[,;/\n.!?:|()\[\]]|\b(?:and|or|vs\.?|versus)| &)[ \t]*\Z")
_FEWEST: Final = 2  # terms beside a word that make it one
_PERSON_BEFORE: Final = re.compile(
    r"\b(?:Dr|Drs|Mr|Mrs|Ms|Miss|Prof|pt|patient|by|with|from|cc|attn|per|to)\.?:?[ \t]+\Z",
    re.IGNORECASE,
)


def is_listed_term(text: str, start: int, end: int) -> bool:
    """Tell whether a stretch stands in a list of clinical terms or among graded instruments."""
    if _PERSON_BEFORE.search(text, max(0, start - 10), start) or _is_full_name(text[start:end]):
        return False
    return _is_among_terms(text, start, end) or _is_among_grades(text, start, end)


def _is_full_name(value: str) -> bool:
    words = _WORD.findall(value)
    if len(words) < 2:
        return False
    given, surname = FORMS[words[0]].word, FORMS[words[-1]].word
    return "-" not in value and given.given > 1 and surname.surname > 0


def _is_among_terms(text: str, start: int, end: int) -> bool:
    if not _begins_item(text, start):
        return False
    begin, until = _sentence(text, start, end)
    if not _MAY_LIST.search(text, begin, until):
        return False
    terms = others = 0
    is_item = False
    for first, last in _items(text, begin, until):
        item = text[first:last]
        if first < end and start < last:  # what was found may reach over several items
            is_item |= first == start or (first < start and is_term(text[first:start]))
        elif _ITEM.fullmatch(item) and any(map(is_term, _WORD.findall(item))):
            terms += 1
        elif _ITEM.fullmatch(item):
            others += 1
    return is_item and terms >= _FEWEST and terms * 2 >= others


def _begins_item(text: str, start: int) -> bool:
    """Tell whether an item of a list may begin here, or a term goes on: Puritan Bennett."""
    if _BEFORE_ITEM.search(text, max(0, start - 10), start):
        return True
    before = _WORD_BEFORE.search(text, max(0, start - 24), start)
    return before is not None and is_term(before[1])


def _sentence(text: str, start: int, end: int) -> tuple[int, int]:
    """Return where the enumeration around a stretch may begin and end."""
    begin = max(0, start - _REACH)
    for match in _SENTENCE_BEFORE.finditer(text, begin, start):
        if match[0][0] != ";":
            begin = match.end()
    after = _SENTENCE_AFTER.search(text, end, end + _REACH)
    return begin, after.start() if after else min(len(text), end + _REACH)


def _items(text: str, begin: int, end: int) -> Iterator[tuple[int, int]]:
    at = begin
    for match in _BETWEEN.finditer(text, begin, end):
        yield at, match.start()
        at = match.end()
    yield at, end


def is_term(word: str) -> bool:
    """Tell whether a capitalized word is a term that is no usual name: Galeazzi, Lasix."""
    form = FORMS[word.strip(" '-")]
    return form.kind == "E" or (form.kind == "d" and form.shape != "X")


def _is_among_grades(text: str, start: int, end: int) -> bool:
    """Tell whether a word is followed by a grade as its neighbors, instruments, are."""
    if not _GRADED.match(text, end):
        return False
    line_start = max(text.rfind("\n", 0, start) + 1, start - _REACH)
    line_end = text.find("\n", end)
    line_end = min(len(text) if line_end < 0 else line_end, end + _REACH)
    terms = sum(
        is_term(match[1].partition("-")[0])
        for part in ((line_start, start), (end, line_end))
        for match in _OTHER_GRADED.finditer(text, *part)
    )
    return terms >= _FEWEST
