"""Names in obvious places: after a title, behind a label, in a greeting or a signature.

(45 CFR 164.514(b)(2)(i)(A), for the individual, relatives, employers and household members.)
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from phi.detect.recognizer import Hit, compiled
from phi.detect.view import View
from phi.detect.words import FORMS

_UPPER = "[A-Z\\xc0]"
_LETTER = "[A-Za-z\\xc0\\xe0]"
WORD = f"{_UPPER}{_LETTER}*(?:['-]{_UPPER}?{_LETTER}+)*"
_PARTICLE = (
    "(?:ap|ul|ben|abu|ter|ten|zu|zum|della|e|y|le|du|des|dos|das|af|mac|de|del|de la|la|van|"
    "van der|van den|von|der|den|bin|ibn|al|el|da|di|st\\.?)"
)
_JOIN = f"(?:,?[ \\t]+(?:{_PARTICLE}[ \\t]+){{0,2}})"
_INITIAL = f"(?:{_UPPER}\\.[ \\t]?)"
SEQUENCE = (
    f"(?:{_PARTICLE}[ \\t]+){{0,2}}{_INITIAL}{{0,2}}{WORD}(?:{_JOIN}{_INITIAL}?{WORD}\\.?){{0,3}}"
)

_TITLES = (
    r"(?:Mr|Mrs|Ms|Miss|Mx|Dr|Drs|Prof|Professor|Doctor|Nurse|Sister|Fr|Father|Rev|Pastor|"
    r"Rabbi|Sgt|"
    r"Officer|Ofc|Cpl|Capt|Captain|Lt|Det|Detective|Deputy|Sheriff|Judge|Imam|Deacon|Chaplain|"
    r"MR|MRS|MS|MISS|DR|DRA|SR|SRA|mr|mrs|ms|miss|dr|dra|sra|sr|srta|Dra|Sra|Sr|Srta|Don|Dona|"
    r"Senora|Senor|Senorita|senora|senor|Mme|Mlle|Madame|Monsieur|Herr|Frau|Signora|Signor)"
)
_STRONG_LABELS = (
    r"patient(?:'?s)?[ _-]?name|pt[ _-]?name|full[ _-]?name|first[ _-]?name|last[ _-]?name|"
    r"middle[ _-]?name|given[ _-]?name|family[ _-]?name|maiden name|preferred name|surname|"
    r"name of (?:patient|insured|subscriber)|legal name|aka|also known as|goes by|n[ée]e|"
    r"my name is|name is|named|"
    r"name"
)
_LABELS = (
    r"patient|pt|client|resident|member|insured|subscriber|guarantor|mother|father|mom|dad|wife|"
    r"husband|spouse|partner|son|daughter|brother|sister|aunt|uncle|cousin|niece|nephew|grandson|"
    r"granddaughter|grandmother|grandfather|emergency contact|next of kin|nok|guardian|caregiver|"
    r"care giver|contact|provider|physician|attending|resident physician|surgeon|consultant|pcp|"
    r"nurse|therapist|referring (?:provider|physician)|referred by|seen by|signed(?: by)?|"
    r"electronically signed by|dictated by|reviewed by|ordered by|author|attn|attention|cc|from|to|"
    r"informant|witness|interpreter|re|regarding|accompanied by|paciente|nombre|acompanante|medico|"
    r"nome|paziente|name der patientin|anesthesia|anesthesiologist|assistant|assist|scrub|"
    r"circulator|reviewer|clerk|technologist|tech|pharmacist|driver|courier|caller|collected by|"
    r"read by|veteran|inmate|member name|booking name|beneficiary|payee|manager|supervisor"
)
_RELATIVES = (
    r"(?:mother|father|mom|dad|wife|husband|spouse|partner|son|daughter|brother|sister|aunt|uncle|"
    r"friend|neighbor|boyfriend|girlfriend|grandson|granddaughter|roommate|niece|nephew|caregiver|"
    r"stepmother|stepfather|grandmother|grandfather|hijo|hija|esposo|esposa|hermano|hermana|madre|"
    r"padre|abuela|abuelo|sobrina|sobrino|marido|mujer|filho|filha|irma|irmao|tochter|sohn|ehemann|"
    r"ehefrau|fille|fils|mari|epouse|fiance|fiancee|ex-husband|ex-wife|stepson|stepdaughter|"
    r"godmother|godfather|granddaughter|co-?worker|boss|supervisor|manager|landlord|teacher|"
    r"interpreter|pastor|priest|chaplain|adjuster|lawyer|attorney|judge|liaison|coordinator|"
    r"companion|coach|principal|subscriber|notary|broker|foreman|caseworker|counselor|paralegal|"
    r"foster (?:mother|father|mom|dad|parent)|stepdad|stepmom|step-?sister|step-?brother|grandma|"
    r"grandpa|granny|nana|auntie|hubby|tenant|roommate|housemate|bandmate|teammate|classmate)"
)
# Capitalised words that follow names, or stand where names stand, and are none.
NOT_NAMES = frozenset(
    """
    alive appointment bed breast brain cancer cell chest cold colon community complete council
    coronary deceased diabetes died education eye falls flu food group health healthy heart help
    home htn cad information instructions insulin isolation kidney lab liver living lost lung
    mental network new nos nutrition online outcome pain portal practitioner presentation
    prostate questionnaire rights safety satisfaction screening self services skin step stroke
    support survey teaching therapy transport treatment used via visit was way weight word work
    a about admission admit age aged all allergies also an and are as assessment at blood bp by
    call called care chart chief chronic clinic clinical complains complaint contact current
    date daily denies department diagnosis discharge discharged dob doctor dose dr due emergency
    er exam examination family female follow followed followup for fever from gender general had
    has have he her his history hospital hpi icu id if impression in indication insurance is it
    labs left male management md medical medication medications medicine meds monday most mr mrn
    mrs ms my name na negative neurology no none normal not note notes nurse nursing of on or
    order our oncology cardiology surgery radiology pediatrics orthopedics patient pcp per phone
    physical physician plan please positive presented presenting presents primary prior
    procedure progress provider pt rating reason record refer referred refill report reported
    reports request results review reviewed right rn room says seen service sex she sincerely
    since signed social ssn states status stable summary symptoms team temperature tel telephone
    test thank thanks that the their they this to today tomorrow tuesday thursday friday
    saturday sunday wednesday type unknown unit up us very vitals we were who will with
    yesterday you your yes zip address admitted regards subject re sir madam doe jr sr ii iii iv
    do np pa phd dds rph lpn
    """.split()  # noqa: SIM905 - words read better as text
) - {"will", "doe", "jr", "sr", "ii", "iii", "iv"}
_AFTER_NAMES = frozenset(
    {"md", "do", "rn", "np", "pa", "phd", "dds", "lpn", "jr", "sr", "ii", "iii"}
)

_DOSE = re.compile(r" ?\d")  # a drug and its dose, not a person


@dataclass(frozen=True)
class NamePlace:
    """A recognizer of name sequences in one kind of place."""

    name: str
    pattern: str
    score: float
    category: str = "name"
    minimum_words: int = 1
    is_titled: bool = False  # what follows a title is a name, also when it is a word

    is_exact: bool = False  # letters and initials, which are no words

    @cached_property
    def program(self) -> Any:
        return compiled(self.pattern)

    def hits(self, view: View) -> Iterator[Hit]:
        for match in self.program.finditer(view.octets):
            start, end = match.span(1)
            if not self.is_exact:
                start, end = trimmed(view.text, start, end, is_titled=self.is_titled)
            if view.text[start:end].endswith(("'s", "'S")):
                end -= 2
            words = view.text[start:end].split()
            if names_a_thing(view.text, match.start(), end):
                continue
            if len(words) >= self.minimum_words and not _DOSE.match(view.text[end : end + 4]):
                yield Hit(start, end, "name", "NAME", self.name, self.score)


_MEMBER_NAME = re.compile(r"[\"']?name[\"']\s*:", re.IGNORECASE)
_OF_A_THING = re.compile(
    r"[\"'](?:dose|dosage|strength|route|form|frequency|unit|units|value|type|description|"
    r"system|version|"
    r"image|uses|price|icon|input_schema|parameters|schema|range|ndc|rxnorm|loinc|sku|lot|active)"
    r"[\"']\s*:",
    re.IGNORECASE,
)


def names_a_thing(text: str, start: int, end: int) -> bool:
    """Tell whether a member "name" stands among those of a medicine, test or tool."""
    if not _MEMBER_NAME.match(text, start):
        return False
    opened = max(text.rfind("{", max(0, start - 300), start), start - 300, 0)
    closed = text.find("}", end, end + 300)
    return bool(_OF_A_THING.search(text, opened, closed if closed >= 0 else end + 300))


def trimmed(text: str, start: int, end: int, *, is_titled: bool = False) -> tuple[int, int]:
    """Return the span without the words at its ends that are no part of a name."""
    at = start
    good_end = start
    is_after_given = False
    for word in text[start:end].split(" "):
        bare = word.strip(",.\t").lower()
        may_be_word = is_titled and at == start
        if bare in NOT_NAMES or (not may_be_word and not is_after_given and is_plain(bare)):
            if good_end > start or at > start or word.endswith("."):
                break
            start = good_end = at + len(word) + 1  # one such word may come first
        elif bare:
            good_end = at + len(word)
        is_after_given = _may_precede_surname(bare) or (is_after_given and len(bare) < 2)
        at += len(word) + 1
    good_end = min(good_end, end)
    while good_end > start and text[good_end - 1] in ",.\t ":
        good_end -= 1
    return min(start, good_end), good_end


def _may_precede_surname(bare: str) -> bool:
    """Tell whether what follows is a surname also when it is a word: John Public."""
    return FORMS[bare].word.given > 1 and bare not in NOT_NAMES


def is_plain(lower: str) -> bool:
    """Tell whether a word is vocabulary and no usual name; of compounds, all their parts."""
    return all(map(_is_plain_word, re.split("[-']", lower.removesuffix("'s"))))


def _is_plain_word(lower: str) -> bool:
    form = FORMS[lower]
    is_name = max(form.word.given, form.word.surname) > 1
    return len(lower) > 1 and form.kind in "#cdroe" and not is_name


@dataclass(frozen=True)
class LowerTitled:
    """A recognizer of "doctor waters" and "mrs. van dyke" in texts without capitals."""

    name: str = "name-titled-lower"
    category: str = "name"
    pattern: str = (
        rf"\b(?i:dr|doctor|mr|mrs|ms|miss|prof|professor)\b\.?[ \t]+"
        rf"((?:(?i:{_PARTICLE})[ \t]+){{0,2}}{_LETTER}{{2,}}(?:['-]{_LETTER}+)?)"
    )

    @cached_property
    def program(self) -> Any:
        return compiled(self.pattern)

    def hits(self, view: View) -> Iterator[Hit]:
        for match in self.program.finditer(view.octets):
            start, end = match.span(1)
            *particles, word = view.text[start:end].lower().split()
            if particles or (word not in NOT_NAMES and not is_plain(word) and len(word) > 2):
                yield Hit(start, end, "name", "NAME", self.name, 0.8)


LOWER_TITLED = LowerTitled()
SPELLED = NamePlace(
    name="name-spelled",
    pattern=r"(?i:\bspel(?:led|t|ling|ls)(?: as| it)?)[,:]?[ \t]+((?:[A-Za-z][-. ]){2,}[A-Za-z])\b",
    score=0.9,
    is_exact=True,
)
TRANSCRIBER = NamePlace(
    name="initials-of-transcriber",
    pattern=r"\b(?:MD|DO|NP|PA-C|PA|RN|PhD)\s*/\s*([a-z]{2,3}|[A-Z]{2,3})"
    r"(?:[ \t]*\r?\n|[ \t]*$|[ \t]+(?i:signed|dictated|d:|t:))",
    score=0.7,
    is_exact=True,
)
TITLED = NamePlace(
    name="name-titled",
    pattern=rf"\b{_TITLES}\b(?:\.?[ \t]+|\.[ \t]*\r?\n[ \t]*)({SEQUENCE})",
    score=0.95,
    is_titled=True,
)
LABELED = NamePlace(
    name="name-labeled",
    pattern=(
        rf"(?i:\b(?:{_STRONG_LABELS}|{_LABELS})\b)[\"']?[ \t]*[:=][ \t]*[\"']?"
        rf"(?:{_TITLES}\b\.?[ \t]+)?({SEQUENCE})"
    ),
    score=0.9,
)
LOWER_LABELED = NamePlace(
    name="name-labeled-lower",
    pattern=(
        rf"(?i:\b(?:{_STRONG_LABELS})\b)[\"']?[ \t]*[:=][ \t]*[\"']?"
        f"({_LETTER}{{2,}}(?:['-]{_LETTER}+)?(?:,?[ ]{_LETTER}+(?:['-]{_LETTER}+)?){{0,2}})"
    ),
    score=0.8,
)
NAMED = NamePlace(
    name="name-introduced",
    pattern=(
        r"(?i:\b(?:(?:my |patient )?name(?: is)?|named|called|goes by|this is|i am|i'm|its|"
        r"it's|nee|soy|"
        r"me llamo|mi nombre es|ich bin|je suis|sou)[ \t]+)"
        rf"({SEQUENCE})"
    ),
    score=0.8,
    minimum_words=2,
)
SUBJECT = NamePlace(
    name="name-of-subject",
    pattern=rf"\b(?:[Pp]atient|PATIENT|[Pp]t|PT),?[ \t]+({SEQUENCE})",
    score=0.75,
    minimum_words=2,
)
RELATED = NamePlace(
    name="name-of-relative",
    pattern=rf"(?i:\b{_RELATIVES}),?[ \t]+({SEQUENCE})",
    score=0.75,
)
GREETED = NamePlace(
    name="name-greeted",
    pattern=(
        rf"(?:^|[\r\n.!?])[ \t]*(?i:dear|hi|hello|hey|good (?:morning|afternoon|evening))[ \t]+"
        rf"(?:{_TITLES}\b\.?[ \t]+)?({SEQUENCE})"
    ),
    score=0.8,
)
SIGNED = NamePlace(
    name="name-signed",
    pattern=(
        r"(?i:\b(?:sincerely|regards|thanks|thank you|best|respectfully|cheers|yours(?: truly)?)),?"
        rf"[ \t]*(?:\r?\n)+[ \t]*(?:{_TITLES}\b\.?[ \t]+)?({SEQUENCE})"
    ),
    score=0.85,
)
CREDENTIALED = NamePlace(
    name="name-credentialed",
    pattern=(
        rf"\b({WORD}(?:[ \t]+(?:[A-Z]\.[ \t]?)?{WORD}){{1,2}}),?[ \t]+"
        r"(?:MD|DO|RN|NP|PA-C|PA|PhD|DDS|FNP|CRNA|LCSW|PharmD|DPM|APRN|M\.D\.|D\.O\.)\b"
    ),
    score=0.9,
)
