"""How values of people and places are written into a text, each with its label."""

import re
from collections.abc import Callable, Sequence
from random import Random
from typing import Protocol

from bench.phi import formats
from bench.phi.marked import NEUTRAL, Label, Marked, Piece, mark
from bench.phi.people import Habits, Person

_DESIGNATOR = re.compile(r"((?:[A-Za-z]{2,}\.? |# )?)(.*)")  # of a unit: Apt, Ste., #


class Writing(Protocol):
    """What a writer needs of the scene."""

    rng: Random
    habits: Habits
    patient: Person
    employer: str

    @property
    def fields(self) -> frozenset[str]:
        """What the patient's record holds."""

    def shape(self, kind: str, patterns: Sequence[str]) -> str:
        """Return the pattern of this text."""

    def organization(self, key: str) -> Marked:
        """Return a place of care."""


class Owner:
    """Whose values are written, and which of them the record holds."""

    def __init__(self, whose: str, fields: frozenset[str]) -> None:
        self._whose = whose
        self._fields = fields

    def label(self, category: str, field: str) -> Label:
        return Label(category, self._whose, field in self._fields)


_Writer = Callable[[Writing, Person, Owner, str], Marked]


def _value(category: str, field: str, attribute: str) -> _Writer:
    def write(scene: Writing, one: Person, owner: Owner, how: str) -> Marked:
        return mark(_as(how, str(getattr(one, attribute))), owner.label(category, field))

    return write


def _as(how: str, value: str) -> str:
    digits = "".join(filter(str.isalnum, value))
    match how:
        case "":
            return value
        case "spoken":
            return formats.digit_words(value)
        case "oh":
            return formats.digit_words(value, "oh")
        case "plain":
            return digits
        case "blank":
            return " ".join(re.findall(r"\w+", value))
        case "upper":
            return value.upper()
        case "lower":
            return value.lower()
        case "last4":
            return digits[-4:]
        case "spelled":
            return "-".join(value.upper())
        case _:
            raise KeyError(how)


def _name(pattern: str | None) -> _Writer:
    def write(scene: Writing, one: Person, owner: Owner, how: str) -> Marked:
        shape = pattern or scene.shape("full", scene.habits.full)
        text = shape.format(
            first=one.first,
            middle=one.middle,
            last=one.last,
            preferred=one.preferred,
            f=one.first[:1],
            m=one.middle[:1],
            l=one.last[:1],
        )
        field = "middle" if "{middle}" in shape else "name"
        if pattern == "{preferred}" and one.preferred != one.first:
            field = "preferred"
        return mark(_as(how, text), owner.label("name", field))

    return write


def _birth(scene: Writing, one: Person, owner: Owner, how: str) -> Marked:
    label = owner.label("date", "birth_date")
    if how == "spoken":
        return mark(formats.day_words(one.birth), label)
    pattern = how or scene.shape("birth", scene.habits.birth_dates)
    if pattern == "%Y" and one.age < 90:
        label = Label(NEUTRAL)
    return mark(formats.day(pattern, one.birth), label)


def _age(scene: Writing, one: Person, owner: Owner, how: str) -> Marked:
    age = formats.number_words(one.age) if how == "spoken" else str(one.age)
    return mark(age, Label("date", owner.label("date", "").whose) if one.age > 89 else None)


def _address(scene: Writing, one: Person, owner: Owner, how: str) -> Marked:
    label = owner.label("address", "address")
    pieces = [Piece(one.street, label)]
    if scene.rng.random() < 0.3:
        word, number = _DESIGNATOR.match(one.unit).groups()  # type: ignore[union-attr]
        unit = Label("address", label.whose)
        pieces += [Piece(", "), Piece(word, Label(NEUTRAL)), Piece(number, unit)]
    pieces += [Piece("\n" if how == "lines" else ", "), Piece(one.city, label), Piece(", ")]
    if one.state:
        pieces += [Piece(one.state, Label(NEUTRAL)), Piece(" ")]
    return Marked((*pieces, Piece(one.zip_code, label)))


PERSON: dict[str, _Writer] = {
    "full": _name(None),
    "firstlast": _name("{first} {last}"),
    "lastfirst": _name("{last}, {first}"),
    "middle3": _name("{first} {middle} {last}"),
    "flast": _name("{f}. {last}"),
    "firstl": _name("{first} {l}"),
    "first": _name("{first}"),
    "middle": _name("{middle}"),
    "last": _name("{last}"),
    "preferred": _name("{preferred}"),
    "initials": _name("{f}.{l}."),
    "tag": _name("{f}{l}"),
    "snake": _name("{first}_{last}"),
    "camel": _name("{first}{last}"),
    "hl7": _name("{last}^{first}^{m}"),
    "dob": _birth,
    "age": _age,
    "address": _address,
    "street": _value("address", "address", "street"),
    "city": _value("address", "address", "city"),
    "zip": _value("address", "address", "zip_code"),
    "phone": _value("phone", "phone", "phone"),
    "mobile": _value("phone", "mobile", "mobile"),
    "fax": _value("fax", "fax", "fax"),
    "email": _value("email", "email", "email"),
    "mrn": _value("mrn", "mrn", "mrn"),
    "ssn": _value("ssn", "ssn", "ssn"),
    "plan": _value("health_plan", "insurance_member_id", "plan"),
    "group": _value("health_plan", "group", "group"),
    "mbi": _value("health_plan", "mbi", "mbi"),
    "account": _value("account", "account_number", "account"),
    "card": _value("account", "card", "card"),
    "user": _value("other", "portal_username", "user"),
    "device": _value("device", "device", "device"),
    "plate": _value("vehicle", "plate", "plate"),
    "vin": _value("vehicle", "vin", "vin"),
    "license": _value("license", "license", "license"),
    "npi": _value("license", "npi", "npi"),
    "dea": _value("license", "dea", "dea"),
    "ip": _value("ip", "ip", "ip"),
}


def _url(scene: Writing, what: str) -> Marked:
    patterns = scene.habits.words.get("urls", ("https://portal.example.org/p/######",))
    text = formats.figures(scene.rng.choice(patterns), scene.rng)
    return mark(text.format(user=scene.patient.user), Label("url"))


def _other_id(scene: Writing, what: str) -> Marked:
    pattern = what or scene.rng.choice(scene.habits.words.get("ids", ("A##-#####",)))
    return mark(formats.figures(pattern, scene.rng), Label("other"))


def _place(scene: Writing, what: str) -> Marked:
    city = scene.rng.choice(scene.habits.cities).partition(", ")[0]
    return mark(city, Label("address"))


PLACES: dict[str, Callable[[Writing, str], Marked]] = {
    "org": lambda scene, what: scene.organization("org"),
    "org2": lambda scene, what: scene.organization("org2"),
    "employer": lambda scene, what: mark(
        scene.employer, Label("name", "employer", "employer" in scene.fields)
    ),
    "url": _url,
    "id": _other_id,
    "place": _place,
    "state": lambda scene, what: mark(scene.patient.state, Label(NEUTRAL)),
    "weekday": lambda scene, what: mark(
        scene.rng.choice(("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")), Label(NEUTRAL)
    ),
}
