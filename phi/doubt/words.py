"""Words that may be names: capitalized strangers, and any word in the place of a person's name."""

import re
from collections.abc import Iterator
from typing import Final

from phi.doubt.reading import PERSON as SOMEBODY
from phi.doubt.reading import TELEPHONE, Doubt, Reading, gate_of
from phi.doubt.vetoes import is_slip, is_thing, is_word
from phi.name_words import NAME_WORDS
from phi.vocabulary import (
    ENGLISH,
    GIVEN,
    MEDICAL,
    NO_PERSON,
    PERSON,
    USUAL_NAME,
    bits_of,
    is_doubtful,
)

REASON: Final = "doubt:word"
_PART = r"(?:Mc|Mac|De|Di|La|Le|Van|Fitz)?[A-Z][a-z]{1,30}"
_CAPITALIZED: Final = re.compile(rf"(?<![\w'-])(?:[A-Z]')?{_PART}(?:[-']{_PART}){{0,3}}(?![\w-])")
_SHORTEST = 3
_TITLES: Final = frozenset({"Mrs", "Dra", "Sra", "Srta", "Mme", "Frau", "Herr", "Drs", "Messrs"})
_BEGINS_SENTENCE: Final = re.compile(r"(?:\A|[.!?:;\n\x1e*>|\]][ \t\"'(*>-]*)\Z")
_IS_LABEL: Final = re.compile(r"[ \t]{0,2}(?::|=|\t)")
_ADDRESSED: Final = re.compile(
    r"\b(?:tell|told|ask|asked|per|seen by|spoke (?:with|to)|d/w|called|call|saw|dear|hi|hello|"
    r"attn:?|signed|thanks,?|regards,?|sincerely,?|patient|pt|nurse|named) \Z",
    re.IGNORECASE,
)
_SPEAKS: Final = re.compile(
    r" (?:reports|states|says|said|denies|hopes|wants|told|asked|called|lives|agrees|complains)\b"
)
_PIECES: Final = re.compile(r"[-']")


def capitalized(reading: Reading) -> Iterator[Doubt]:
    """Yield capitalized words that are none of a clinic's, where somebody is spoken of."""
    text = reading.text
    for match in _CAPITALIZED.finditer(text):
        word = match[0]
        if len(word) < _SHORTEST or not is_stranger(word):
            continue
        start, end = match.span()
        is_meant = reading.is_about_somebody or _is_addressed(text, start, end)
        if is_meant and _counts(text, word, start, end):
            yield name(start, end)


def name(start: int, end: int) -> Doubt:
    return Doubt(start, end, "name", "NAME", REASON)


def _is_addressed(text: str, start: int, end: int) -> bool:
    """Tell whether a word stands where a person is told, seen or speaks."""
    return bool(_ADDRESSED.search(text, max(0, start - 16), start) or _SPEAKS.match(text, end))


def is_stranger(word: str) -> bool:
    """Tell whether a word, or one of its parts, is more a name than a word."""
    parts = [part for part in _PIECES.split(word.lower()) if len(part) > 1]
    if len(parts) < 2:
        return is_doubtful(word.lower()) and word not in _TITLES
    return any(map(is_doubtful, parts)) and all(
        is_doubtful(part) or bits_of(part) & PERSON or part in NAME_WORDS for part in parts
    )


def _counts(text: str, word: str, start: int, end: int) -> bool:
    if is_thing(text, start, end):
        return False
    lowered = word.lower()
    if bits_of(lowered) & PERSON:
        return True
    if is_word(lowered) or all(map(is_word, _PIECES.split(lowered))):
        return False
    begins = _BEGINS_SENTENCE.search(text, max(0, start - 6), start) is not None
    if begins and _IS_LABEL.match(text, end):
        return False
    return not is_slip(lowered)


# --- beside what says that a person is meant

_KIN = (
    r"(?:(?:step|grand|god|foster |half-)?(?:mother|father|mom|dad|son|daughter|brother|sister|"
    r"child)|mum|mama|papa|wife|husband|husb|spouse|partner|dtr|aunt|uncle|niece|nephew|cousin|grandma|"
    r"grandpa|granddaughter|fiancee?|girlfriend|boyfriend|roommate|neighbor|caregiver|companion|"
    r"guardian|twin|widow|widower|ex-wife|ex-husband)"
)
_PARTICLE = r"(?:(?:Mc|De|Van|von|van|Te|El|Al|Le|La|St\.|den|der|de|ul) )?"
_WORD = rf"{_PARTICLE}[A-Za-z][A-Za-z'-]{{1,30}}"
_CALLED = (
    r"goes by|asked for|nicknamed|known as|named|signed,?|regards,?|sincerely,?|yours,?|"
    r"emergency contact|next of kin|subscriber|guarantor|policyholder|companion|seen with|"
    r"accompanied by|lives with|staying with|spoke (?:to|with)|called|family:|contact:?|pedi:|"
    r"fr\.|rev\.|sr\."
)
_DOES_LIKE_PEOPLE = (
    r"hopes|says|said|denies|lives|wants|agrees|thinks|slept|walks|told|asked|came|cried|smiled|"
    r"states|reports|called|prefers|worries|drives|smokes|turned|tolerated"
)
_HIS = r"his|her|my|their|the|pt's|patient's|wife/|travell?ing"
_CUE: Final = gate_of(rf"(?i)\b(?:{_KIN})\b|\b(?:{_CALLED}) ")
_DEED: Final = gate_of(rf"(?i)[a-z] (?:{_DOES_LIKE_PEOPLE})\b")
_REACHED: Final = gate_of(rf"[A-Za-z],? (?:at )?\(?{TELEPHONE}")
_AND_ANOTHER: Final = re.compile(rf"{SOMEBODY} and ({_WORD}) (?i:live|agree|are|were|have|came)\b")
_BEHIND_CUE: Final = re.compile(
    rf"(?i:\b(?:(?:{_HIS})[ ]?)?(?:{_KIN}/)?(?:{_KIN})(?: is|[,:])?[ ]|\b(?:{_CALLED})[ ])"
    rf"({_WORD}(?:,? {_WORD})?)"
)
_BEFORE_KIN: Final = re.compile(
    rf"({_WORD}(?:,? {_WORD})?),? \(?(?i:(?:his|her|my|their) )?(?i:{_KIN})\b"
)
_BEFORE_DEED: Final = re.compile(rf"({_WORD}) (?i:{_DOES_LIKE_PEOPLE})\b")
_BEFORE_TELEPHONE: Final = re.compile(rf"({_WORD}(?: {_WORD})?),? (?:at )?\(?{TELEPHONE}")
_ONE_WORD: Final = re.compile(r"[A-Za-z][A-Za-z'-]{1,30}")


