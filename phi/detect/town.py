"""Towns by the words around them and the lexicon: "moved from Terre Haute", "seen in Huntsville"
(45 CFR 164.514(b)(2)(i)(B)). States and countries stay."""

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Any, Final

from phi.detect.address import STATE_NAMES, SUFFIXES, UNIT
from phi.detect.lexicon import shared
from phi.detect.recognizer import Hit, compiled
from phi.detect.view import View
from phi.detect.words import FORMS

_LIVING = (
    r"(?:liv(?:es?|ed|ing)|resid(?:es?|ed|ing)|born|raised|grew up|grown up|stay(?:s|ed|ing)|"
    r"hospitali[sz]ed|work(?:s|ed|ing)?|vacation(?:ed|ing)?|stationed|incarcerated|homeless) "
    r"(?:in|near|at|around)|"
    r"mov(?:ed|ing|es) (?:\w+ )?(?:from|to)|visit(?:ed|ing|s)?|"
    r"travel(?:s|ed|ing|led|ling)? (?:\w+ )?(?:to|from|in)|"
    r"(?:leav(?:e|es|ing)|left|headed|bound) for|(?:flew|flying|drove|came|bused|trained|"
    r"driving) in "
    r"from|(?:i|we|he|she) (?:was|were|am|are|is) (?:still )?(?:up |down |over |out |away )?in|"
    r"trips? to|drove (?:\w+ )?(?:from|to)|sleeps? (?:near|in)|flew (?:from|to)|flying to|"
    r"back (?:from|to)|retired (?:to|in)|native of|resident of|originally from|comes? from|"
    r"came (?:\w+ )?from|hails from|home(?:town)? (?:in|of|is)|house in|church in|"
    r"farm (?:in|near)|school in|clinic in|hospital in|city of|town of|village of|"
    r"outside(?: of)?|near"
)
_WORD = r"[A-Za-z\xc0\xe0][A-Za-z\xc0\xe0'.-]+"
_TOWN = rf"((?:{_WORD}[ \n]){{0,3}}{_WORD})"
_SAID = rf"(?i)\b(?:{_LIVING})\s{_TOWN}".replace(" (?:", r"\s(?:").replace(" to", r"\sto")
_LOWER_IN = r"\b(?:in|from|of|near|to)\s([a-z\xe0][a-z\xe0'.-]+(?: [a-z\xe0][a-z\xe0'.-]{2,})?)"
# Where people come from and go: there a word that is a town too is the town (Hope, Mobile).
_HOMEWARD = (
    r"\b(?:(?:driv(?:ing|es|en)|drove|com(?:ing|es)|came|fly(?:ing)?|flies|flew) "
    r"(?:up|down|over|in|out|back) from|went (?:back )?home to|called from|calling from|"
    r"(?:airport|station|lake|dance|house|farm|motel|church|school) (?:in|at)|"
    r"(?:lives?|lived|living|grew up|born|raised) (?:up |down |over |out )?in|moved (?:back )?to)\s"
    r"([A-Z][a-z]{2,}(?: [A-Z][a-z]{2,})?)\b"
)
_BEFORE_ZIP = rf"(?i)(?:\bin|,)\s((?:{_WORD} ){{0,2}}{_WORD}),? (?:zip(?: ?code)?|postal code)\b"
_CAPITALIZED = r"[A-Z\xc0][A-Za-z\xc0\xe0'.-]+"
_IN = (
    rf"\b(?:in|from|of|to|In|From|IN|FROM)\s"
    rf"((?:{_CAPITALIZED}[ \n](?:(?:or|of|du|de|la) )?){{0,2}}{_CAPITALIZED})"
)
_STREET_ENDS = rf" (?i:{SUFFIXES})\b\.?(?i:{UNIT})?, "
_AFTER_STREET = rf"\d[^\n,]{{2,40}}{_STREET_ENDS}((?:{_CAPITALIZED} ){{0,2}}{_CAPITALIZED})"
_STATES: Final = frozenset(name.lower() for name in STATE_NAMES.split("|"))
_LINKS: Final = frozenset(
    {"de", "del", "du", "la", "las", "los", "le", "of", "or", "the", "on", "lac"}
)
_SAINTS: Final = frozenset({"san", "santa", "el", "fort", "los", "las", "saint", "palo", "baton"})
_NO_TOWNS: Final = frozenset(
    """
    home work school hospital clinic icu er ed bed chair room office house apartment church car day
    night morning the his her their my our your an assisted independent nursing skilled rehab
    rehabilitation hospice shelter shelters care group senior memory family mother father parents
    wife husband daughter son sister brother friends friend today tomorrow yesterday pain left right
    both bilateral normal baseline syncope america mexico canada china india england europe africa
    asia usa us states united american emergency nurse nurses nurses' doctor physician surgery
    radiology oncology medicine cardiology neurology jail prison motel hotel senior facility
    """.split()  # noqa: SIM905 - words read better as text
)


