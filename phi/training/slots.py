"""The people, places and things of one generated note, and the words their slots become.

A slot is `{who:form}`. People: p the patient, r a relative, o and o2 others, c and c2 clinicians.
Forms: none a full name in one of its orders, t with a title, f given, l surname, lf surname first,
i initials, u user name, n short form, w given and surname, fl and il with an initial in place of
the surname or the given name, cred with credentials. The rest is drawn from values.txt and
organizations.txt; :c capitalizes, :b leaves the head of an eponym ("Romberg" of "Romberg sign").
{named} is a name that is a word. Names that identify nobody are drawn as well: {novel}, {novels},
{pair} and {lone} are eponyms no list has, {study}, {place}, {trade} and {product} are studies,
cohorts, medicines and devices.
"""

import random
import re
from collections.abc import Callable
from functools import cache
from typing import Final, NamedTuple

from phi.name_words import NICKNAMES
from phi.training.lists import PHRASES
from phi.training.names import Names, Person

SLOT: Final = re.compile(r"\{(\w+)(?::(\w+))?\}")
TREES: Final = """
    Oak Maple Cedar Pine Elm Birch Willow Magnolia Cherry Chestnut Walnut Laurel Sycamore
    Aspen Juniper Hickory Dogwood Orchard Meadow River Lake Park Sunset Church Mill Spring
    Washington Lincoln Jefferson Main Market Highland
""".split()  # noqa: SIM905 - words read better as text
SAINTS: Final = """
    Mary Joseph Luke John Anthony Francis Vincent Jude Anne Elizabeth Catherine Michael Rita
    Agnes Clare Sinai Carmel Zion Raphael Xavier Bernard Peter Paul
""".split()  # noqa: SIM905 - words read better as text
_ORDINALS: Final = ("First", "Second", "3rd", "Fifth", "Seventh", "14th", "42nd", "Ninth")
_CREDENTIALS: Final = (
    "MD",
    "DO",
    "NP",
    "PA-C",
    "RN",
    "PhD",
    "M.D.",
    "FNP",
    "LCSW",
    "PharmD",
    "DPT",
)


class Piece(NamedTuple):
    """Some text with its label: N name, A place, G organization, O other."""

    text: str
    label: str = "O"


