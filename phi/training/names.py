"""Names to train on: drawn from the lists by frequency, some held back, some invented."""

import lzma
import random
from dataclasses import dataclass, field
from functools import cache
from itertools import accumulate
from typing import Final
from zlib import crc32

from phi.detect.lexicon import shared
from phi.detect.name import NOT_NAMES
from phi.name_words import NAME_WORDS
from phi.training.lists import DATA, PHRASES, own

_PARTICLES: Final = (
    *("de la ", "van der ", "von ", "Al-", "bin ", "De", "da ", "dos ", "van ", "El-", "Abu-"),
    *("St. ", "St. ", "van den ", "de ", "del ", "Mac ", "D'", "O'", "Le ", "La ", "Mc", "San "),
    *("ter ", "di ", "Mc ", "ul-", "al-", "el-", "ap ", "Ben-", "Van Den ", "Del ", "Te ", "N'"),
)
_SHORT_SURNAMES: Final = """
    Oh Ng Li Vo Xu Ho Im Lo Wu Yu Hu Lu Ma Le Ly Ha Ko Su Ye Vu Fu Du Gu Mo Ip Au Qi Yi Bo Ku Ro An
    Ou Na Eu Bui Ito Ono Abe Roy Ray Rao Roe Ruo Tso Lam Lim Kim Kam Kwa Eze Uba Ako Oka Zee
""".split()  # noqa: SIM905 - words read better as text
_ONSETS: Final = """
    b br c ch d dr f g gr h j k kr l m n p pr r s sh st t th tr v w y z
""".split()  # noqa: SIM905 - words read better as text
_NUCLEI: Final = """
    a e i o u ae ai au ea ee ei ia ie io oa oo ou ue
""".split()  # noqa: SIM905 - words read better as text
_CODAS: Final = """
    - - - n r l s m k nd rt ng ck ll ss th x z
""".split()  # noqa: SIM905 - words read better as text
_NAME_ENDS: Final = """
    son sen man berg ski ska wicz ova ov ez es i o a mere worth field low ton ley
""".split()  # noqa: SIM905 - words read better as text
_DRUG_ENDS: Final = """
    mab nib pril statin zole vir xa ra ta rix via ence tam ozin gliptin tide
""".split()  # noqa: SIM905 - words read better as text


@dataclass(frozen=True)
class Person:
    given: str
    surname: str
    middle: str
    is_woman: bool


@dataclass(frozen=True)
class _Weighted:
    names: tuple[str, ...]
    sums: tuple[int, ...] = field(repr=False)

    def draw(self, chance: random.Random) -> str:
        """Return a name; frequent ones come more often, rare ones often enough."""
        if chance.random() < 0.4:
            return chance.choice(self.names)
        return chance.choices(self.names, cum_weights=self.sums)[0]


@cache
def _rows() -> tuple[tuple[str, int, str], ...]:
    text = lzma.decompress((DATA / "names.tsv.xz").read_bytes()).decode()
    rows = (line.split("\t") for line in text.splitlines())
    return tuple((kind, int(weight), name) for kind, weight, name in rows)


def _weighted(kind: str, is_held_back: bool) -> _Weighted:
    rows = [
        (name, weight * weight)
        for row, weight, name in _rows()
        if row == kind and (crc32(name.encode()) % 5 == 0) == is_held_back
    ]
    return _Weighted(tuple(name for name, _ in rows), tuple(accumulate(w for _, w in rows)))


@cache
def _pools(is_held_back: bool) -> dict[str, _Weighted]:
    return {kind: _weighted(kind, is_held_back) for kind in ("given", "surname", "place")}


@cache
def _word_names() -> tuple[str, ...]:
    """Return the names that are everyday words: Will, May, Rose, Long."""
    known = ((word, shared().word(word)) for word in sorted(NAME_WORDS) if len(word) > 2)
    return tuple(
        word.capitalize()
        for word, about in known
        if max(about.given, about.surname) > 1 and word not in NOT_NAMES - {"will", "may"}
    )


@cache
def _everyday_names() -> tuple[str, ...]:
    lines = (PHRASES / "everyday_names.txt").read_text().splitlines()
    return tuple(name for line in lines if not line.startswith("#") for name in line.split())


@cache
def _short_given() -> tuple[str, ...]:
    return tuple(name for name in own("given") if len(name) < 6)