class Towns:
    """The recognizer of towns."""

    name = "town"
    category = "address"

    def __init__(self, pattern: str, *, is_said: bool, gate: str = "") -> None:
        self.pattern = gate or pattern
        self._read = pattern
        self._is_said = is_said  # that people live or go there

    @cached_property
    def program(self) -> Any:
        return compiled(self._read)

    def hits(self, view: View) -> Iterator[Hit]:
        at = 0
        while match := self.program.search(view.octets, at):
            start, end = match.span(1)
            stop = _town_end(view, start, end, self._is_said)
            if stop > start:
                yield Hit(start, stop, "address", "ADDR", self.name, 0.7)
            at = max(start, stop)


class LowerTowns(Towns):
    """Towns in a text that hardly uses capitals: words that are nothing but a place."""

    def hits(self, view: View) -> Iterator[Hit]:
        if view.is_lower_case:
            for match in self.program.finditer(view.octets):
                start, end = match.span(1)
                text = view.text[start:end].rstrip(".,'-")
                first = text.partition(" ")[0].rstrip(".,'-")
                if first != text and _is_listed(text.split()):
                    yield Hit(start, start + len(text), "address", "ADDR", self.name, 0.6)
                    continue
                text = first
                word = FORMS[text].word
                if (
                    len(text) > 3
                    and word.place
                    and not (word.english or word.clinical or word.is_eponym)
                ):
                    yield Hit(start, start + len(text), "address", "ADDR", self.name, 0.6)


class Homeward(Towns):
    """Towns that are words, where people come from or go home to."""

    def hits(self, view: View) -> Iterator[Hit]:
        for match in self.program.finditer(view.octets):
            start, end = match.span(1)
            words = view.text[start:end].lower().split()
            if words[0] in _NO_TOWNS or " ".join(words) in _STATES:
                continue
            count = 2 if len(words) > 1 and shared().word(" ".join(words)).place else 1
            if count == 2 or FORMS[words[0]].word.place:
                stop = end if count == len(words) else start + len(words[0])
                yield Hit(start, stop, "address", "ADDR", self.name, 0.8)


def _town_end(view: View, start: int, end: int, is_said: bool) -> int:
    """Return where the town ends; `start` if none stands there."""
    words = [match.span() for match in re.finditer(r"[^\s]+", view.text[start:end])]
    for count in range(len(words), 0, -1):
        text = view.text[start : start + words[count - 1][1]].rstrip(".,'-")
        stop = start + len(text)
        is_said = is_said or _is_in_sentence(view.text, start, stop)
        if _is_town(text.split(), is_said, view.is_lower_case):
            return stop
    return start


def _is_in_sentence(text: str, start: int, stop: int) -> bool:
    """Tell whether one title-case word stands among words in lower case after "in"."""
    word = text[start:stop]
    if " " in word or word.isupper() or text[start - 3 : start].lower() != "in ":
        return False
    return bool(_GOES_ON.match(text, stop)) and len(word) > 4 and bool(FORMS[word].word.place)


_GOES_ON = re.compile(r"[.,;]|$| [a-z]")


def _is_town(words: list[str], is_said: bool, is_lower_case: bool) -> bool:
    lowered = [word.lower().strip(".") for word in words]
    if " ".join(lowered) in _STATES or lowered[0] in _NO_TOWNS or lowered[-1] in _LINKS | _NO_TOWNS:
        return False
    has_capitals = all(word[0].isupper() or word.lower() in _LINKS for word in words)
    if len(words) > 1 and (has_capitals or is_lower_case) and _is_listed(lowered):
        return True  # Deer Park, Truth or Consequences
    if not has_capitals and not (is_lower_case and is_said):
        return False
    if len(words) == 2 and has_capitals and lowered[0] in _SAINTS:
        return True  # Santa Fe, El Paso: whatever the second word is
    forms = [FORMS[word] for word in lowered if word not in _LINKS]
    if any(
        form.word.clinical or form.word.is_organization or form.word.is_proper for form in forms
    ):
        return False
    if not all(form.word.place for form in forms):
        return (
            is_said
            and has_capitals
            and _reads_as_town(words, [form.word.english for form in forms])
        )
    if is_said:
        return True
    if any(form.word.is_eponym or (form.word.surname > 1 > form.word.place - 1) for form in forms):
        return False
    return all(form.word.english < 2 for form in forms) or len(words) > 1


def _is_listed(lowered: list[str]) -> bool:
    """Tell whether a list of places has the words as one name that is no everyday phrase."""
    if not shared().word(" ".join(lowered)).place:
        return False
    return any(FORMS[word].word.place > 0 for word in lowered)


def _reads_as_town(words: list[str], english: list[int]) -> bool:
    """Tell whether capitalized words no list of places has may be a town all the same."""
    return not words[0].isupper() and max(english) < 2


SAID = Towns(_SAID, is_said=True)
HOMEWARD = Homeward(_HOMEWARD, is_said=True)
IN = Towns(_IN, is_said=False)
LOWER_IN = LowerTowns(_LOWER_IN, is_said=False)
BEFORE_ZIP = Towns(_BEFORE_ZIP, is_said=True)
# Without the house number, whose every figure would be followed for forty characters.
AFTER_STREET = Towns(_AFTER_STREET, is_said=True, gate=rf"{_STREET_ENDS}{_CAPITALIZED}")
