"""Where a find goes on: the rest of a name whose other part was found.

"Jin-" before Woo Underwood, Washington behind Kealoha, "& Grain" behind Harlan Feed, lac behind
Fond du: what stands beside a find and may be a part of it is taken with it.
"""

import re
from collections.abc import Iterable
from typing import Final

from phi.detect.eponyms import CLINICAL_HEAD
from phi.detect.lexicon import shared
from phi.detect.name import NOT_NAMES, is_plain
from phi.detect.recognizer import Hit
from phi.detect.view import View
from phi.detect.words import FORMS, Form

_PARTICLE: Final = (
    r"(?:Mc|Mac|O|ul|al|el|ap|bin|ibn|ben|abu|van der|van den|van de|van|von|de la|de los|de|del|"
    r"della|di|da|dos|du|der|den|ter|le|la|st\.?|san|santa|saint)"
)
_WORD: Final = r"[^\W\d_][\w']*"
_RIGHT_JOINED: Final = re.compile(rf"-({_WORD})")
_RIGHT: Final = re.compile(rf"[ \t]+(?:{_PARTICLE}[ \t-]+)?({_WORD})(?:-{_WORD})*", re.IGNORECASE)
_LEFT_JOINED: Final = re.compile(rf"(?<![\w-])({_WORD})-\Z")
_LEFT: Final = re.compile(rf"(?<![\w'-])({_WORD}(?:-{_WORD})*)[ \t]+\Z")
_LEFT_PARTICLE: Final = re.compile(rf"(?<![\w'])(?:{_PARTICLE}[ \t-]+){{1,2}}\Z", re.IGNORECASE)
_FIRM_RIGHT: Final = re.compile(rf"[ \t]+(?:(?:&|and|of|the) )?({_WORD})")
_PLACE_RIGHT: Final = re.compile(r"((?: [^\W\d_][\w'.]*){1,2})")
_NO_PART: Final = NOT_NAMES | frozenset(
    """
    will can do did does shall should would could must might md rn np pa phd dds rph lpn cna dob age
    ph tel cell
    """.split()  # noqa: SIM905 - words read better as text
)
_CALENDAR: Final = frozenset(
    """
    mon tue wed thu fri sat sun jan feb mar apr may jun jul aug sep sept oct nov dec january
    february march april june july august september october november december
    """.split()  # noqa: SIM905 - words read better as text
)
# What hangs on to a day and makes a moment of it: MAR 14,2025@15:30, 2025-03-14T15:30:00Z.
_CLOCK: Final = re.compile(
    r"(?:@|T(?=\d\d:\d\d))(?:[01]?\d|2[0-3]):?[0-5]\d(?::?[0-5]\d)?(?:\.\d{1,9})?"
    r"(?:Z\b|[+-]\d\d:?\d\d)?(?!\d)"
)
_PEOPLE: Final = frozenset({"name-by-model", "name-by-lexicon", "consistency", "known"})
_WINDOW = 40
_MID_SENTENCE: Final = re.compile(r"[\w,;)&/-][ \t]+\Z")
_DECIDED: Final = frozenset({"known", "field", "hl7"})
_WORDS: Final = re.compile(r"[^\W\d_][\w']*")


def grown(view: View, hits: Iterable[Hit]) -> list[Hit]:
    """Return the hits with the parts beside them; of known ones the parts are hits of their own."""
    found: list[Hit] = []
    for hit in hits:
        if hit.kind == "DATE" and (clock := _CLOCK.match(view.text, hit.end)):
            hit = hit._replace(end=clock.end(), canonical=None, usual=None)
        if hit.kind == "NAME" or hit.recognizer in {"town", "place-by-model"}:
            start, end = _wider(view, hit)
            if (start, end) != (hit.start, hit.end):
                if hit.recognizer == "known":
                    found.append(hit)
                hit = hit._replace(
                    start=start, end=end, recognizer="name-goes-on", canonical=None, usual=None
                )
        found.append(hit)
    return found


def without_remnants(view: View, hits: Iterable[Hit]) -> list[Hit]:
    """Return the hits without what others left of a name: blanks, signs and mere vocabulary."""
    return [hit for hit in hits if not _is_remnant(view.text[hit.start : hit.end], hit)]


def _is_remnant(text: str, hit: Hit) -> bool:
    if hit.kind not in {"NAME", "ADDR"} or hit.recognizer in _DECIDED or text[0].isalnum():
        return False
    return not any(map(str.isdigit, text)) and _is_vocabulary(text)