def beside_cues(reading: Reading) -> Iterator[Doubt]:
    """Yield words in the place of a person's name that are names at all."""
    for match in _in_place_of_names(reading):
        words = list(_ONE_WORD.finditer(match[1]))
        is_any = any(len(word[0]) > 3 and _may_be_name(word[0], reading) for word in words)
        for word in words:
            is_meant = is_any and not word[0].islower() and not word[0].isupper()
            if (is_meant and not _is_clinical(word[0])) or _may_be_name(word[0], reading):
                start = match.start(1) + word.start()
                yield name(start, start + len(word[0]))


def _in_place_of_names(reading: Reading) -> Iterator[re.Match[str]]:
    for start, end in reading.windows(_CUE, 48, 48):
        yield from _BEHIND_CUE.finditer(reading.text, start, end)
        yield from _BEFORE_KIN.finditer(reading.text, start, end)
    yield from reading.found(_BEFORE_DEED, _DEED, 24, 0)
    if TELEPHONE in reading.text:
        yield from reading.found(_BEFORE_TELEPHONE, _REACHED, 40, 0)
    if SOMEBODY in reading.text:
        yield from _AND_ANOTHER.finditer(reading.text)


def _may_be_name(word: str, reading: Reading) -> bool:
    lowered = word.lower().removesuffix("'s")
    if len(lowered) < 3 or lowered in _NEVER:
        return False
    if lowered in reading.names:
        return True
    bits = bits_of(lowered)
    if bits & (MEDICAL | NO_PERSON) or is_word(lowered):
        return False
    if word[0].isupper() and not word.isupper():
        return bool(bits & PERSON) or not bits & ENGLISH
    if bits & PERSON:
        return not bits & ENGLISH or bits & GIVEN >= 2
    return reading.hardly_has_capitals and not bits & ENGLISH and not is_slip(lowered)


def _is_clinical(word: str) -> bool:
    lowered = word.lower()
    return lowered in _NEVER or bool(bits_of(lowered) & (MEDICAL | NO_PERSON)) or is_word(lowered)


_NEVER: Final = frozenset(
    """
    the and his her she him they them who that this with from for are was has had have will would
    can may should did art drew gene rich frank even ever long little says said state reports does
    not but now today yesterday tonight please thanks then also both just still only about after
    before since when while and/or patient pt mom dad mother father wife husband son daughter
    brother sister nurse doctor provider surgeon everyone anyone someone nobody somebody people
    family friend friends children kids parents staff team office clinic
    """.split()  # noqa: SIM905 - words read better as text
)


# --- known names that are words, where they do what people do

_DOES: Final = re.compile(
    r"(?:'s\b|[ \t]+(?:is|was|has|had|will|would|can|may|should|did|does|and|states?|stated|"
    r"reports?|says|said|den(?:ies|ied)|hopes|wants|feels|felt|lives?|came|comes|called|takes|took|went|asks?|"
    r"asked|needs|returns?|agrees?|walks|sleeps|works|smokes|drinks|slept|drives|presents|may)\b)",
    re.IGNORECASE,
)
_HUMAN: Final = re.compile(
    r"[ \t]+(?:states|stated|says|said|denies|denied|hopes|wants|lives|came|called|went|asks|asked|"
    r"agrees|walks|sleeps|works|smokes|drinks|slept|drives|will be able)\b",
    re.IGNORECASE,
)
_RETURNS: Final = re.compile(
    r"[ \t]+(?:(?:may|will) (?:return|call|go|drive|need|come|be)|be able|said|hopes|states)\b",
    re.IGNORECASE,
)
_BEGINS: Final = re.compile(
    r"(?:\A|[.!?\n\x1e]\s*|\band |\bwill |\bmay |\bknow, |, |\bm(?:rs?|s)\.? )\Z", re.IGNORECASE
)


def known_words(reading: Reading) -> Iterator[Doubt]:
    """Yield words of known names that are words too (Rose, Bell), as the subject of a sentence."""
    if not reading.names:
        return
    pattern = "|".join(map(re.escape, sorted(reading.names, key=len, reverse=True)))
    for match in re.finditer(rf"(?<![\w'-])(?:{pattern})(?![\w-])", reading.text, re.IGNORECASE):
        start, end = match.span()
        does = _HUMAN if bits_of(match[0].lower()) & MEDICAL else _DOES
        if is_thing(reading.text, start, end):
            continue
        begins = _BEGINS.search(reading.text, max(0, start - 12), start)
        if _RETURNS.match(reading.text, end) or (begins and does.match(reading.text, end)):
            yield name(start, end)


def is_name_word(word: str) -> bool:
    """Tell whether a known name is a word as well: the first layer then leaves it at times."""
    return word in NAME_WORDS or bool(bits_of(word) & (ENGLISH | USUAL_NAME))
