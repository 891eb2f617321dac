"""How the words of an address are written: "Fort" and "Ft.", "North" and "N", "5th" and "Fifth"."""

from itertools import islice, product
from typing import Final

_MOST: Final = 96  # spellings of one value
ORDINALS: Final = (
    *("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth"),
    *("tenth", "eleventh", "twelfth"),
)
_ENDS: Final = {1: "st", 2: "nd", 3: "rd"}
_GROUPS: Final = (
    *(("fort", "ft"), ("mount", "mt"), ("saint", "st"), ("sainte", "ste"), ("point", "pt")),
    *(("north", "n", "no"), ("south", "s", "so"), ("east", "e"), ("west", "w")),
    *(("northeast", "ne"), ("northwest", "nw"), ("southeast", "se"), ("southwest", "sw")),
    *(("avenue", "ave", "av"), ("street", "st", "str"), ("road", "rd"), ("lane", "ln")),
    *(("boulevard", "blvd", "boul", "bl"), ("court", "ct"), ("drive", "dr"), ("place", "pl")),
    *(("terrace", "terr", "ter"), ("circle", "cir"), ("highway", "hwy", "hiway"), ("trail", "trl")),
    *(("parkway", "pkwy"), ("square", "sq"), ("loop", "lp"), ("route", "rte", "rt"), ("way", "wy")),
    *(("county", "co"), ("state", "st"), ("heights", "hts"), ("junction", "jct"), ("lake", "lk")),
    *(("turnpike", "tpke"), ("crossing", "xing"), ("mountain", "mtn"), ("springs", "spgs")),
    *(("trailer", "trlr"), ("building", "bldg"), ("space", "spc"), ("park", "pk")),
    *((word, f"{n}{_ENDS.get(n, 'th')}") for n, word in enumerate(ORDINALS, start=1)),
)


def _alternatives() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for group in _GROUPS:
        for word in group:
            found[word] = tuple(dict.fromkeys((*found.get(word, ()), *group)))
    return found


_ALTERNATIVES: Final = _alternatives()


def place_forms(folded: str) -> tuple[str, ...]:
    """Return the spellings of a value in lower case, itself first; at most ninety-six."""
    choices = [_written(word) for word in folded.replace("p.o.", "po").split()]
    spellings = (" ".join(words) for words in islice(product(*choices), _MOST))
    return tuple(dict.fromkeys((folded, *spellings)))


def _written(word: str) -> tuple[str, ...]:
    bare = word.strip(".,")
    if bare == "po":
        return ("po", "p.o.", "p o", "p.o", "post office")
    forms: list[str] = []
    for form in _ALTERNATIVES.get(bare, ()):
        forms += (form, f"{form}.") if len(form) < 5 and form.isalpha() else (form,)
    return tuple(dict.fromkeys((word, bare, *forms)))
