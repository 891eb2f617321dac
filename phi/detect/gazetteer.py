"""Names by the lexicon alone: a given name and what stands beside it as a surname.

Sure enough to need no model, in plain prose and in lists; single words and unusual names are left
to phi/detect/sequence.py.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

from phi.detect.eponyms import CLINICAL_HEAD
from phi.detect.name import NOT_NAMES, WORD
from phi.detect.recognizer import Hit, compiled
from phi.detect.view import View
from phi.detect.words import FORMS, Form

_PAIR: Final = (
    rf"\b({WORD})((?:[ \t]+[A-Z]\.?)?[ \t]+|,[ \t]?)((?:(?:de|de la|del|van|von|der|al|el|bin|da|"
    rf"dos|St\.?)[ \t]+){{0,2}}{WORD})(?:[ \t]+[A-Z]\b)?"
)


class GivenAndSurname:
    """A recognizer of "Maria Lopez" and "Lopez, Maria" wherever they stand."""

    name = "name-by-lexicon"
    category = "name"
    pattern = _PAIR

    def __init__(self) -> None:
        self._program: Any = compiled(_PAIR)

    def hits(self, view: View) -> Iterator[Hit]:
        at = 0
        while match := self._program.search(view.octets, at):
            start, end = match.span()
            first, last = match.span(1), match.span(3)
            if _are_one_person(view.text, first, last, match[2].startswith(b",")):
                yield Hit(start, end, "name", "NAME", self.name, 0.85)
                at = end
            else:
                at = first[1]


def _are_one_person(
    text: str, first: tuple[int, int], last: tuple[int, int], is_turned: bool
) -> bool:
    left, right = _form(text[slice(*first)]), _form(text[slice(*last)].split()[-1])
    if (right if is_turned else left).word.given < 2:
        return False
    if {left.lower, right.lower} & NOT_NAMES or CLINICAL_HEAD.match(text[last[1] : last[1] + 20]):
        return False
    if left.word.is_eponym and right.word.is_eponym:
        return False
    given, surname = (right, left) if is_turned else (left, right)
    if not is_turned and _is_sure_given(given):
        return _may_be_surname(surname)
    if not is_turned and given.word.given > 2 and given.shape in "TX":
        return surname.kind in "bsx" and surname.shape in "TXm"  # Maria, Mark, Rose are words too
    if not is_turned or not _is_sure_given(given) or not _is_rare(surname):
        return False
    return surname.word.surname > 1 or (surname.kind in "suz" and _is_entry(text, *first, last[1]))


_WIDEST_INDENT = 80
_ENTRY_ENDS: Final = re.compile(r"(?: [A-Z]\.?)?(?:[ \t]{2,}|[ \t]*(?:$|[\n|(;]| - |\d|/))")


def _is_entry(text: str, start: int, _: int, end: int) -> bool:
    """Tell whether "Unknown, Maria" begins a line or field and ends like one."""
    before = text[max(0, start - _WIDEST_INDENT) : start].rstrip(" ")
    is_begin = not before or before[-1] in "\n|:;\t"
    return is_begin and bool(_ENTRY_ENDS.match(text, end))


def _form(word: str) -> Form:
    """Return the form of a word, of a compound that of its rarest part."""
    if "-" not in word:
        return FORMS[word]
    return min((FORMS[part] for part in word.split("-") if part), key=_english)


def _english(form: Form) -> int:
    return form.word.english


def _is_sure_given(form: Form) -> bool:
    return form.word.given > 1 and form.kind in "bgax" and _is_rare(form)


def _is_rare(form: Form) -> bool:
    return form.word.english < 4 and form.shape in "TXm"


def _may_be_surname(form: Form) -> bool:
    if form.shape not in "TXm":
        return False
    return form.kind in "bsuz" or (form.word.surname > 1 and form.shape == "T")


GIVEN_AND_SURNAME: Final = GivenAndSurname()
