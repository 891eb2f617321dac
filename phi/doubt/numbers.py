"""Numbers that number somebody or something of theirs: behind a label, or long and odd."""

import re
from collections.abc import Iterator
from typing import Final

from phi.doubt.reading import Doubt, Reading, gate_of

REASON: Final = "doubt:number"
_VALUE = r"(?:[A-Z]{1,4}[ -]?)?\d[\dA-Z]{0,20}(?:[-. ][\dA-Z]{0,20}\d[\dA-Z]{0,20}){0,4}"
_LABELS = (
    r"number|no\.|num|case|claim|job|ticket|order|ref(?:erence)?|confirmation|accession|envelope|"
    r"env|locker|badge|plate|passport|permit|policy|member|group|subscriber|account|acct|file|"
    r"chart|record|serial|lot|tag|license|licence|cin|id|invoice|receipt|booking|docket|"
    r"certificate|registration|contract|employee|student|study|subject|specimen|sample|"
    r"bracelet|kiosk|posted|visa|card"
)
_LABEL_BEGINS: Final = gate_of(rf"(?i)\b(?:{_LABELS})[a-z#:*.\s>-]{{1,24}}\d")
_LABELED: Final = re.compile(
    rf"(?i:\b(?:{_LABELS})(?: (?:number|no\.?|id|code|is|was))?)"
    r"[ \t\n>]?[:#*]{0,4}[ \t\n>]{0,4}"
    rf"({_VALUE})(?![\w%])(?!\.\d)"
)
# Figures and letters mixed, or many figures in groups: nothing of a lab has this shape.
_LONG: Final = re.compile(
    r"(?<![\w.,/$+^|\"'-])((?:[A-Z]{1,4}[ -]?)?\d[\dA-Z]{0,20}(?:[ .-]{1,2}\d[\dA-Z]{0,20}){0,5})"
    r"(?![\w%^|\"'])(?!\.\d)"  # what stands in a structure has its name there
)
_LONG_BEGINS: Final = gate_of(r"(?:\d[A-Z .-]{0,2}){6}")
_UNIT: Final = re.compile(
    r"[ \t]?(?:mg|mcg|ng|pg|ml|g/|g\b|u/|iu|units?|cells?|copies|cfu|/|k/|x10|mm|cm|kg|lb|meq|"
    r"mmol|years?|days?|weeks?|times|steps|cal|kcal|patients|participants|people|women|men|children|"
    r"tabs?|caps?|usd|dollars|hours?|min)",
    re.IGNORECASE,
)
_CODED: Final = re.compile(
    r"(?:\b(?:icd|cpt|loinc|snomed|rxnorm|ndc|hcpcs|code|codes|rxcui|doi|pmid|pmc|isbn|issn|nct|rfc|"
    r"version|v|port|line|page|pp|vol|px|rgb|hex|sha|uuid|error|status|http|wbc|plt|platelets?|count|"
    r"load|bnp|ck|ferritin|\$|n|usd|total|cost|dose|unit|ticks|loop|hl7|fhir|iso|astm|udi|ct|drg)"
    r"(?:-?(?:9|10))?(?:-cm|-pcs)?[\"' :=#(]{0,4}(?:[\d.-]{3,14},?(?: and| or)? ){0,4})\Z",
    re.IGNORECASE,
)
_PREFIX: Final = re.compile(r"(?:[A-Z]{1,4}[ -]?)?")
_FEWEST_LABELED = 4
_YEAR: Final = re.compile(r"(?:19|20)\d\d")


def of_numbers(reading: Reading) -> Iterator[Doubt]:
    """Yield numbers behind a label, and long ones where somebody is spoken of."""
    text = reading.text
    for match in reading.found(_LABELED, _LABEL_BEGINS, 0, 40):
        if sum(map(str.isdigit, match[1])) >= _FEWEST_LABELED and not _is_measured(text, match):
            yield _number(match)
    if not reading.speaks_of_somebody:
        return
    for match in reading.found(_LONG, _LONG_BEGINS, 16, 40):
        if _is_long(match[1]) and not _is_measured(text, match):
            yield _number(match)


def _is_long(value: str) -> bool:
    groups = re.findall(r"[\dA-Z]+", value)
    figures = sum(map(str.isdigit, value))
    if " " in value.strip() and figures < 8:
        return False
    return figures >= 6 and any(len(group) > 3 for group in groups)


def _number(match: re.Match[str]) -> Doubt:
    return Doubt(*match.span(1), "other", "ID", REASON)


def _is_measured(text: str, match: re.Match[str]) -> bool:
    start, end = match.span(1)
    before = text[max(0, start - 48) : start] + _PREFIX.match(text, start, end)[0]  # type: ignore[index]
    return bool(
        _UNIT.match(text, end) or _CODED.search(before) or _YEAR.fullmatch(text, start, end)
    )
