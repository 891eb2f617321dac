"""Where somebody lives, works or went, beside the words that say so."""

import re
from collections.abc import Iterator
from typing import Final

from phi.doubt.reading import MARKS, PLACE, Doubt, Reading, gate_of, in_any_case
from phi.doubt.vetoes import is_word
from phi.vocabulary import ENGLISH, MEDICAL, NO_PERSON, TOWN, bits_of

REASON: Final = "doubt:place"
_WORD = r"[A-Za-z][A-Za-z'-]{1,30}"
_CAPITALS = (
    r"[A-Z][A-Za-z'-]{0,30}"
    r"(?:(?:[\s>]{1,8}(?:of|de|du|la|or|and|&))?[ \n>]{1,8}[A-Z][\w'-]{0,30}){0,4}"
)
_VERBS = (
    r"live|reside|stay|born|raised|settle|retire|relocate|move|grew up|grow up|travel|fly|flew|"
    r"drove|went|moving|living|staying|residing|traveling|flying|flies|moved|lived|stayed|resides|"
    r"stays|lives|home|house|farm|cabin|trip|leave|leaving|left|visit|visits|visited|visiting|"
    r"native|resident|sleeps"
)
_WHERE = (
    r"(?: (?:back|out|down|up|alone|here|now|over))?(?: ?"
    r"(?:in from|in|to|from|near|at|outside|of|for))?"
)
_WAS = r"i was in|he was in|she was in|were in|was seen in"
_GOING_BEGINS: Final = gate_of(rf"(?i)\b(?:(?:{_VERBS}){_WHERE}|{_WAS}|\) in) ")
_GOING: Final = re.compile(
    rf"(?:{in_any_case(_VERBS)}(?i:{_WHERE})|{in_any_case(_WAS)}|\)(?i: in)) "
    rf"({_CAPITALS}|{_WORD}(?:(?: du| de| d')? ?{_WORD}){{0,2}})"
)
_LIVING: Final = re.compile(
    r"(?:leav\w+ for|live\w* in|living in|born in|moved (?:to|from)|flew|flying|visiting)\b",
    re.IGNORECASE,
)
_WORKS = (
    r"(?:works?|worked|working|employed|job|drives|shifts?|nights|days|cashier|welder|cook|clerk|"
    r"driver|mechanic|teacher|fell|return|retired|hired|laid off|fired|position|boss|manager|"
    r"coworkers?|supervisor|employment|business|janitor|server|waitress|bartender|foreman|clerks|"
    r"nurse|aide|assistant|line|warehouse|route|career)(?: (?:nights|days|full time|part time|back|"
    r"full-time|part-time))?[\s>]{1,8}(?:for|at|by|with|from|to)(?: the)?[\s>]{1,8}|"
    r"employer(?: is)?[ :(]{1,3}|(?:return|back) to vv?ork \("
)
_WORKING_BEGINS: Final = gate_of(rf"(?i)\b(?:{_WORKS})")
_WORKING: Final = re.compile(rf"(?i:{_WORKS})({_CAPITALS})")
_WORKING_LOWER: Final = re.compile(
    r"(?:works?|worked|working|employed|job|shift|hired|laid off|retired)(?: (?:nights|days|"
    r"full time|part time))? (?:at|for|by|from) (?:the )?"
    r"([a-z][a-z'&-]{1,30}(?: [a-z&][a-z'&-]{0,30}){0,3})"
)
_ENDS_NAME: Final = re.compile(
    r" (?:and|but|as|in|on|since|so|who|which|that|then|now|is|was|has|for|at|to|with|where|when|"
    r"he|she|they|i|after|before|until|because|while|doing|lives|full|part|nights|days|also|no|from)\b"
)
_EMPLOYER_INSIDE: Final = re.compile(r"(?i:employer) \(([^()\n]{3,40})\)")
_STREET_TEXT = (
    r"\b(?:[A-Z]{2})?\d{1,5}[A-Z]? (?:(?:[NSEW]|North|South|East|West|Old)\.? )?"
    r"(?:[A-Za-z0-9']{1,30} ){1,3}(?i:st|street|ave|avenue|rd|road|ln|lane|dr|drive|blvd|hwy|"
    r"highway|ct|court|pl|place|pkwy|ter|terrace|way|circle|cir|trail|trl|route|plaza)\b\.?"
    r"(?: (?:\d{1,4}|[NSEW]|North|South|East|West)\b)?"
)
_STREET_BEGINS: Final = gate_of(_STREET_TEXT)
_STREET: Final = re.compile(_STREET_TEXT)
_BETWEEN_PLACES: Final = re.compile(
    rf"(?<={PLACE})[, \t\n>]{{1,5}}([A-Za-z0-9#. -]{{2,12}}?)[, \t\n>]{{1,5}}(?={PLACE})"
    rf"|(?<={PLACE})[,][ \t]([A-Z0-9]{{1,5}}(?:-[A-Z0-9]{{1,4}})?|\d{{5}}(?:-\d{{4}})?)(?=,)"
)
_FIGURE: Final = re.compile(r"\d")
_LIST: Final = re.compile(r"\b(?:and|or|mg|to|in|of|the|with)\b", re.IGNORECASE)
_NO_PLACE: Final = re.compile(
    r"(?i:night|times|least|risk|all|this|that|now|baseline|present|first|last|rest|as|it|him|them|me|us|"
    r"both|up|down|same|some|any|free|good|which|what|desk|computer|heights|himself|herself|"
    r"work|home|clinic|hospital|bed|school|therapy|baseline|surgery|icu|ed|er|or|the|a|an|his|her|"
    r"my|follow|room|office|care|pain|one|two|three|days?|weeks?|months?|years?|medical|physical|"
    r"monday|tuesday|wednesday|thursday|friday|saturday|sunday|january|february|march|april|may|june|"
    r"july|august|september|october|november|december)\b"
)


