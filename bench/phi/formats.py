"""How figures and days are written; each author picks patterns of its own."""

import string
from datetime import date
from random import Random

_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_MESES = (
    *("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio"),
    *("agosto", "septiembre", "octubre", "noviembre", "diciembre"),
)
_ONES = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen"),
    *("eighteen", "nineteen"),
)
_TENS = (*("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"),)
_ORDINALS = {
    1: "first",
    2: "second",
    3: "third",
    5: "fifth",
    8: "eighth",
    9: "ninth",
    12: "twelfth",
}
_VIN = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"
_VIN_VALUES = {
    letter: value
    for letters, first in (("ABCDEFGH", 1), ("JKLMN", 1), ("STUVWXYZ", 2))
    for value, letter in enumerate(letters, first)
} | {"P": 7, "R": 9}
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


def figures(pattern: str, rng: Random) -> str:
    """Return a pattern with # as a digit, ^ as a digit from 2 to 9 and @ as a capital letter."""
    pick = {
        "#": string.digits,
        "^": "23456789",
        "@": "ABCDEFGHJKLMNPQRSTVWXYZ",
        "~": "0123456789abcdef",
    }
    return "".join(rng.choice(pick[sign]) if sign in pick else sign for sign in pattern)


def day(pattern: str, value: date) -> str:
    """Return a day by a strftime pattern, with %o as an ordinal (3rd) and %Q as a Spanish month."""
    ordinal = f"{value.day}{_suffix(value.day)}"
    month = _MESES[value.month - 1]
    return value.strftime(pattern.replace("%o", ordinal).replace("%Q", month))


def _suffix(number: int) -> str:
    if number in {11, 12, 13}:
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")


def number_words(number: int) -> str:
    """Return a number below a hundred in words."""
    if number < 20:
        return _ONES[number]
    tens, ones = divmod(number, 10)
    return _TENS[tens] + (f" {_ONES[ones]}" if ones else "")


def digit_words(value: str, nought: str = "zero") -> str:
    """Return the figures and letters of a value one by one, as dictated."""
    words = []
    for character in value:
        if character.isdigit():
            words.append(nought if character == "0" else _ONES[int(character)])
        elif character.isalpha():
            words.append(character.upper())
    return " ".join(words)


def day_words(value: date) -> str:
    """Return a day as dictated: march fourth nineteen eighty."""
    century, rest = divmod(value.year, 100)
    if century == 20 and rest < 10:
        year = "two thousand" + (f" {_ONES[rest]}" if rest else "")
    else:
        year = (
            f"{number_words(century)} {('oh ' + _ONES[rest]) if rest < 10 else number_words(rest)}"
        )
    return f"{_MONTHS[value.month - 1].lower()} {ordinal_words(value.day)} {year}"


def ordinal_words(number: int) -> str:
    """Return first, second, twenty third ..."""
    tens, ones = divmod(number, 10)
    if number in _ORDINALS:
        return _ORDINALS[number]
    if number > 20 and ones:
        return f"{_TENS[tens]} {ordinal_words(ones)}"
    word = number_words(number)
    return f"{word[:-1]}ieth" if word.endswith("y") else f"{word}th"


def npi(rng: Random) -> str:
    """Return an NPI with its check digit (Luhn over 80840 and nine digits)."""
    nine = "1" + figures("########", rng)
    return nine + str(-_luhn("80840" + nine) % 10)


def card(rng: Random) -> str:
    """Return a card number of sixteen digits with its check digit."""
    fifteen = "4" + figures("##############", rng)
    return fifteen + str(-_luhn(fifteen) % 10)


def _luhn(digits: str) -> int:
    """Return the Luhn sum of digits that a check digit is to follow."""
    total = 0
    for place, character in enumerate(reversed(digits)):
        value = int(character) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return total


def dea(rng: Random, last: str) -> str:
    """Return a DEA number with its check digit."""
    digits = figures("######", rng)
    odd, even = (sum(map(int, digits[start::2])) for start in (0, 1))
    return f"{rng.choice('ABFM')}{last[:1].upper()}{digits}{(odd + 2 * even) % 10}"


def vin(rng: Random) -> str:
    """Return a vehicle identification number with its check character."""
    signs = [rng.choice(_VIN) for _ in range(17)]
    signs[8] = "0"
    total = sum(
        weight * (int(sign) if sign.isdigit() else _VIN_VALUES[sign])
        for sign, weight in zip(signs, _VIN_WEIGHTS, strict=True)
    )
    signs[8] = "0123456789X"[total % 11]
    return "".join(signs)


def ssn(rng: Random) -> str:
    """Return a number of the issued ranges."""
    area = rng.choice([*range(1, 666), *range(667, 900)])
    return f"{area:03}-{rng.randint(1, 99):02}-{rng.randint(1, 9999):04}"


def mbi(rng: Random) -> str:
    """Return a Medicare beneficiary identifier."""
    letters, digits = "ACDEFGHJKMNPQRTUVWXY", string.digits
    kinds = "1LEDLEDLLDD"  # 1: digit 1-9, L letter, E either, D digit
    pick = {"1": digits[1:], "L": letters, "E": letters + digits, "D": digits}
    return "".join(rng.choice(pick[kind]) for kind in kinds)
