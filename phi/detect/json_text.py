"""JSON in a text, alone or among words: the path to a value decides, `identifier.value`.

One tolerant pass over the tokens of JSON, so that a broken or cut document is read as well. JSON
inside a string of JSON is left to fields.JsonMembers, which reads the unescaped view.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from phi.detect.fields import (
    AMBIGUOUS,
    EMPTY_VALUES,
    PEOPLE,
    PERSONAL,
    decided_by,
    name_span,
    plain_name,
)
from phi.detect.recognizer import Hit
from phi.detect.view import View

_TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"(\s*:)?|([{}\[\]])|(-?\d[\d.eE+-]*)', re.DOTALL)
_MAY_HOLD_JSON = re.compile(r'[{,]\s*"[^"\n]{1,60}"\s*:')
_REFERENCE = re.compile(
    r"(?:Patient|Practitioner|RelatedPerson|Person|Encounter|Coverage|Account|Claim)/"
    r"([A-Za-z0-9.-]{2,64})\Z"
)
_PEOPLE_RESOURCES: Final = frozenset(
    {
        "Patient",
        "Practitioner",
        "RelatedPerson",
        "Person",
        "Encounter",
        "Coverage",
        "Account",
        "Claim",
    }
)
# Members that say nothing without the member around them.
_GENERIC: Final = frozenset({"value", "text", "display", "name", "reference", "number"})
_MOST_OPEN = 200
_MOST_NESTED = 4
_ESCAPE = re.compile(r"\\(?:u[0-9a-fA-F]{4}|.)", re.DOTALL)
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t", "b": " ", "f": " "}


def _unescaped(text: str) -> tuple[str, list[int]]:
    """Return the text of a JSON string, and where each of its characters stands in the string."""
    pieces: list[str] = []
    places: list[int] = []
    at = 0
    for match in _ESCAPE.finditer(text):
        pieces.append(text[at : match.start()])
        places.extend(range(at, match.start()))
        letter = match[0][1]
        code = chr(int(match[0][2:], 16)) if letter == "u" and len(match[0]) == 6 else ""
        pieces.append(code or _ESCAPED.get(letter, letter))
        places.append(match.start())
        at = match.end()
    pieces.append(text[at:])
    places.extend(range(at, len(text)))
    return "".join(pieces), places


@dataclass(slots=True)
class _Container:
    """An object or array that is open, and what its members have told so far."""

    name: str  # of the member it stands in
    key: str = ""  # of the member being read
    resource: str = ""
    categories: set[str] = field(default_factory=set)
    names: list[tuple[int, int]] = field(default_factory=list)


def hits_in_json(view: View) -> Iterator[Hit]:
    """Yield the values that member names decide in the JSON of a text."""
    if '"' not in view.original or not _MAY_HOLD_JSON.search(view.original):
        return
    for start, end, category, kind in _Reader(view.original).values():
        place, stop = view.position(start), view.position(end)
        if kind == "NAME":
            place, stop = name_span(view.text, place, stop)
        if place < stop:
            yield Hit(place, stop, category, kind, "field", 1.0)


_Found = tuple[int, int, str, str]


class _Reader:
    def __init__(self, text: str, depth: int = 0) -> None:
        self._text = text
        self._depth = depth
        self._open = [_Container("")]

    def values(self) -> Iterator[_Found]:
        for token in _TOKEN.finditer(self._text):
            if token[3]:
                yield from self._bracket(token[3])
            elif token[2] and token[1] is not None:
                self._open[-1].key = token[1]
            elif token[1] is not None:
                yield from self._value(token[1], *token.span(1))
            else:
                yield from self._value(token[4], *token.span(4))
        while len(self._open) > 1:  # a document that was cut
            yield from self._closed(self._open.pop())

    def _bracket(self, bracket: str) -> Iterator[_Found]:
        if bracket in "{[":
            last = self._open[-1]
            # The members of an array stand in the member the array stands in.
            opened = _Container(last.key or last.name, key="" if bracket == "{" else last.key)
            if len(self._open) < _MOST_OPEN:
                self._open.append(opened)
        elif len(self._open) > 1:
            yield from self._closed(self._open.pop())

    def _closed(self, container: _Container) -> Iterator[_Found]:
        if container.categories & PERSONAL:
            for start, end in container.names:
                yield start, end, "name", "NAME"

    def _value(self, text: str, start: int, end: int) -> Iterator[_Found]:
        container = self._open[-1]
        value = text.strip()
        if '{\\"' in text or '{ \\"' in text or "{\\n" in text:
            yield from self._nested(text, start)
            return
        if container.key == "resourceType":
            container.resource = value
        if len(value) < 2 or value.lower() in EMPTY_VALUES:
            return
        if reference := _REFERENCE.match(text):
            yield start + reference.start(1), start + reference.end(1), "other", "ID"
            return
        decided = self._decided(container)
        if decided is None:
            if plain_name(container.key) in AMBIGUOUS and " " in value:
                container.names.append((start, end))
            return
        container.categories.add(decided[0])
        if decided[1] == "PHONE" and "@" in value:
            decided = "email", "EMAIL"
        yield start, end, *decided

    def _nested(self, text: str, start: int) -> Iterator[_Found]:
        """Read JSON inside a string of JSON."""
        if self._depth >= _MOST_NESTED:
            return
        plain, places = _unescaped(text)
        for first, last, category, kind in _Reader(plain, self._depth + 1).values():
            yield start + places[first], start + places[last - 1] + 1, category, kind

    def _decided(self, container: _Container) -> tuple[str, str] | None:
        key, around = container.key, plain_name(container.name)
        if key == "id":
            return ("other", "ID") if container.resource in _PEOPLE_RESOURCES else None
        if key not in _GENERIC:
            return decided_by(key)
        if key == "display":
            return ("name", "NAME") if around in PEOPLE else None
        if key == "name" or around == "name":
            is_person = around in PEOPLE or (around == "name" and key == "text")
            return ("name", "NAME") if is_person else None
        return decided_by(container.name) if key != "reference" else None
