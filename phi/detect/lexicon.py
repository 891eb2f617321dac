"""What is known about a word: is it a given name, a surname, a place, English, clinical?

One read-only file maps the checksum of a folded, lower-case word to sixteen bits; about 1.5 MB,
shared by all processes through the page cache. A word that is not in it has the bits of a checksum
neighbor with a chance of 1 in 15,000, which no decision depends on alone. How the file is made:
phi/training/lexicon.py; sources and licenses: phi/data/README.md.
"""

import mmap
from bisect import bisect_left
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple
from zlib import crc32

PATH: Final = Path(__file__).resolve().parent.parent / "data" / "lexicon.bin"

_TAIL: Final = 20
_LEADS: Final = 1 << (32 - _TAIL)


class Word(NamedTuple):
    """What the lexicon says about one word; 0 is "nothing" everywhere."""

    given: int = 0  # as a given name: 1 rare, 2 usual, 3 frequent
    surname: int = 0  # as a surname: 1 rare, 2 usual, 3 frequent
    place: int = 0  # as (a word of) a populated place: 1 small, 2 city, 3 metropolis
    english: int = 0  # in general English, lower case: 1 rare ... 4 everyday
    clinical: int = 0  # 1 clinical word, 2 drug, 3 brand of a drug or device
    is_eponym: bool = False  # stands for a disease, sign, device
    is_proper: bool = False  # capitalized and no identifier: months, peoples, agencies, states
    is_organization: bool = False  # begins or ends the name of an organization


NOTHING: Final = Word()


def packed(word: Word) -> int:
    """Return the sixteen bits of a word."""
    return (
        word.given
        | word.surname << 2
        | word.place << 4
        | word.english << 6
        | word.clinical << 9
        | word.is_eponym << 11
        | word.is_proper << 12
        | word.is_organization << 13
    )


def unpacked(bits: int) -> Word:
    return Word(
        bits & 3,
        bits >> 2 & 3,
        bits >> 4 & 3,
        bits >> 6 & 7,
        bits >> 9 & 3,
        bool(bits >> 11 & 1),
        bool(bits >> 12 & 1),
        bool(bits >> 13 & 1),
    )


def checksum(word: str) -> int:
    return crc32(word.encode())


class Lexicon:
    """The file in memory: the sorted checksums, then the bits in the same order."""

    def __init__(self, path: Path = PATH) -> None:
        with path.open("rb") as file:
            content = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        count = len(content) // 6
        self._checksums = content[: count * 4].cast("I")
        self._bits = content[count * 4 : count * 6].cast("H")
        # Where the checksums with the same leading bits begin, to search among a few dozen.
        self._begins = [bisect_left(self._checksums, lead << _TAIL) for lead in range(_LEADS + 1)]

    def __len__(self) -> int:
        return len(self._checksums)

    def word(self, lowered: str) -> Word:
        """Return what is known about a folded word in lower case."""
        return unpacked(self.bits(lowered.encode()))

    def bits(self, lowered: bytes) -> int:
        """Return the sixteen bits of a word; 0: unknown."""
        key = crc32(lowered)
        lead = key >> _TAIL
        end = self._begins[lead + 1]
        index = bisect_left(self._checksums, key, self._begins[lead], end)
        return self._bits[index] if index < end and self._checksums[index] == key else 0


@cache
def shared() -> Lexicon:
    """Return the lexicon of this process."""
    return Lexicon()
