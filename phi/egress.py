"""The last look at the very bytes about to leave: deny by default.

A second, independent implementation: it shares no code with phi.detect and phi.sanitize, so that
one mistake does not open both. It looks for hard patterns, for the known identifiers of this
request in their simple spellings and for what identifies any other patient of the clinic
(phi.patient_index), in the decoded JSON, values of the protocol included, and in the raw bytes.
Words that only the protocol writes (a role, a block type) are no names here, and in long base64
(signatures, files) a few letters are chance: only longer spellings count there.
"""

import json
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import ahocorasick_rs
import re2

from phi.briefly import KeptBriefly
from phi.doubt.look import doubts, names_of
from phi.doubt.reading import masked
from phi.errors import EgressDenied
from phi.name_words import NAME_WORDS
from phi.patient_index import PatientIndex
from phi.plain_text import BOUNDARY, folded
from phi.types import KnownIdentifier, PhiPolicy

SECONDS_ALLOWED = 5.0
SMALL_BODY_BYTES = 50_000
SMALL_BODY_WITH_INDEX_BYTES = 20_000
SMALL_BODY_IN_DOUBT_BYTES = 4_000
FEW_IDENTIFIERS = 100

# Members whose values are written by the protocol, and the values it has.
_WORD_MEMBERS = frozenset({"type", "role", "required", "effort", "format", "ttl"})
_PROTOCOL_WORDS = frozenset(
    """
    user assistant system text image document tool tool_use tool_result thinking redacted_thinking
    search_result base64 url file content ephemeral auto any none enabled disabled adaptive
    json_schema custom
    low medium high max string number integer object array boolean null
    """.split()  # noqa: SIM905 - words read better as text
)
_PROTOCOL_MEMBERS = frozenset(
    {"id", "tool_use_id", "tool_call_id", "signature", "model", "type", "role", "media_type"}
    | {"cache_control", "anthropic_version", "file_id"}
)
_BLOB_MEMBERS = frozenset({"data", "signature", "file_data", "url"})
_BLOB = re.compile(r"(?:data:[a-z]+/[a-z0-9.+-]+;base64,)?[A-Za-z0-9+/]{64,}={0,2}")
_SHORTEST_IN_BLOB = 6
_LONGEST_PLAIN_NUMBER = 999
_MODEL_ID = re.compile(r"[a-z0-9][a-z0-9.:@/_-]{1,127}")
_OWN_HEADERS = frozenset(
    {"authorization", "x-api-key", "content-length", "content-type", "accept", "accept-encoding"}
    | {"connection", "host", "user-agent", "anthropic-version", "anthropic-beta", "date"}
)
# name -> (category, pattern). A value is the last group that took part, else the whole match.
_MBI_LETTER = "[AC-HJKMNP-RT-Y]"
_MBI_EITHER = "[0-9AC-HJKMNP-RT-Y]"
_NUMBER_OF = r"(?: number| no\.?| #)?[ \t]*[:#=]{0,2}[ \t]*"
_EDGE = r"(?:\b|_)"  # names of tools and ids join words with "_", which RE2 takes for a letter
_HARD_PATTERNS: dict[str, tuple[str, str]] = {
    "ssn": ("ssn", rf"{_EDGE}\d{{3}}-\d{{2}}-\d{{4}}{_EDGE}"),
    "ssn-labeled": (
        "ssn",
        rf"(?i){_EDGE}(?:ssn|social[ _]security)_?{_NUMBER_OF}"
        rf"\d{{3}}[ ._-]?\d{{2}}[ ._-]?\d{{4}}{_EDGE}",
    ),
    "mrn": ("mrn", rf"(?i)\b(?:mrn|medical record){_NUMBER_OF}[A-Z]{{0,3}}-?\d{{4,12}}\b"),
    "phone": (
        "phone",
        rf"(?:\([2-9]\d{{2}}\) ?|{_EDGE}[2-9]\d{{2}}[._-])[2-9]\d{{2}}[._-]\d{{4}}{_EDGE}",
    ),
    "email": (
        "email",
        r"[A-Za-z0-9][A-Za-z0-9._%+-]*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}",
    ),
    "card": (
        "account",
        r"\b[3-6]\d{3}[ -]?\d{4}[ -]?\d{4}[ -]?\d{1,7}\b|\b3\d{3}[ -]?\d{6}[ -]?\d{5}\b",
    ),
    "mbi": (
        "health_plan",
        rf"\b[1-9]{_MBI_LETTER}{_MBI_EITHER}\d-?{_MBI_LETTER}{_MBI_EITHER}\d-?"
        rf"{_MBI_LETTER}{{2}}\d\d\b",
    ),
    "npi": ("license", rf"(?i)\bnpi{_NUMBER_OF}[12]\d{{9}}\b"),
    "dea": ("license", rf"(?i)\bdea{_NUMBER_OF}[A-HJ-MPRSTUX][A-Z9]\d{{7}}\b"),
    "birth-date": (
        "date",
        r"(?i)\b(?:dob|date of birth|born(?: on)?)[ \t]*[:=]?[ \t]*\d{1,4}[-/.]"
        r"\d{1,2}[-/.]\d{2,4}\b",
    ),
    "mac": ("device", r"\b(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}\b"),
    "ip": (
        "ip",
        r"(?i)\b(?:ip(?:v4)?(?: address)?|client|host|server)[ \t]*(?:is)?[:=]?[ \t]*"
        r"\d{1,3}(?:\.\d{1,3}){3}\b",
    ),
}
_NAMES = tuple(_HARD_PATTERNS)