class Names:
    """Draws names: a fifth of the lists is held back for validation."""

    def __init__(self, *, is_held_back: bool, invented: float = 0.2, words: float = 0.14) -> None:
        self._pools = _pools(is_held_back)
        self._invented = invented
        self._words = words

    def given(self, chance: random.Random) -> str:
        if chance.random() < self._invented:
            return self._invent(chance, 1 + (chance.random() < 0.7), "")
        if chance.random() < self._words:
            return self.word(chance)
        if chance.random() < 0.04:
            second = chance.choice(_short_given())
            return chance.choice(_short_given()) + "-" + chance.choice((second, second.lower()))
        return self._pools["given"].draw(chance)

    def surname(self, chance: random.Random) -> str:
        dice = chance.random()
        if dice > 0.965:
            return chance.choice(_SHORT_SURNAMES)
        if dice < 0.04:
            return chance.choice(_PARTICLES) + self._pools["surname"].draw(chance)
        if dice < 0.08:
            two = (self._pools["surname"].draw(chance) for _ in range(2))
            return chance.choice(("-", " ", "-")).join(two)
        if chance.random() < self._invented:
            return self._invent(chance, 1 + (chance.random() < 0.5), chance.choice(_NAME_ENDS))
        return (
            self.word(chance)
            if chance.random() < self._words
            else self._pools["surname"].draw(chance)
        )

    def place(self, chance: random.Random) -> str:
        if chance.random() < self._invented:
            end = chance.choice(
                ("ville", "ton", "field", "mere", "burg", "wood", " Springs", " Falls")
            )
            return self._invent(chance, 1, end)
        return self._pools["place"].draw(chance)

    def person(self, chance: random.Random, *, family: Person | None = None) -> Person:
        """Return a person; relatives share a surname half of the time."""
        shares = family is not None and chance.random() < 0.5
        surname = family.surname if family and shares else self.surname(chance)
        given = self.given(chance)
        if chance.random() < 0.02:
            given += chance.choice(("-", " ")) + self.given(chance)
        return Person(given, surname, self.given(chance), chance.random() < 0.5)

    def drug(self, chance: random.Random) -> str:
        return chance.choice(own("drugs"))

    def brand(self, chance: random.Random) -> str:
        return chance.choice(own("brands"))

    def invented_drug(self, chance: random.Random) -> str:
        name = self._invent(chance, 1 + (chance.random() < 0.5), chance.choice(_DRUG_ENDS))
        return name if chance.random() < 0.6 else name.lower()

    def study(self, chance: random.Random) -> str:
        """Return the acronym of a study, which often is a name or a word too."""
        name = chance.choice((self.given, self.word, self.place))(chance).upper().split()[0]
        return name + chance.choice(("", "", "", "-HF", "-CKD", "-2", " II", "-AF"))

    def trade(self, chance: random.Random) -> str:
        """Return a medicine's trade name, listed or not."""
        if chance.random() < 0.5:
            return chance.choice((*own("brands"), *own("products"))).capitalize()
        return self.invented_drug(chance).capitalize()

    def product(self, chance: random.Random) -> str:
        """Return the name of a device, dressing, test or program, listed or not."""
        if chance.random() < 0.4:
            return chance.choice(own("products"))
        first = self._invent(chance, 1 + (chance.random() < 0.4), "")
        ends = (
            "",
            "",
            "Lock",
            "Flow",
            "Guard",
            "Care",
            "Pro",
            "Max",
            "ia",
            "ix",
            "tex",
            " SPUR",
            " II",
        )
        return first + chance.choice(ends)

    def abbreviation(self, chance: random.Random) -> str:
        return "".join(chance.choices("ABCDEFGHIJLMNOPRSTUVX", k=chance.choice((2, 3, 3, 4, 5))))

    def clinical(self, chance: random.Random) -> str:
        return chance.choice(own("clinical"))

    def word(self, chance: random.Random) -> str:
        """Return a name that is an everyday word, known as a name or not."""
        if chance.random() < 0.6:
            return chance.choice(_everyday_names())
        return chance.choice(_word_names())

    def _invent(self, chance: random.Random, syllables: int, end: str) -> str:
        parts = [
            chance.choice(_ONSETS) + chance.choice(_NUCLEI) + chance.choice(_CODAS).strip("-")
            for _ in range(syllables)
        ]
        return (
            ("".join(parts) + end).capitalize()
            if " " not in end
            else "".join(parts).capitalize() + end
        )
