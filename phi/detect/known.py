"""Known identifiers in all their spellings: the first layer, which nothing vetoes.

Names are found part by part and neighbouring parts are joined, which covers "Last, First",
initials, possessives, camel and snake case without listing them. Figures are compared without
separators. A date of birth needs nothing here: the date recognizers read every form, and equal days
get equal tokens; only its bare figures are listed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import ahocorasick_rs

from phi.briefly import KeptBriefly
from phi.detect import date
from phi.detect.address import SUFFIXES
from phi.detect.canonical import canonical, digits_of, plain, usual
from phi.detect.recognizer import Hit
from phi.detect.view import View, view_of
from phi.name_words import NAME_WORDS, NICKNAMES
from phi.types import KnownIdentifier

KINDS = {
    "name": "NAME",
    "address": "ADDR",
    "date": "DATE",
    "phone": "PHONE",
    "fax": "FAX",
    "email": "EMAIL",
    "ssn": "SSN",
    "mrn": "MRN",
    "health_plan": "PLAN",
    "account": "ACCT",
    "license": "LIC",
    "vehicle": "VEH",
    "device": "DEVICE",
    "url": "URL",
    "ip": "IP",
    "biometric": "BIO",
    "photo": "PHOTO",
    "other": "ID",
}
_FIGURES = re.compile(r"\d(?:[\d]|[ .()/*-]{1,3}\d)+")
_LAST_FOUR_BEFORE = re.compile(
    r"(?:last (?:four|4)(?: digits?)?(?: of [\w ]{0,24})?|ending(?: in| with)?|ends (?:in|with)|"
    r"[x*#-]{2,}|ssn|social|mrn|acct|account|phone|card)[ :#-]*(?:is|are|was)?[ :#-]*$",
    re.IGNORECASE,
)
_AFTER_STREET = re.compile(
    rf"(?: (?:{SUFFIXES})\b\.?)?(?: (?:n|s|e|w|ne|nw|se|sw)\b\.?)?"
    r"(?:,?\s{0,2}(?:(?:apt|apartment|unit|suite|ste|floor|fl|room|rm)\b\.?|#)"
    r" ?#? ?[a-z0-9-]{1,6}\b)?"
)
_BETWEEN_PARTS = re.compile(r"(?:,? {0,2}|[-_.]|, {0,2}|\s)(?:[a-z](?:\. ?| ))?\Z")
_INITIAL_BEFORE = re.compile(r"(?<![A-Za-z0-9'])([A-Za-z])(?:\.[ ]?| )(?:[A-Za-z]\.?[ ])?\Z")
_INITIAL_AFTER = re.compile(r",? ([A-Za-z])(?:\.(?![a-z])|(?![A-Za-z0-9']))")
_LABEL_BEFORE = re.compile(
    r"(?:\b(?:mr|mrs|ms|miss|mx|dr|prof|patient|pt|name|mother|father|wife|husband|spouse|dear|hi|"
    r"hello|son|daughter|contact|mom|dad|sister|brother|nurse|for|by|with|to|from)\b\.?|[:=])"
    r"[ \t]*\Z",
    re.IGNORECASE,
)
_VERB_AFTER = re.compile(
    r"(?:'s)? (?:is|was|has|had|reports?|reported|den(?:ies|ied)|states?|stated|says|said|"
    r"presents?|presented|called|came|"
    r"feels|felt|lives|takes|took|went|does|did|and (?:his|her)|asked|asks|"
    r"wants|needs|complains|returns|returned|arrived|walks|sleeps|works|smokes|drinks)\b"
)
_SENTENCE_END = re.compile(r"(?:^|[.!?:;\n\r*>|\-]|\d\))[ \t\"'(]*\Z")


@dataclass(frozen=True, slots=True)
class _Literal:
    """One thing to look for in the lowered view."""

    text: str
    category: str
    kind: str
    canonical: str
    usual: str
    rule: str  # part | word | literal | street


@dataclass(frozen=True, slots=True)
class _Number:
    digits: str
    category: str
    kind: str
    canonical: str


def _folded(value: str) -> str:
    return view_of(value).text


class KnownMatcher:
    """Finds the known identifiers of one request in any text; cached by `matcher`."""

    def __init__(self, known: tuple[KnownIdentifier, ...]) -> None:
        self._literals = _distinct(literal for one in known for literal in _literals(one, known))
        self._numbers = tuple(number for one in known for number in _numbers(one))
        self._fewest_digits = min((len(number.digits) for number in self._numbers), default=0)
        self._initials = _initials(known)
        self._automaton = (
            ahocorasick_rs.AhoCorasick(
                [literal.text for literal in self._literals],
                implementation=ahocorasick_rs.Implementation.NoncontiguousNFA,
            )
            if self._literals
            else None
        )

    def hits(self, view: View) -> list[Hit]:
        """Return where known identifiers stand in the view."""
        found = self._literal_hits(self._automaton, view) if self._automaton else []
        if self._numbers:
            found.extend(self._number_hits(view))
        return found

    def _literal_hits(self, automaton: ahocorasick_rs.AhoCorasick, view: View) -> list[Hit]:
        parts: list[tuple[int, int, _Literal]] = []
        found: list[Hit] = []
        for index, start, end in automaton.find_matches_as_indexes(view.lower, overlapping=True):
            literal = self._literals[index]
            if not _stands_alone(view.text, start, end, literal.rule):
                continue
            if literal.rule in {"part", "word"}:
                parts.append((start, end, literal))
            elif literal.rule == "street":
                end += _AFTER_STREET.match(view.lower[end : end + 48]).end()  # type: ignore[union-attr]
                found.append(_hit(start, end, literal))
            else:
                found.append(_hit(start, end, literal))
        if parts:
            found.extend(self._names(view, parts))
        return found

    def _names(self, view: View, parts: list[tuple[int, int, _Literal]]) -> Iterator[Hit]:
        """Yield names made of neighbouring parts of one person, initials included."""
        parts.sort(key=lambda part: (part[0], -part[1]))
        group: list[tuple[int, int, _Literal]] = []
        for part in parts:
            if group and part[0] < group[-1][1]:
                continue  # inside the part before
            if group and not self._is_neighbor(view, group[-1], part):
                yield from self._name(view, group)
                group = []
            group.append(part)
        yield from self._name(view, group)

    def _is_neighbor(
        self, view: View, left: tuple[int, int, _Literal], right: tuple[int, int, _Literal]
    ) -> bool:
        if right[0] - left[1] > 7 or left[2].canonical != right[2].canonical:
            return False
        return bool(_BETWEEN_PARTS.match(view.lower[left[1] : right[0]]))

    def _name(self, view: View, group: list[tuple[int, int, _Literal]]) -> Iterator[Hit]:
        if not group:
            return
        start, end, literal = group[0][0], group[-1][1], group[0][2]
        plain_start, plain_end = start, end
        start, end = self._with_initials(view.text, start, end, literal)
        is_beside = len(group) > 1 or (start, end) != (plain_start, plain_end)
        if all(part[2].rule == "word" for part in group) and not is_beside:
            if not _reads_as_name(view.text, plain_start, plain_end):
                return
        elif not is_beside and literal.rule == "part" and len(literal.text) < 3:
            return
        yield _hit(start, end, literal)

    def _with_initials(self, text: str, start: int, end: int, literal: _Literal) -> tuple[int, int]:
        initials = self._initials.get(literal.canonical, frozenset())
        before = _INITIAL_BEFORE.search(text[max(0, start - 8) : start])
        if before and before[1].lower() in initials:
            start -= before.end() - before.start()
        after = _INITIAL_AFTER.match(text[end : end + 5])
        if after and after[1].isupper() and after[1].lower() in initials:
            end += after.end()
        return start, end

    def _number_hits(self, view: View) -> Iterator[Hit]:
        for match in _FIGURES.finditer(view.text):
            digits = digits_of(match[0])
            if len(digits) < self._fewest_digits:
                continue
            for number in self._numbers:
                at = digits.find(number.digits)
                while at >= 0:
                    span = _span_of_digits(match[0], at, len(number.digits))
                    start, end = match.start() + span[0], match.start() + span[1]
                    if _is_whole_number(view.text, start, end, number):
                        yield Hit(
                            start,
                            end,
                            number.category,
                            number.kind,
                            "known",
                            1.0,
                            number.canonical,
                            usual(number.kind, number.canonical),
                        )
                    at = digits.find(number.digits, at + 1)


def _is_whole_number(text: str, start: int, end: int, number: _Number) -> bool:
    if text[start - 1 : start].isdigit() or text[end : end + 1].isdigit():
        return False
    if len(number.digits) > 4:
        return True
    return bool(_LAST_FOUR_BEFORE.search(text[max(0, start - 40) : start]))


def _span_of_digits(text: str, first: int, count: int) -> tuple[int, int]:
    positions = [index for index, character in enumerate(text) if character.isdigit()]
    return positions[first], positions[first + count - 1] + 1


def _hit(start: int, end: int, literal: _Literal) -> Hit:
    return Hit(
        start,
        end,
        literal.category,
        literal.kind,
        "known",
        1.0,
        literal.canonical,
        literal.usual,
    )


def _stands_alone(text: str, start: int, end: int, rule: str) -> bool:
    """Tell whether no letter runs on at either side, camel case and figures aside."""
    before, after = text[start - 1 : start], text[end : end + 1]
    if rule == "literal":
        return not (before.isalnum() and text[start].isalnum()) and not (
            after.isalnum() and text[end - 1].isalnum()
        )
    if before.isalpha() and not (before.islower() and text[start].isupper()):
        return False
    if after.isalpha() and not (after.isupper() and text[end - 1].islower()):
        return after in "sS" and not text[end + 1 : end + 2].isalpha() and end - start > 3
    return True


def _reads_as_name(text: str, start: int, end: int) -> bool:
    """Tell whether a word is a name here: capitalised in mid-sentence, or labeled."""
    word = text[start:end]
    before = text[max(0, start - 24) : start]
    if not word[:1].isupper():
        return False
    if word.isupper() and len(word) > 1:
        return bool(_LABEL_BEFORE.search(before)) and not text[end : end + 3].strip()[:1].isdigit()
    if word.lower() in {"may", "april", "june", "august", "mark"} and re.match(
        r",? ?\d", text[end : end + 3]
    ):
        return False
    return (
        not _SENTENCE_END.search(before)
        or bool(_LABEL_BEFORE.search(before))
        or bool(_VERB_AFTER.match(text[end : end + 16]))
    )


def _distinct(literals: Iterator[_Literal]) -> tuple[_Literal, ...]:
    """Return the literals without repetitions: the first person to claim a text has it."""
    first: dict[str, _Literal] = {}
    for literal in literals:
        if len(literal.text) > 1:
            first.setdefault(literal.text, literal)
    return tuple(first.values())


def _family_of(one: KnownIdentifier, known: tuple[KnownIdentifier, ...]) -> tuple[str, str]:
    """Return the full name of the person a name part belongs to: what their tokens are made of."""
    for other in known:
        if (
            other.category == "name"
            and other.part == "full"
            and (other.person, other.relation) == (one.person, one.relation)
        ):
            return _folded(other.value).lower(), other.value
    return _folded(one.value).lower(), one.value


def _initials(known: tuple[KnownIdentifier, ...]) -> dict[str, frozenset[str]]:
    initials: dict[str, set[str]] = {}
    for one in known:
        if one.category == "name" and one.part in {"first", "middle", "last", "preferred"}:
            family = _family_of(one, known)[0]
            initials.setdefault(family, set()).update(
                word[0].lower() for word in _folded(one.value).split()
            )
    return {family: frozenset(letters) for family, letters in initials.items()}


def _literals(one: KnownIdentifier, known: tuple[KnownIdentifier, ...]) -> Iterator[_Literal]:
    if one.category == "name" and one.part != "firm":
        yield from _name_literals(one, known)
    elif one.category == "address":
        yield from _address_literals(one)
    else:
        yield from _plain_literals(one)


def _name_literals(one: KnownIdentifier, known: tuple[KnownIdentifier, ...]) -> Iterator[_Literal]:
    family, full = _family_of(one, known)
    if one.part == "full":
        for glued in _glued(one, known):
            yield _Literal(glued, "name", "NAME", family, full, "part")
        return
    folded = _folded(one.value).lower()
    words = [word for word in re.split(r"[ \-]+", folded) if word.strip(".'")]
    whole = {folded, folded.replace("-", ""), folded.replace("-", " "), *words}
    spellings = {*whole, *(spelling.replace("'", "") for spelling in whole)}
    if one.part in {"first", "preferred"}:
        spellings.update(NICKNAMES.get(folded, ()))
        spellings.update(name for name, short in NICKNAMES.items() if folded in short)
    for spelling in sorted(spellings, key=len, reverse=True):
        spelling = spelling.strip(". ")
        if len(spelling) > 1 and spelling not in _PARTICLES:
            rule = "word" if spelling in NAME_WORDS or len(spelling) < 3 else "part"
            yield _Literal(spelling, "name", "NAME", family, full, rule)


_PARTICLES = frozenset(
    """
    de del la las los van der den von bin ibn al el da dos di du st san
    """.split()  # noqa: SIM905 - words read better as text
)


def _glued(one: KnownIdentifier, known: tuple[KnownIdentifier, ...]) -> Iterator[str]:
    """Yield first and last name run together, as in user names: johnsmith, smithjohn, jsmith."""
    parts = {
        other.part: re.sub(r"[^a-z]", "", _folded(other.value).lower())
        for other in known
        if other.category == "name" and (other.person, other.relation) == (one.person, one.relation)
    }
    first, last = parts.get("first", ""), parts.get("last", "")
    if len(first) > 1 and len(last) > 1:
        yield from (first + last, last + first)
        if len(last) > 3:
            yield first[0] + last
            yield last + first[0]
        if len(first) > 3:
            yield first + last[0]


def _address_literals(one: KnownIdentifier) -> Iterator[_Literal]:
    folded = " ".join(_folded(one.value).lower().replace(",", " ").split())
    value = canonical("ADDR", _folded(one.value))
    if one.part in {"full", "zip"}:
        yield _Literal(_folded(one.value).lower(), "address", "ADDR", value, one.value, "literal")
        return
    if one.part == "city":
        rule = "word" if folded in NAME_WORDS else "literal"
        yield _Literal(folded, "address", "ADDR", value, one.value, rule)
        return
    street = re.match(rf"(\d+[a-z]?(?: [a-z0-9.'-]+){{1,4}}?) (?:{SUFFIXES})\b", folded)
    if street:
        yield _Literal(street[1], "address", "ADDR", value, one.value, "street")
    elif re.search(r"[a-z]{2}", folded):
        yield _Literal(folded, "address", "ADDR", value, one.value, "street")
    yield _Literal(_folded(one.value).lower(), "address", "ADDR", value, one.value, "literal")


def _plain_literals(one: KnownIdentifier) -> Iterator[_Literal]:
    kind = KINDS.get(one.category, "ID")
    folded = _folded(one.value).lower()
    value = canonical(kind, _folded(one.value))
    if folded.isdigit() and len(folded) < 5:
        return  # found as a number, with context
    spellings = {folded}
    if kind == "DATE":
        spellings.update(_bare_dates(value))
    elif any(map(str.isalpha, folded)) and any(map(str.isdigit, folded)) and "@" not in folded:
        spellings.update({plain(folded).lower(), re.sub(r"[-/. ]+", " ", folded)})
        spellings.add(re.sub(r"[-/. ]+", "-", folded))
    for spelling in spellings:
        if len(spelling) > 2:
            yield _Literal(spelling, one.category, kind, value, usual(kind, value), "literal")


def _bare_dates(value: str) -> Iterator[str]:
    """Yield a day as figures without separators, and as written in American and European order."""
    if len(value) != 10 or not date.canonical(value):
        return
    year, month, day = value[:4], value[5:7], value[8:]
    for first, second in ((month, day), (day, month)):
        yield f"{first}{second}{year}"
        yield f"{first}-{second}-{year}"
        yield f"{first}.{second}.{year}"
        yield f"{first}/{second}/{year}"
    yield f"{year}{month}{day}"
    yield f"{month}{day}{year[2:]}"


def _numbers(one: KnownIdentifier) -> Iterator[_Number]:
    if one.category in {"name", "date", "email", "url"} or one.part in {"street", "full", "city"}:
        return
    folded = _folded(one.value)
    if any(map(str.isalpha, folded)):
        return
    kind = KINDS.get(one.category, "ID")
    value = canonical(kind, folded)
    digits = digits_of(value)
    if len(digits) >= 3:
        yield _Number(digits, one.category, kind, value)
    if len(digits) >= 7 and digits.lstrip("0") != digits and len(digits.lstrip("0")) >= 5:
        yield _Number(digits.lstrip("0"), one.category, kind, value)
    if kind == "PHONE" and len(digits) == 10:
        yield _Number(digits[3:], one.category, kind, digits)
    if kind in {"PHONE", "SSN", "MRN", "ACCT", "PLAN"} and len(digits) > 6:
        yield _Number(digits[-4:], one.category, kind, value)


_matchers: KeptBriefly[tuple[KnownIdentifier, ...], KnownMatcher] = KeptBriefly(KnownMatcher)


def matcher(known: tuple[KnownIdentifier, ...]) -> KnownMatcher:
    """Return the matcher of these identifiers; a conversation needs the same one in every turn."""
    return _matchers(known)