def _options() -> Any:
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.log_errors = False
    options.max_mem = 64 << 20
    return options


_PROGRAMS = {
    name: re2.compile(pattern.encode(), _options()) for name, (_, pattern) in _HARD_PATTERNS.items()
}


def _build_gate() -> Any:
    gate = re2.Set.SearchSet(_options())
    for _, pattern in _HARD_PATTERNS.values():
        gate.Add(pattern.encode())
    gate.Add(b"")  # matches always: its absence means that the pass failed
    gate.Compile()
    return gate


_GATE = _build_gate()


class Sighting(NamedTuple):
    """What the scan saw: a reason code, and the value, which goes into no message or record."""

    reason: str
    category: str
    value: str

    def __repr__(self) -> str:
        return f"<Sighting {self.reason}>"

    @property
    def is_doubt(self) -> bool:
        """Tell whether it only may be an identifier."""
        return self.reason.startswith("doubt:")


def scan(
    body: bytes,
    headers: Mapping[str, str],
    *,
    known: Sequence[KnownIdentifier],
    policy: PhiPolicy,
    patients: PatientIndex | None = None,
) -> None:
    """Return when nothing was found in body and headers; else raise EgressDenied.

    The error carries reason codes such as `pattern:ssn`, `known:name` and `patient:mrn`, never the
    value. Any fault, and more than SECONDS_ALLOWED, denies.
    """
    seen = look(body, headers, known=known, policy=policy, patients=patients)
    if seen:
        raise EgressDenied(reasons=reasons_of(seen))


def look(
    body: bytes,
    headers: Mapping[str, str],
    *,
    known: Sequence[KnownIdentifier],
    policy: PhiPolicy,
    patients: PatientIndex | None = None,
) -> frozenset[Sighting]:
    """Return what was found in body and headers; raise EgressDenied when that cannot be told."""
    try:
        return frozenset(_Scan(tuple(known), policy, patients).sightings(body, headers))
    except Exception:  # noqa: BLE001 - doubt denies, and the error's text may quote the body
        raise EgressDenied(reasons=["scan-failed"]) from None


def stopping(seen: Iterable[Sighting], policy: PhiPolicy, *, stays_inside: bool) -> list[Sighting]:
    """Return what keeps a body from leaving to a deployment, on premise or not."""
    return [
        one
        for one in seen
        if not stays_inside
        or (policy.on_doubt if one.is_doubt else policy.on_finding) != "on_premise"
    ]


def reasons_of(seen: Iterable[Sighting]) -> list[str]:
    return sorted({sighting.reason for sighting in seen})


def is_quick(
    body: bytes,
    known: Sequence[KnownIdentifier],
    patients: PatientIndex | None = None,
    *,
    policy: PhiPolicy,
) -> bool:
    """Tell whether a scan takes a millisecond or less, so that it need not leave the event loop."""
    most = SMALL_BODY_BYTES if patients is None else SMALL_BODY_WITH_INDEX_BYTES
    if policy.stops_on_doubt:
        most = SMALL_BODY_IN_DOUBT_BYTES
    return len(body) <= most and len(known) <= FEW_IDENTIFIERS


