"""Institutions by the words around them: ships, parishes, funeral homes, homes of veterans
(45 CFR 164.514(b)(2)(i)(A) and (B): where somebody served, worships, lives or is buried).
"""

import re
from typing import Final

from phi.detect.name import NOT_NAMES, is_plain
from phi.detect.recognizer import Pattern

_CAPITAL: Final = "[A-Z][A-Za-z\\xc0\\xe0'.-]*[A-Za-z\\xc0\\xe0]"
_NAME: Final = rf"{_CAPITAL}(?: (?:& |and |of |de |la )?{_CAPITAL}){{0,3}}"
_FAITHS: Final = (
    "Lutheran|Baptist|Methodist|Presbyterian|Episcopal|Mennonite|Adventist|Pentecostal|"
    "Congregational|Unitarian"
)
_FAITHFUL: Final = frozenset({"the", "a", "is", "raised", "former", "devout", "practicing", "non"})


def _named(value: str, before: str, after: str) -> float:
    """Refuse what is only words: "funeral home pending", "attends Group"."""
    words = [word.lower().strip(".,'") for word in value.split()]
    if words[0] in NOT_NAMES or (len(words) == 1 and is_plain(words[0])):
        return 0
    return 0.8


def _institution(name: str, pattern: str, validate=_named) -> Pattern:  # type: ignore[no-untyped-def]
    return Pattern(name=name, category="name", kind="NAME", pattern=pattern, validate=validate)


SHIP = _institution(
    "ship",
    rf"\b(?:USS|USNS|USCGC|HMS|HMCS) ({_CAPITAL}(?: [A-Z][A-Za-z'-]+){{0,2}})",
    lambda value, before, after: 0.9,
)
FUNERAL = _institution(
    "funeral-home",
    rf"\b(?i:funeral home|mortuary|funeral director|crematory|cremation by|buried (?:at|in)|"
    rf"interred at|(?:memorial|funeral|mass|services?|burial)(?: [A-Z]?[a-z]+day)? at)(?i: is|:)?"
    rf" (?:the )?({_NAME})",
)
PARISH = _institution(
    "parish",
    rf"\b((?:{_CAPITAL} ){{1,2}}(?:{_FAITHS})(?: Church)?|Our Lady of (?:the )?{_NAME}|"
    rf"(?:Temple|Congregation|Masjid|Iglesia|Templo|Parroquia) (?:de )?{_NAME})\b",
    lambda value, before, after: (
        0.8
        if value.startswith("Our Lady")
        else 0
        if value.split()[0].lower() in _FAITHFUL
        else _named(value, before, after)
    ),
)
SOLDIERS_HOME = _institution(
    "veterans-home",
    r"\b((?:(?:Old|National|State) )?(?:Soldiers|Sailors|Veterans|Airmen|Masonic|Odd Fellows)'?"
    r"(?: and (?:Sailors|Soldiers)'?)? Home)\b",
    lambda value, before, after: 0.8,
)
_BANK: Final = re.compile(r"\b(?:acct|account|a/c|deposit|check|loan)\b", re.IGNORECASE)
BANK = _institution(
    "bank",
    rf"\b(?:at|with|from) ({_NAME} (?:Federal|Bank|Savings|Credit Union|Trust))\b",
    lambda value, before, after: 0.8 if _BANK.search(before) else 0,
)
INSTITUTIONS: Final = (SHIP, FUNERAL, PARISH, SOLDIERS_HOME, BANK)