def _is_vocabulary(text: str) -> bool:
    """Tell whether no word may be a part of a name; a capitalized everyday word may be one."""
    return all(map(_is_no_name, _WORDS.findall(text)))


def _is_no_name(word: str) -> bool:
    lower = word.lower().removesuffix("'s")
    if lower in _CALENDAR or len(lower) < 2:
        return len(lower) < 2
    return lower in _NO_PART or (
        is_plain(lower) and (word[0].islower() or FORMS[word].kind in "cdo")
    )


def _wider(view: View, hit: Hit) -> tuple[int, int]:
    if hit.kind == "ADDR":
        return hit.start, _place_end(view.text, hit)
    if hit.recognizer in {"organization-by-model", "organization", "employer"}:
        return hit.start, _firm_end(view.text, hit.start, hit.end)
    return _person(view.text, hit)


def _person(text: str, hit: Hit) -> tuple[int, int]:
    start, end = hit.start, hit.end
    is_upper = text[start:end].isupper()
    if not text[start].isupper():
        return start, end
    joined = _RIGHT_JOINED.match(text, end, end + _WINDOW)
    if joined and joined[1][0].isupper():
        end = joined.end()
    joined = _LEFT_JOINED.search(text, max(0, start - _WINDOW), start)
    if joined and joined[1][0].isupper() and not FORMS[joined[1]].word.clinical:
        start = joined.start()
    particle = _LEFT_PARTICLE.search(text, max(0, start - _WINDOW), start)
    if particle and _is_particle(text, particle):
        start = particle.start()
    is_person = hit.recognizer in _PEOPLE or hit.recognizer.startswith("name-")
    after = _RIGHT.match(text, end, end + _WINDOW) if is_person else None
    if after and _goes_on(text, after, is_upper):
        end = after.end()
    before = _LEFT.search(text, max(0, start - _WINDOW), start) if is_person else None
    if before and _may_lead(text, before, is_upper):
        start = before.start()
    return start, end


def _is_particle(text: str, match: "re.Match[str]") -> bool:
    """Tell whether a particle is a part of the name: "la" may end the sentence before."""
    word = match[0].split()[0].lower() if match[0].split() else ""
    return word not in {"la", "le", "o", "de", "di", "da"} or match[0][0].isupper()


def _goes_on(text: str, match: "re.Match[str]", is_upper: bool) -> bool:
    word = match[1]
    form = FORMS[word]
    if form.lower in _NO_PART | _CALENDAR or not _is_written_alike(form, is_upper):
        return False
    if CLINICAL_HEAD.match(text, match.end(), match.end() + 24):
        return False
    if is_upper:
        return form.kind in "gsbz" and not form.word.english
    return form.kind in "gsbuzx" or (form.word.surname > 1 and form.kind in "ar")


def _may_lead(text: str, match: "re.Match[str]", is_upper: bool) -> bool:
    form = FORMS[match[1]]
    if form.lower in _NO_PART or not _is_written_alike(form, is_upper) or len(form.lower) < 3:
        return False
    if form.word.is_organization or form.word.is_eponym:
        return False
    if form.kind in "gbz" and not form.word.english:
        return True
    is_within = bool(_MID_SENTENCE.search(text, max(0, match.start() - 4), match.start()))
    return not is_upper and is_within and form.word.given > 0  # Adjuster Sunshine Subramanian


def _is_written_alike(form: Form, is_upper: bool) -> bool:
    return form.shape == "X" if is_upper else form.shape in "Tm"


def _firm_end(text: str, start: int, end: int) -> int:
    """Return where the name of a firm ends: Harlan Feed & Grain."""
    for _ in range(3):
        match = _FIRM_RIGHT.match(text, end, end + _WINDOW)
        if match is None:
            return end
        form = FORMS[match[1]]
        joint = text[end : match.start(1)].strip()
        is_part = form.shape == "T" and (joint == "&" or form.word.is_organization)
        if not is_part or (form.lower in NOT_NAMES and joint != "&"):
            return end
        end = match.end()
    return end


def _place_end(text: str, hit: Hit) -> int:
    """Return where the name of a town ends that a list of places has whole: fond du lac."""
    match = _PLACE_RIGHT.match(text, hit.end, hit.end + _WINDOW)
    words = match[1].split() if match else []
    for count in range(len(words), 0, -1):
        name = f"{text[hit.start : hit.end]} {' '.join(words[:count])}".lower().rstrip(".")
        if shared().word(name).place:
            return hit.end + len(f" {' '.join(words[:count])}".rstrip("."))
    return hit.end