class _Scan:
    """One look, with the time it may take."""

    def __init__(
        self,
        known: tuple[KnownIdentifier, ...],
        policy: PhiPolicy,
        patients: PatientIndex | None,
    ) -> None:
        self._policy = policy
        self._patients = patients
        self._known_people = known
        self._spellings = _SPELLINGS(known)
        self._ends_at = time.monotonic() + SECONDS_ALLOWED

    def sightings(self, body: bytes, headers: Mapping[str, str]) -> set[Sighting]:
        parts = _Parts()
        parts.collect(json.loads(body))
        for name, value in headers.items():
            (parts.own if name.lower() in _OWN_HEADERS else parts.texts).append(value)
        self._check_time()
        text = folded(BOUNDARY.join(parts.texts))
        found = {*self._patterns(text), *self._known(text, self._spellings.loose)}
        self._check_time()
        found.update(self._others(text))
        self._check_time()
        if self._policy.stops_on_doubt:
            found.update(self._doubts(text))
        if parts.blobs:
            blobs = BOUNDARY.join(parts.blobs)
            found.update(self._patterns(blobs))
            found.update(self._known(blobs, self._spellings.loose, shortest=_SHORTEST_IN_BLOB))
        rest = folded(body.decode("utf-8", "replace") + BOUNDARY + BOUNDARY.join(parts.own))
        found.update(self._known(rest, self._spellings.exact))
        return {one for one in found if one.category not in self._policy.allowed_categories}

    def _check_time(self) -> None:
        if time.monotonic() > self._ends_at:
            raise TimeoutError

    def _patterns(self, text: str) -> Iterator[Sighting]:
        octets = text.encode("ascii", "replace")
        possible = _GATE.Match(octets) or ()
        if len(_NAMES) not in possible:
            raise MemoryError
        for index in possible:
            if index != len(_NAMES):
                name = _NAMES[index]
                for value in self._values(name, octets):
                    yield Sighting(f"pattern:{name}", _HARD_PATTERNS[name][0], value)

    def _values(self, name: str, octets: bytes) -> Iterator[str]:
        for match in _PROGRAMS[name].finditer(octets):
            value = match.group().decode("latin-1").strip("_")
            if value.lower() in self._policy.allow_list:
                continue
            if name not in {"ssn", "card"} or _is_plausible(name, value):
                yield value

    def _others(self, text: str) -> Iterator[Sighting]:
        """Yield what identifies a patient of the clinic, whoever the request is about."""
        if self._patients is None:
            return
        for category, value in self._patients.found_in(text):
            if value not in self._policy.allow_list:
                yield Sighting(f"patient:{category}", category, value)

    def _doubts(self, text: str) -> Iterator[Sighting]:
        """Yield what may be an identifier, by the reading of phi.doubt."""
        known, allowed = self._known_people, self._policy.allow_list
        for one in doubts(masked(text, ()), names=names_of(known), allowed=allowed):
            yield Sighting(one.reason, one.category, text[one.start : one.end])

    def _known(
        self, text: str, known: "_Automaton | None", shortest: int = 0
    ) -> Iterator[Sighting]:
        if known is None:
            return
        for category, value in known.found_in(text, shortest):
            yield Sighting(f"known:{category}", category, value)


def _is_plausible(name: str, value: str) -> bool:
    digits = [int(character) for character in value if character.isdigit()]
    if name == "ssn":
        area = value[:3]
        return (
            area not in {"000", "666"}
            and value[4:6] != "00"
            and value[-4:] != "0000"
            and (area < "900" or value[4:6] >= "50")
        )
    doubled = (
        digit if place % 2 == 0 else digit * 2 - 9 * (digit > 4)
        for place, digit in enumerate(reversed(digits))
    )
    return 13 <= len(digits) <= 19 and len(set(digits)) > 1 and sum(doubled) % 10 == 0


