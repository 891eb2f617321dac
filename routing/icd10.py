"""ICD-10-CM codes: their shape, how people spell them, and which lie below which. Pure.

A category has three characters, the codes below it up to four more behind a dot. Shape: ICD-10-CM
Official Guidelines for Coding and Reporting, section I.A.2 and 3 (CMS and NCHS). Whether a code of
that shape exists in this year's edition is not known here.
"""

import re
from collections.abc import Iterator
from typing import Final

CATEGORY_CHARACTERS: Final = 3
LONGEST: Final = 8  # with the dot
SHAPE: Final = r"[A-Z][0-9][0-9AB](\.[0-9A-Z]{1,4})?"
_CODE: Final = re.compile(SHAPE)
# Without a dot a word must look like a code by its figures: q12h and b12a are no codes of a list.
_IN_TEXT: Final = re.compile(
    r"(?<![\w.])([A-Z][0-9][0-9AB](?:\.[0-9A-Z]{1,4}|[0-9][0-9A-Z]{0,3})?)(?!\w|\.\w)",
    re.IGNORECASE | re.ASCII,
)


def normalized(spelled: str) -> str | None:
    """Return a code in capitals with its dot, or None for what is not shaped like one.

    Case, blanks and a missing dot do not matter: `e11 65` is E11.65.
    """
    if len(spelled) > 4 * LONGEST:
        return None
    bare = "".join(spelled.split()).upper()
    if "." not in bare and len(bare) > CATEGORY_CHARACTERS:
        bare = f"{bare[:CATEGORY_CHARACTERS]}.{bare[CATEGORY_CHARACTERS:]}"
    return bare if _CODE.fullmatch(bare) else None


def codes_in(text: str) -> list[str]:
    """Return what is shaped like a code in running text, each once, as it comes."""
    found = (normalized(match[1]) for match in _IN_TEXT.finditer(text))
    return list(dict.fromkeys(code for code in found if code))


def lineage(code: str) -> Iterator[str]:
    """Yield a normalized code and every less specific one above it, up to its category."""
    for length in range(len(code), CATEGORY_CHARACTERS - 1, -1):
        if code[length - 1] != ".":
            yield code[:length]


def is_related(first: str, second: str) -> bool:
    """Return whether one normalized code is the other, or lies below it."""
    return first.startswith(second) or second.startswith(first)
