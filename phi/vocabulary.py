"""Which words are no names: the last scan's own reading of phi/data/lexicon.bin.

The file is data that both scans share; its other reader is phi/detect/lexicon.py, where the format
is written down: sorted CRC-32 checksums of folded lower-case words, then sixteen bits each.
"""

import mmap
from bisect import bisect_left
from functools import cache, lru_cache
from pathlib import Path
from typing import Final
from zlib import crc32

from phi.name_words import NAME_WORDS

PATH: Final = Path(__file__).resolve().parent / "data" / "lexicon.bin"
RECORD_BYTES: Final = 6
ENGLISH: Final = 0b111 << 6  # in general English: 1 rare to 4 everyday
USUAL_ENGLISH: Final = 2 << 6
MEDICAL: Final = 0b11 << 9
NO_PERSON: Final = 0b111 << 11  # eponyms, proper words (months, peoples), organizations
PERSON: Final = 0b1111  # as a given name or a surname
GIVEN: Final = 0b11  # 1 rare, 2 usual, 3 frequent
USUAL_NAME: Final = 0b1010  # usual or frequent as one
TOWN: Final = 0b11 << 4  # as a word of a populated place


@lru_cache(maxsize=50_000)
def is_vocabulary(word: str) -> bool:
    """Tell whether a folded lower-case word is a word that texts of a clinic have."""
    bits = bits_of(word)
    return bool(bits & (ENGLISH | MEDICAL | NO_PERSON)) or word in NAME_WORDS


@lru_cache(maxsize=50_000)
def is_everyday(word: str) -> bool:
    """Tell whether a word is so usual that it names nobody by itself, a name or not."""
    bits = bits_of(word)
    return bits & ENGLISH >= USUAL_ENGLISH or bool(bits & MEDICAL) or word in NAME_WORDS


@lru_cache(maxsize=50_000)
def is_doubtful(word: str) -> bool:
    """Tell whether a capitalized word may be a name: it is one more than it is a word."""
    bits = bits_of(word)
    if not bits & (ENGLISH | MEDICAL | NO_PERSON) and word not in NAME_WORDS:
        return True
    return bool(bits & PERSON) and not is_everyday(word) and not bits & (MEDICAL | NO_PERSON)


@cache
def _file() -> tuple[memoryview, memoryview]:
    with PATH.open("rb") as file:
        content = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    count = len(content) // RECORD_BYTES
    return content[: count * 4].cast("I"), content[count * 4 : count * RECORD_BYTES].cast("H")


def bits_of(word: str) -> int:
    """Return the sixteen bits of a folded lower-case word; 0: unknown."""
    checksums, bits = _file()
    key = crc32(word.encode("utf-8", "replace"))
    index = bisect_left(checksums, key)
    return bits[index] if index < len(checksums) and checksums[index] == key else 0
