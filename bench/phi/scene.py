"""Fills the frames of an author: `[Pt|Patient] {pt.full}, {pt.age} y/o, seen on {date}.`

Slots `who.what` are people (pt, pt2, rel, kid, doc, doc2), single ones are days, organizations or
words of the author's vocabulary, `{word*2-4}` some of them (`/n`: on lines of their own); `{#3-9}`
is a number, `[a|b]` a choice, `{~text}` what may go or stay, `{=name.relative Aunt Bo}` an
identifier written out with its category and whose it is, ⟦ and ⟧ stand for braces. Values of
people and days stay the same throughout a scene.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any

from bench.phi import formats
from bench.phi.cases import Case
from bench.phi.marked import NEUTRAL, ORGANIZATION, Label, Marked, Piece, joined, mark
from bench.phi.people import LATEST, Habits, Known, Person, person, record_of
from bench.phi.slots import PERSON, PLACES, Owner

_BRACES = str.maketrans("\u27e6\u27e7", "{}")
_SLOT = re.compile(r"\{([^{}]+)\}")
_CHOICE = re.compile(r"\[([^\[\]]*\|[^\[\]]*)\]")
_SOME = re.compile(r"(\w+)\*(\d+)-(\d+)(/n)?\Z")
_RANGE = re.compile(r"#(\d+)-(\d+)(?:\.(\d))?\Z")
_TITLE = re.compile(
    r"(?:(?:Mr|Mrs|Ms|Dr|Sgt|Cpl|Sr|Sra|Hon|Fr|Rev)\. |(?:Miss|Nurse|Coach|Judge|Vice Principal|"
    r"Sister|Aunt|Auntie|Uncle|T\u00eda|T\u00edo|Abuela|Nonna|Do\u00f1a|Don|Pastor|Rabbi|Deacon|"
    r"Doc|Lil|Big|Grandma|Grandpa|Papa|Chief|Father|Professor) )*"
)
_WHOSE = {
    **{who: "patient" for who in ("pt", "pt2")},
    **{who: "relative" for who in ("rel", "rel2", "kid")},
    **{who: "clinician" for who in ("doc", "doc2", "doc3", "nurse")},
}
_PRONOUNS = {
    "F": {
        "he": "she",
        "his": "her",
        "him": "her",
        "man": "woman",
        "mr": "Ms.",
        "gent": "lady",
        "boy": "girl",
        "sex": "female",
        "s": "F",
        "son": "daughter",
        "husband": "husband",
        **{"mom": "dad", "sib": "sister", "o": "a", "el": "la", "sr": "Sra.", "hijo": "hija"},
        "esposo": "esposo",
    },
    "M": {
        "he": "he",
        "his": "his",
        "him": "him",
        "man": "man",
        "mr": "Mr.",
        "gent": "gentleman",
        "boy": "boy",
        "sex": "male",
        "s": "M",
        "son": "son",
        "husband": "wife",
        **{"mom": "mom", "sib": "brother", "o": "o", "el": "el", "sr": "Sr.", "hijo": "hijo"},
        "esposo": "esposa",
    },
}


class Scene:
    """One patient with people, days and places around, in the hands of one author."""

    def __init__(
        self, rng: Random, habits: Habits, *, youngest: int = 18, oldest: int | None = None
    ) -> None:
        self.rng = rng
        self.habits = habits
        self.patient = person(rng, habits, youngest=youngest, oldest=oldest)
        self._people = {"pt": self.patient}
        self._days: dict[str, date] = {}
        self._organizations: dict[str, str] = {}
        self._shapes: dict[str, str] = {}
        self.employer = rng.choice(habits.employers)
        self.known = self._record("pt", "rel", "doc", self.employer)
        self._second: Known | None = None

    @property
    def records(self) -> tuple[Any, ...]:
        """The `patient` objects of the request."""
        second = (self._second.record,) if self._second else ()
        return (self.known.record, *second)

    def case(self, author: str, style: str, difficulty: str, content: Any, **more: Any) -> Case:
        """Return a case with the records of this scene."""
        others: tuple[Any, ...] = ()
        if "pt2" in self._people and self._second is None:
            others = (self._record("pt2", "rel2", "doc2", "").record,)
        return Case(author, style, difficulty, content, self.records, others, **more)

    def with_second_patient(self) -> "Scene":
        """Send the second patient's record too."""
        self._second = self._record("pt2", "rel2", "doc2", "")
        return self

    @property
    def fields(self) -> frozenset[str]:
        """What the patient's record holds."""
        return self.known.fields

    def _record(self, patient: str, contact: str, physician: str, employer: str) -> Known:
        people = (self.of(patient), self.of(contact), self.of(physician))
        return record_of(self.rng, *people, employer)

    def of(self, who: str) -> Person:
        """Return a person of the scene; relatives often share the family name."""
        if who not in self._people:
            made = person(self.rng, self.habits, sex=self._sex_of(who), youngest=22)
            if _WHOSE[who] == "relative" and self.rng.random() < 0.5:
                made = replace(made, last=self.patient.last)
            self._people[who] = made
        return self._people[who]

    def _sex_of(self, who: str) -> str:
        """The frames have husbands or wives, mothers, and children of the patient's sex."""
        other = {"F": "M", "M": "F"}[self.patient.sex]
        return {"rel": other, "rel2": "F", "kid": self.patient.sex}.get(who, "")

    def day(self, key: str) -> date:
        """Return a day of the scene: d0 is the visit, d-3 and d+14 lie around it."""
        if "visit" not in self._days:
            self._days["visit"] = LATEST - timedelta(days=self.rng.randint(30, 2400))
        if key not in self._days:
            shift = int(key[1:]) if key[1:].lstrip("+-").isdigit() else self.rng.randint(-400, 60)
            self._days[key] = self._days["visit"] + timedelta(days=shift)
        return self._days[key]

    def fill(self, frame: str) -> Marked:
        """Return a frame with its choices made and its slots filled."""
        while match := _CHOICE.search(frame):
            options = match[1].split("|")
            frame = frame[: match.start()] + self.rng.choice(options) + frame[match.end() :]
        parts: list[str | Marked] = []
        at = 0
        for match in _SLOT.finditer(frame):
            parts += [frame[at : match.start()].translate(_BRACES), self.slot(match[1])]
            at = match.end()
        return joined([*parts, frame[at:].translate(_BRACES)])

    def any_of(self, frames: Sequence[str]) -> Marked:
        """Return one of the frames, filled."""
        return self.fill(self.rng.choice(frames))

    def some_of(self, frames: Sequence[str], least: int, most: int, separator: str = " ") -> Marked:
        """Return a few frames, filled, in their order."""
        count = min(self.rng.randint(least, most), len(frames))
        picked = sorted(self.rng.sample(range(len(frames)), count))
        return joined([self.fill(frames[index]) for index in picked], separator)

    def slot(self, key: str) -> Marked:
        """Return what stands in a slot."""
        if key.startswith("~"):
            return mark(key[1:], Label(NEUTRAL))
        if key.startswith("="):
            return _written_out(key[1:])
        if number := _RANGE.match(key):
            return mark(self._number(number))
        if some := _SOME.match(key):
            frames = self.habits.words[some[1]]
            return self.some_of(frames, int(some[2]), int(some[3]), "\n" if some[4] else " ")
        who, _, what = key.partition(".")
        if who in _WHOSE:
            return self._of_person(who, what)
        if who in _PRONOUNS["F"] or who.lower() in _PRONOUNS["F"]:
            word = _PRONOUNS[self.patient.sex][who.lower()]
            return mark(word if who.islower() else word[:1].upper() + word[1:])
        if who in PLACES:
            return PLACES[who](self, what)
        if who[:1] == "d" and (who[1:].lstrip("+-").isdigit()):
            return self._date(who, what or "dates")
        return self.any_of(self.habits.words[key.partition("/")[0]])

    def _number(self, match: re.Match[str]) -> str:
        low, high, places = int(match[1]), int(match[2]), match[3]
        if places is None:
            return str(self.rng.randint(low, high))
        return f"{self.rng.uniform(low, high):.{int(places)}f}"

    def shape(self, kind: str, patterns: Sequence[str]) -> str:
        """Return the pattern of this text: an author is mostly of one habit within one text."""
        if self.rng.random() < 0.2:
            return self.rng.choice(patterns)
        return self._shapes.setdefault(kind, self.rng.choice(patterns))

    def _date(self, key: str, what: str) -> Marked:
        patterns = {"dates": self.habits.dates, "days": self.habits.days}.get(what)
        pattern = self.shape(what, patterns) if patterns else what
        if what == "spoken":
            return mark(formats.day_words(self.day(key)), Label("date"))
        return mark(formats.day(pattern, self.day(key)), Label("date"))

    def _of_person(self, who: str, what: str) -> Marked:
        one = self.of(who)
        known = self._fields_of(who)
        kind, _, how = what.partition(".")
        return PERSON[kind](self, one, Owner(_WHOSE[who], known), how)

    def _fields_of(self, who: str) -> frozenset[str]:
        known = self._second if who in {"pt2", "rel2", "doc2"} else self.known
        if known is None:
            return frozenset()
        if who in {"pt", "pt2"}:
            return known.fields | {"name"}
        if who in {"rel", "rel2"} and "contact" in known.fields:
            return frozenset({"name", "phone"})
        if who in {"doc", "doc2"} and "pcp" in known.fields:
            return frozenset({"name", "npi"})
        return frozenset()

    def organization(self, key: str) -> Marked:
        """Return the name of a place of care; the ordinary words behind the bar are neutral."""
        if key not in self._organizations:
            name = self.rng.choice(self.habits.organizations)
            self._organizations[key] = formats.figures(name, self.rng)
        proper, _, ordinary = self._organizations[key].partition("|")
        label = Label(ORGANIZATION, "organization")
        return Marked((Piece(proper, label), Piece(ordinary, Label(NEUTRAL, "organization"))))


def _written_out(key: str) -> Marked:
    """Return an identifier that stands in the frame itself: `category.whose its text`."""
    head, _, text = key.partition(" ")
    category, _, whose = head.partition(".")
    title = _TITLE.match(text)[0]  # type: ignore[index]
    named = Piece(text[len(title) :], Label(category, whose))
    return Marked((Piece(title, Label(NEUTRAL)), named) if title else (named,))
