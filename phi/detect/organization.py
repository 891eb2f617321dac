"""Organizations by their form: a proper name and what kind of institution it is.

Employers are identifiers (45 CFR 164.514(b)(2)(i)(A)); a clinic's or a pharmacy's name says where a
patient lives. The kind alone (the Pain Clinic, Mental Health) is neither.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from phi.detect.organization_words import BEGINS, KINDS_OF_PLACES
from phi.detect.recognizer import Hit, compiled
from phi.detect.view import View
from phi.detect.words import FORMS

_WORD: Final = "[A-Z][A-Za-z\\xc0\\xe0'.&-]*[A-Za-z\\xc0\\xe0]"
_HEADS: Final = (
    "Hospital|Hospitals|Clinic|Clinics|Medical Center|Med Center|Medical Group|Medical Associates|"
    "Health System|Health Center|Healthcare|Health|Family Medicine|Family Practice|Diagnostics|"
    "Laboratories|Pharmacy|Apothecary|Infirmary|Hospice|Home Care|Home Health|Nursing Home|"
    "Nursing Center|Care Center|Rehab|Rehabilitation|Rehabilitation Center|Surgery Center|"
    "Surgical Center|Urgent Care|Eye Institute|Eye Center|Assisted Living|Senior Living|Manor|"
    "Retirement Community|Elementary|Elementary School|Middle School|High School|Academy|College|"
    "University|Church|Parish|Mosque|Synagogue|Construction|Logistics|Trucking|Plumbing|Motors|"
    "Industries|Enterprises|Bakery|Credit Union|School District|Police Department|"
    "Fire Department|County Jail|Inc|LLC|LLP|Corp|Corporation|Ltd|Cancer Center|Cancer Institute|"
    "Heart Institute|Sleep Center|Vision Center|Imaging Center|Dialysis Center|Birth Center|"
    "Recovery Center|Wellness Center|Counseling Center|Detention Center|Correctional Facility|"
    "Correctional Center|State Prison|Oral Surgery|Chiropractic|Day Care|Daycare|Preschool|"
    "Montessori|Roofing|Landscaping|Meatpacking|Drywall"
)
_KINDS_BEFORE: Final = (  # as other languages have them: Hospital General de Zona, Klinikum Bremen
    "Hospital|Hopital|Ospedale|Klinikum|Universitatsklinikum|Krankenhaus|Clinica|Clinique|"
    "Centro Medico|"
    "Sanatorio|Policlinico|Instituto|Institut|Farmacia|Apotheke|Pharmacie|Centro de Salud|"
    "Ziekenhuis|"
    "Szpital|Laboratorio|Consultorio"
)
_SPECIALTIES: Final = (  # only behind a word that is a name or a place
    "Pediatrics|Cardiology|Orthop(?:a)?edics|Oncology|Dermatology|Neurology|Urology|Nephrology|"
    "Radiology|Imaging|Dialysis|Dental|Dentistry|Physical Therapy|Drugs|Labs|Pain|Brothers|Company|"
    "Orthodontics|Endodontics|Periodontics|Podiatry|Optometry|Optical|Vision|Hearing|Counseling|"
    "Recovery|Behavioral|Foot and Ankle|ENT|GI Associates|Heart Group|Infusion|Correctional|Title|"
    "Lodge|Lutheran|Baptist|Methodist|Nursery|Dairy|Farms|Marina|Deli|Diner|Hardware|Realty|"
    "Staffing|Towing|Freight|Foods|Builders|Elem|Partners|Optique|Opticians|Smiles|Eyecare|Eye Care"
)
_LOWER_SPECIALTIES: Final = frozenset(
    _SPECIALTIES.lower().replace("orthop(?:a)?edics", "orthopaedics|orthopedics").split("|")
)
_LEADS: Final = (
    r"(?:at|from|to|by|with|of|via|near|called|fax(?:ed)?|visit(?:ed)?|home health|school|pharmacy|"
    r"facility|snf|hospital|clinic|referred|transferred|works for|employed by)"
)
_WORD_AT: Final = re.compile(r"[^\W\d_][\w'.-]*")
_CUTS: Final = frozenset(
    {"to", "at", "in", "from", "for", "by", "with", "per", "via", "on", "or", "the", "our", "her"}
    | {"his", "my", "a", "an", "is", "was", "and", "re", "about", "until", "after", "before", "has"}
)


@dataclass(frozen=True)
class Organization:
    """A recognizer of names like Tallowmere General Hospital, Cedar Point Health, Reyes & Sons."""

    name: str = "organization"
    category: str = "name"
    pattern: str = (
        rf"((?:(?:St\.?|Mt\.?|{_WORD})[ \t](?:(?:and|&|of)[ \t])?){{1,4}})"
        rf"({_HEADS}|{_SPECIALTIES})\b"
    )

    @cached_property
    def program(self) -> Any:
        return compiled(self.pattern)

    def hits(self, view: View) -> Iterator[Hit]:
        for match in self.program.finditer(view.octets):
            is_specialty = match[2].decode() in _SPECIALTIES
            first, last = match.span(1)
            start = _start_of_name(view.text, first, last, is_specialty)
            if start < last:
                yield Hit(start, match.end(), "name", "NAME", self.name, 0.8)


@dataclass(frozen=True)
class KindFirst:
    """A recognizer of names like Hospital Santa Elena, Hopital Edouard Herriot."""

    name: str = "organization"
    category: str = "name"
    pattern: str = (
        rf"\b((?:{_KINDS_BEFORE}|(?i:clinica|hopital|klinikum|ospedale) )"
        rf"(?:[ ](?:(?:de|del|de la|di|du|des|da|do|der|la|los|las|General|"
        rf"Regional) ){{0,3}}{_WORD}){{1,4}})"
    )

    @cached_property
    def program(self) -> Any:
        return compiled(self.pattern)

    def hits(self, view: View) -> Iterator[Hit]:
        for match in self.program.finditer(view.octets):
            start, end = match.span(1)
            if any(map(_is_proper, view.text[start:end].split()[1:])):
                yield Hit(start, end, "name", "NAME", self.name, 0.995)  # surer than the model


def _start_of_name(text: str, start: int, end: int, is_specialty: bool) -> int:
    """Return where the proper name begins; the end when there is only a kind of place."""
    words = list(_WORD_AT.finditer(text, start, end))
    for index in range(len(words) - 1, -1, -1):
        if words[index][0].lower() in _CUTS:
            words = words[index + 1 :]
            break
    while words and _is_kind(words[0][0].lower()):
        words = words[1:]
    if is_specialty and not any(_is_proper(word[0]) or _begins(word[0]) for word in words):
        return end
    return words[0].start() if words else end


def _is_kind(bare: str) -> bool:
    return bare in KINDS_OF_PLACES or _is_clinical(bare)


def _is_proper(word: str) -> bool:
    form = FORMS[word]
    return form.kind in "bgsupxz" or form.word.place > 1


def _is_clinical(bare: str) -> bool:
    form = FORMS[bare]
    return form.kind in "cdE" or (form.kind == "r" and not form.word.place)


def _begins(word: str) -> bool:
    return word.lower() in BEGINS


@dataclass(frozen=True)
class Shouted:
    """A recognizer of the same names in capitals: GOLDEN GATE HOME HEALTH, HEARTLAND CARDIOLOGY."""

    name: str = "organization"
    category: str = "name"
    pattern: str = (
        rf"\b((?:(?:ST\.?|MT\.?|[A-Z][A-Z'.&-]*[A-Z])[ ](?:(?:AND|&|OF)[ ])?){{1,4}})"
        rf"({_HEADS.upper()}|{_SPECIALTIES.upper().replace('(?:A)?', 'A?')})\b"
    )

    @cached_property
    def program(self) -> Any:
        return compiled(self.pattern)

    def hits(self, view: View) -> Iterator[Hit]:
        for match in self.program.finditer(view.octets):
            first, last = match.span(1)
            start = _start_of_proper(view.text, first, last, _is_specialty(match[2]))
            if start < last:
                yield Hit(start, match.end(), "name", "NAME", self.name, 0.7)


@dataclass(frozen=True)
class Quiet:
    """A recognizer of the same names without capitals, behind a word that leads to a place."""

    name: str = "organization"
    category: str = "name"
    pattern: str = (
        rf"(?i)\b{_LEADS}:?[ \n](?:the )?((?:[a-z][a-z'.&-]*[a-z][ \n](?:(?:and|&|of) )?){{1,3}}?)"
        rf"({_HEADS}|{_SPECIALTIES})\b"
    )

    @cached_property
    def program(self) -> Any:
        return compiled(self.pattern)

    def hits(self, view: View) -> Iterator[Hit]:
        for match in self.program.finditer(view.octets):
            start, end = match.span(1)
            if view.text[start].islower():
                start = _start_of_proper(view.text, start, end, _is_specialty(match[2]))
                if start < end:
                    yield Hit(start, match.end(), "name", "NAME", self.name, 0.6)


def _is_specialty(octets: bytes) -> bool:
    return octets.decode("latin-1").lower() in _LOWER_SPECIALTIES


def _start_of_proper(text: str, start: int, end: int, is_specialty: bool) -> int:
    """Return where a name begins that capitals do not tell; the end when nothing there is one."""
    words = list(_WORD_AT.finditer(text, start, end))
    for index in range(len(words) - 1, -1, -1):
        if words[index][0].lower() in _CUTS:
            words = words[index + 1 :]
            break
    while words and not _is_sure(words[0][0], is_specialty):
        words = words[1:]
    return words[0].start() if words else end


def _is_sure(word: str, is_specialty: bool) -> bool:
    form = FORMS[word.lower()]
    if is_specialty:  # somebody's labs, pain, imaging
        return form.word.place > 1 or _begins(word)
    is_name = form.kind in "bgs" or (form.kind in "ux" and len(word) > 3)
    return is_name or form.word.place > 1 or _begins(word)


ORGANIZATION: Final = Organization()
KIND_FIRST: Final = KindFirst()
SHOUTED: Final = Shouted()
QUIET: Final = Quiet()