@cache
def values(file: str) -> dict[str, tuple[str, ...]]:
    """Return the values of one file by slot name."""
    found = {}
    for line in (PHRASES / f"{file}.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            name, _, rest = line.partition(":")
            found[name] = tuple(value.strip() for value in rest.split(" | "))
    return found


@cache
def phrases(file: str) -> tuple[str, ...]:
    """Return the sentences of one file."""
    lines = (PHRASES / f"{file}.txt").read_text().splitlines()
    return tuple(line for line in lines if line and not line.startswith("#"))


@cache
def texts(file: str) -> tuple[str, ...]:
    """Return the whole texts of one file; blank lines divide them."""
    content = (PHRASES / f"{file}.txt").read_text()
    blocks = (block.strip("\n") for block in content.split("\n\n"))
    return tuple(block for block in blocks if block and not block.startswith("# Whole"))


class Cast:
    """The people of one note; the same slot is the same person throughout."""

    def __init__(self, chance: random.Random, names: Names) -> None:
        self._chance = chance
        self._names = names
        self._people: dict[str, Person] = {}
        self.him = chance.random() < 0.5

    def filled(self, phrase: str) -> list[Piece]:
        """Return a phrase with its slots filled."""
        pieces: list[Piece] = []
        at = 0
        for match in SLOT.finditer(phrase):
            pieces.append(Piece(phrase[at : match.start()]))
            pieces.extend(self._slot(match[1], match[2] or ""))
            at = match.end()
        pieces.append(Piece(phrase[at:]))
        return [piece for piece in pieces if piece.text]

    def _slot(self, name: str, form: str) -> list[Piece]:
        if name in {"p", "r", "o", "o2", "c", "c2"}:
            return self._person(name, form)
        if name in values("mix"):
            part = self._chance.choice(values("mix")[name])
            return self.filled(_cased(part, form))
        if name in values("organizations"):
            label = "A" if name in {"street", "county"} else "G"
            return [Piece(self._organization(name), label)]
        if name == "city":
            return [Piece(self._names.place(self._chance), "A")]
        if name == "named":
            return [Piece(self._names.word(self._chance), "N")]
        if name == "addr":
            number = self._chance.choice(("12", "4410", "221B", "907", "35"))
            return [Piece(number + " "), Piece(self._organization("street"), "A")]
        return [Piece(_cased(self._value(name, form), form))]

    def _organization(self, name: str) -> str:
        shape = self._chance.choice(values("organizations")[name])
        return SLOT.sub(lambda match: self._part(match[1]), shape)

    def _part(self, name: str) -> str:
        drawn = {"place": self._names.place, "surname": self._names.surname}
        if name in drawn:
            return drawn[name](self._chance)
        lists = {
            "tree": TREES,
            "saint": SAINTS,
            "ordinal": _ORDINALS,
            "company": values("organizations")["company"],
        }
        return (
            self._chance.choice(lists[name]) if name in lists else str(self._chance.randint(2, 90))
        )

    def _person(self, who: str, form: str) -> list[Piece]:
        person = self._people.get(who)
        if person is None:
            self._people[who] = person = self._names.person(
                self._chance, family=self._people.get("p") if who == "r" else None
            )
        return _spelled(person, form, who, self._chance)

    def _value(self, name: str, form: str) -> str:
        chance = self._chance
        if name == "sex" and form == "s":
            name = "sexs"
        if name in values("values"):
            value = chance.choice(values("values")[name])
            return _head(value) if form == "b" else value
        if name in {"he", "He", "his", "His", "him"}:
            pronouns = {"he": ("he", "she"), "his": ("his", "her"), "him": ("him", "her")}
            word = pronouns[name.lower()][0 if self.him else 1]
            return word.capitalize() if name[0].isupper() else word
        return _DRAWN[name](chance, self._names)


def _term(kind: str, chance: random.Random, names: Names) -> str:
    people = [names.surname(chance) for _ in range(3)]
    return chance.choice(values("values")[kind]).format(*people)


def _head(eponym: str) -> str:
    return re.split(r"'s? | ", eponym)[0]


def _cased(value: str, form: str) -> str:
    return value[:1].upper() + value[1:] if form == "c" else value


_DATES: Final = (
    *("{m}/{d}/{y}", "{m}/{d}/{y}", "{m}/{d}", "{m}-{d}-{y}", "{b} {d}", "{d} {b} {y}"),
    *("{y}-{m:02}-{d:02}", "{b}. {d}, {y}", "{d}.{m}.{y}", "the {d}th"),
)
_DRAWN: Final[dict[str, Callable[[random.Random, Names], str]]] = {
    "drug": lambda chance, names: names.drug(chance),
    "brand": lambda chance, names: names.brand(chance),
    "invented": lambda chance, names: names.invented_drug(chance),
    "novel": lambda chance, names: _term("term", chance, names),
    "novels": lambda chance, names: _term("terms", chance, names),
    "pair": lambda chance, names: f"{names.surname(chance)}-{names.surname(chance)}",
    "lone": lambda chance, names: names.surname(chance),
    "place": lambda chance, names: names.place(chance),
    "study": lambda chance, names: names.study(chance),
    "trade": lambda chance, names: names.trade(chance),
    "product": lambda chance, names: names.product(chance),
    "abbr": lambda chance, names: names.abbreviation(chance),
    "clin": lambda chance, names: names.clinical(chance),
    "n": lambda chance, names: str(chance.randint(1, 9)),
    "age": lambda chance, names: str(chance.randint(1, 89)),
    "year": lambda chance, names: str(chance.randint(1950, 2025)),
    "domain": lambda chance, names: chance.choice(("example.com", "mail.example.org")),
    "zip": lambda chance, names: str(chance.randint(10000, 99999)),
    "phone": lambda chance, names: f"555-{chance.randint(200, 999)}-{chance.randint(1000, 9999)}",
    "time": lambda chance, names: (
        f"{chance.randint(0, 23):02}{chance.choice((':', ''))}{chance.randint(0, 59):02}"
    ),
    "date": lambda chance, names: chance.choice(_DATES).format(
        m=chance.randint(1, 12),
        d=chance.randint(1, 28),
        b=chance.choice(("Jan", "Mar", "Apr", "Jun", "Aug", "Sept", "Oct", "Nov", "Dec")),
        y=chance.choice(("2024", "2025", "2023")),
    ),
}


def _spelled(person: Person, form: str, who: str, chance: random.Random) -> list[Piece]:
    """Return a person's name in the form asked for; titles and credentials are no names."""
    given, surname, middle = person.given, person.surname, person.middle
    if form == "f":
        return [Piece(given, "N")]
    if form == "l":
        return [Piece(surname, "N")]
    if form == "n":
        short = NICKNAMES.get(given.lower(), (given.lower(),))
        return [Piece(chance.choice(short).capitalize(), "N")]
    if form == "u":  # a user name, which the recognizers find
        return [Piece(f"{given[0]}{surname}".lower().replace(" ", "") + str(chance.randint(1, 99)))]
    if form == "i":
        return [Piece(f"{given[0]}{surname[0]}")]
    if form == "t":
        return [Piece(_title(person, who, chance)), Piece(_addressed(person, chance), "N")]
    if form == "w":
        return [Piece(f"{given} {surname}", "N")]
    if form in {"fl", "il"}:
        dot = chance.choice((".", "", "."))
        name = f"{given} {surname[0]}{dot}" if form == "fl" else f"{given[0]}{dot} {surname}"
        return [Piece(name, "N")]
    if form == "lf":
        tail = chance.choice(("", "", f" {middle[0]}", f" {middle}", f" {middle[0]}."))
        comma = chance.choice((", ", ", ", ","))
        text = f"{surname}{comma}{given}{tail}"
        return [Piece(text.upper() if chance.random() < 0.3 else text, "N")]
    if form == "cred":
        name = chance.choice((f"{given} {surname}", f"{given[0]}. {surname}", surname))
        comma = chance.choice((", ", " ", ", "))
        return [Piece(name, "N"), Piece(comma + chance.choice(_CREDENTIALS))]
    return [Piece(_full(person, chance), "N")]


def _title(person: Person, who: str, chance: random.Random) -> str:
    if who.startswith("c"):
        return chance.choice(("Dr. ", "Dr ", "Dr. ", "Doctor ", "Prof. "))
    titles = ("Mrs. ", "Ms. ", "Ms ", "Miss ") if person.is_woman else ("Mr. ", "Mr. ", "Mr ")
    return chance.choice(titles)


def _addressed(person: Person, chance: random.Random) -> str:
    full = f"{person.given} {person.surname}"
    return full if chance.random() < 0.15 else person.surname


def _full(person: Person, chance: random.Random) -> str:
    given, surname, middle = person.given, person.surname, person.middle
    return chance.choices(
        (
            f"{given} {surname}",
            f"{given} {middle[0]}. {surname}",
            f"{given} {middle} {surname}",
            f"{given} {middle[0]} {surname}",
            f"{given[0]}. {surname}",
            f"{given} {surname} {chance.choice(('Jr.', 'Sr.', 'III', 'Jr'))}",
            f"{given} {surname.upper()}",
        ),
        (10, 2, 2, 1, 1, 0.5, 0.5),
    )[0]