def of_places(reading: Reading) -> Iterator[Doubt]:
    """Yield places of living and going, places of work, and what is left of addresses."""
    for match in reading.found(_GOING, _GOING_BEGINS, 0, 96):
        yield from _towns(match)
    for match in reading.found(_WORKING, _WORKING_BEGINS, 0, 160):
        if not _NO_PLACE.match(match[1]) and not _is_clinical(match[1]):
            yield Doubt(*match.span(1), "name", "NAME", "doubt:employer")
    if reading.hardly_has_capitals:
        yield from _employers_in_lower_case(reading)
    for match in reading.found(_EMPLOYER_INSIDE, _WORKING_BEGINS, 0, 48):
        yield Doubt(*match.span(1), "name", "NAME", "doubt:employer")
    yield from _of_addresses(reading)


def _employers_in_lower_case(reading: Reading) -> Iterator[Doubt]:
    for match in reading.found(_WORKING_LOWER, _WORKING_BEGINS, 0, 120):
        end = _ENDS_NAME.search(match[1])
        employer = match[1][: end.start()] if end else match[1]
        if not _NO_PLACE.match(employer) and not _is_clinical(employer):
            start = match.start(1)
            yield Doubt(start, start + len(employer), "name", "NAME", "doubt:employer")


def _of_addresses(reading: Reading) -> Iterator[Doubt]:
    for match in reading.found(_STREET, _STREET_BEGINS, 1, 0):
        if MARKS.isdisjoint(match[0]) and not _LIST.search(match[0]):
            yield Doubt(*match.span(), "address", "ADDR", REASON)
    if PLACE not in reading.text:
        return
    for match in _BETWEEN_PLACES.finditer(reading.text):
        group = match.lastindex or 0
        if _FIGURE.search(match[group]) and MARKS.isdisjoint(match[group]):
            yield Doubt(*match.span(group), "address", "ADDR", REASON)


def _towns(match: re.Match[str]) -> Iterator[Doubt]:
    place = match[1]
    if _NO_PLACE.match(place):
        return
    words = [word.lower() for word in re.findall(_WORD, place)]
    if place[0].isupper() and not place.isupper():
        if any(bits_of(word) & NO_PERSON for word in words) or _is_clinical(place):
            return
        if _LIVING.match(match[0]) or any(map(_may_be_town, words)):
            yield Doubt(*match.span(1), "address", "ADDR", REASON)
        return
    end = match.start(1)
    for word in re.finditer(_WORD, place):
        bits = bits_of(word[0].lower())
        if not bits & TOWN and bits & ENGLISH:
            break
        end = match.start(1) + word.end()
    found = match.string[match.start(1) : end]
    strange = any(_is_town_only(word.lower()) for word in re.findall(_WORD, found))
    if found and strange:
        yield Doubt(match.start(1), end, "address", "ADDR", REASON)


def _may_be_town(word: str) -> bool:
    bits = bits_of(word)
    return bool(bits & TOWN) or (not bits & (ENGLISH | MEDICAL) and not is_word(word))


def _is_town_only(word: str) -> bool:
    bits = bits_of(word)
    return bool(bits & TOWN) and not bits & (ENGLISH | MEDICAL | NO_PERSON)


def _is_clinical(text: str) -> bool:
    words = [word.lower() for word in re.findall(_WORD, text)]
    return all(bits_of(word) & (MEDICAL | NO_PERSON) or is_word(word) for word in words)
