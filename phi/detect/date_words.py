"""Days said in words: "the fourth of March, twenty twenty", "July nineteenth nineteen "
"fifty-two"."""

import re
from typing import Final

_ONES = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")
_TEENS = (
    *("tenth", "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth"),
    *("seventeenth", "eighteenth", "nineteenth"),
)
ORDINALS: Final[dict[str, int]] = {
    **{word: number for number, word in enumerate((*_ONES, *_TEENS), 1)},
    **{"twentieth": 20, "thirtieth": 30, "thirty first": 31},
    **{f"twenty {word}": 20 + number for number, word in enumerate(_ONES, 1)},
}
_CARDINALS = {
    word: number
    for number, word in enumerate(
        (
            *("oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
            *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen"),
            *("eighteen", "nineteen"),
        )
    )
}
_TENS = {
    word: number
    for number, word in zip(
        range(20, 100, 10),
        ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"),
        strict=True,
    )
}
ORDINAL: Final = "|".join(
    sorted((word.replace(" ", "[\\s-]") for word in ORDINALS), key=len, reverse=True)
)
# The days of a month said as plain numbers, and years after the century.
CARDINAL: Final = "|".join(
    sorted(
        (
            *(word for word in _CARDINALS if word != "oh"),
            *("twenty", "thirty", "thirty one"),
            *(f"twenty {word}" for word in tuple(_CARDINALS)[1:10]),
        ),
        key=len,
        reverse=True,
    )
)
_SMALL = "|".join((*sorted(_CARDINALS, key=len, reverse=True), *_TENS))
YEAR: Final = (
    rf"(?:(?:nineteen|twenty)[\s-](?:hundred|{_SMALL})(?:[\s-](?:{_SMALL}))?|"
    rf"two\sthousand(?:\sand)?(?:[\s-](?:{_SMALL}))?(?:[\s-](?:{_SMALL}))?)"
)
_SEPARATORS = re.compile(r"[\s-]+")


def ordinal_number(text: str) -> int:
    """Return the day an ordinal word stands for."""
    return ORDINALS[_SEPARATORS.sub(" ", text.lower())]


def year_number(text: str) -> int:
    """Return the year said as "nineteen fifty-two" or "two thousand and four"."""
    words = [word for word in _SEPARATORS.split(text.lower()) if word != "and"]
    if words[:2] == ["two", "thousand"]:
        return 2000 + _below_hundred(words[2:])
    rest = [] if words[1] == "hundred" else words[1:]
    return (1900 if words[0] == "nineteen" else 2000) + _below_hundred(rest)


def _below_hundred(words: list[str]) -> int:
    return sum(_TENS.get(word, _CARDINALS.get(word, 0)) for word in words)