class _Parts:
    """Every string of a document, member names included, by how it is looked through."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.blobs: list[str] = []
        self.own: list[str] = []  # written by the router itself: exact known values only

    def collect(self, document: Any) -> None:
        stack: list[tuple[str, Any]] = [("", document)]
        if isinstance(document, dict) and _is_model_id(document.get("model")):
            self.own.append(document["model"])
            stack = [("", {**document, "model": None})]
        while stack:
            member, item = stack.pop()
            if isinstance(item, str):
                self._add(member, item)
            elif isinstance(item, dict):
                self.texts.extend(name for name in item if name not in _PROTOCOL_MEMBERS)
                stack.extend(item.items())
            elif isinstance(item, list):
                stack.extend((member, one) for one in item)
            elif isinstance(item, int | float) and abs(item) > _LONGEST_PLAIN_NUMBER:
                self.texts.append(repr(item).removesuffix(".0"))

    def _add(self, member: str, text: str) -> None:
        if member in _WORD_MEMBERS and text in _PROTOCOL_WORDS:
            return
        is_blob = member in _BLOB_MEMBERS and _BLOB.fullmatch(text)
        (self.blobs if is_blob else self.texts).append(text)


def _is_model_id(value: Any) -> bool:
    return isinstance(value, str) and bool(_MODEL_ID.fullmatch(value))


@dataclass(frozen=True, slots=True)
class _Spellings:
    """What to look for: loosely in texts, exactly in raw bytes and opaque values."""

    loose: "_Automaton | None"
    exact: "_Automaton | None"


class _Automaton:
    """Looks for many spellings at once, each standing alone."""

    def __init__(self, spellings: Mapping[str, str]) -> None:
        self._categories = tuple(spellings.values())
        self._automaton = ahocorasick_rs.AhoCorasick(
            list(spellings), implementation=ahocorasick_rs.Implementation.NoncontiguousNFA
        )

    def found_in(self, text: str, shortest: int) -> set[tuple[str, str]]:
        """Return category and spelling of what stands in a text."""
        lowered = text.lower()
        return {
            (self._categories[index], lowered[start:end])
            for index, start, end in self._automaton.find_matches_as_indexes(
                lowered, overlapping=True
            )
            if end - start >= shortest and _is_alone(lowered, start, end)
        }


def _is_alone(text: str, start: int, end: int) -> bool:
    before, after = text[start - 1 : start], text[end : end + 1]
    return not (before.isalnum() or before == "_") and not (after.isalnum() or after == "_")


def _spellings(known: tuple[KnownIdentifier, ...]) -> _Spellings:
    loose: dict[str, str] = {}
    exact: dict[str, str] = {}
    for one in known:
        value = " ".join(folded(one.value).lower().split())
        if one.category != "name" and len(value) >= 6 and any(map(str.isdigit, value)):
            exact[value] = one.category
        for spelling in _simple_spellings(one, value):
            if len(spelling) > 2:
                loose[spelling] = one.category
    return _Spellings(
        loose=_Automaton(loose) if loose else None, exact=_Automaton(exact) if exact else None
    )


_SPELLINGS = KeptBriefly(_spellings)


def _simple_spellings(one: KnownIdentifier, value: str) -> Iterator[str]:
    if one.category == "name":
        yield from _name_spellings(one, value)
    elif one.category == "address":
        # A city alone, or a short line, stands in ordinary sentences.
        if one.part in {"street", "full"} and any(map(str.isdigit, value)):
            yield value
    elif one.category == "date":
        yield from _date_spellings(value)
    elif any(map(str.isdigit, value)) and len(value) >= 5:
        digits = "".join(filter(str.isalnum, value))
        yield from (value, digits)
        if one.category in {"phone", "fax"} and digits[-10:].isdigit() and len(digits) >= 10:
            last = digits[-10:]
            for dot in ("-", ".", " "):
                yield dot.join((last[:3], last[3:6], last[6:]))
            yield f"({last[:3]}) {last[3:6]}-{last[6:]}"
            yield last
        if one.category == "ssn" and len(digits) == 9:
            for dot in ("-", ".", " "):
                yield dot.join((digits[:3], digits[3:5], digits[5:]))
    elif "@" in value or (len(value) >= 6 and " " not in value and value not in NAME_WORDS):
        yield value


def _name_spellings(one: KnownIdentifier, value: str) -> Iterator[str]:
    words = value.replace(",", " ").split()
    if one.part == "full" or one.part == "firm":
        if len(words) > 1:
            yield " ".join(words)
            yield f"{words[-1]}, {words[0]}"
            yield f"{words[0]} {words[-1]}"
    elif one.part == "last" and len(value) > 3 and value not in NAME_WORDS:
        yield value


def _date_spellings(value: str) -> Iterator[str]:
    pieces = value.replace("/", "-").split("-")
    if len(pieces) != 3 or len(pieces[0]) != 4 or not all(map(str.isdigit, pieces)):
        yield value
        return
    year, month, day = pieces
    yield f"{year}-{month}-{day}"
    for first in {month, month.lstrip("0")}:
        for second in {day, day.lstrip("0")}:
            for dot in ("/", "-", "."):
                yield dot.join((first, second, year))
    name = _MONTHS[int(month) - 1] if 1 <= int(month) <= 12 else month
    for number in {day, day.lstrip("0")}:
        yield f"{name} {number}, {year}"
        yield f"{name[:3]} {number}, {year}"
        yield f"{number} {name} {year}"
        yield f"{number} {name[:3]} {year}"


_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "september", "october", "november", "december"),
)
