"""Found once is found everywhere: values one text gave away are looked for in all of them."""

from collections.abc import Iterable
from dataclasses import dataclass

import ahocorasick_rs

from phi.detect.canonical import canonical
from phi.detect.name import NOT_NAMES
from phi.detect.recognizer import Hit
from phi.detect.view import View
from phi.name_words import NAME_WORDS

# Values of these types are rare enough to be themselves wherever they stand.
_NUMBERED = frozenset(
    {"MRN", "ACCT", "PLAN", "LIC", "VEH", "DEVICE", "SSN", "PHONE", "FAX", "EMAIL"}
)
_SHORTEST_NUMBER = 6
_SHORTEST_NAME_PART = 4


@dataclass(frozen=True, slots=True)
class _Seen:
    text: str
    category: str
    kind: str
    canonical: str
    is_name: bool


class Echoes:
    """Finds again what was found once."""

    def __init__(self, found: Iterable[tuple[View, Hit]]) -> None:
        seen: dict[str, _Seen] = {}
        for view, hit in found:
            if hit.recognizer != "known":
                for one in _seen(view.text[hit.start : hit.end], hit):
                    seen.setdefault(one.text.lower(), one)
        self._seen = tuple(seen.values())
        self._automaton = (
            ahocorasick_rs.AhoCorasick(
                list(seen), implementation=ahocorasick_rs.Implementation.NoncontiguousNFA
            )
            if seen
            else None
        )

    def hits(self, view: View) -> list[Hit]:
        """Return where those values stand in the view."""
        if self._automaton is None:
            return []
        found = []
        for index, start, end in self._automaton.find_matches_as_indexes(
            view.lower, overlapping=True
        ):
            one = self._seen[index]
            if _stands_alone(view.text, start, end) and _is_written_alike(view.text, start, one):
                found.append(
                    Hit(start, end, one.category, one.kind, "consistency", 0.7, one.canonical)
                )
        return found


def _seen(value: str, hit: Hit) -> Iterable[_Seen]:
    family = hit.canonical or canonical(hit.kind, value)
    if hit.kind in _NUMBERED:
        if len(value) >= _SHORTEST_NUMBER and any(map(str.isdigit, value)):
            yield _Seen(value, hit.category, hit.kind, family, False)
    elif hit.kind == "NAME":
        words = [word.strip(",.'\"") for word in value.split()]
        if len(words) > 1:
            yield _Seen(value, hit.category, hit.kind, family, True)
        for word in words:
            lowered = word.lower()
            if (
                len(word) >= _SHORTEST_NAME_PART
                and lowered not in NAME_WORDS
                and lowered not in NOT_NAMES
            ):
                yield _Seen(word, hit.category, hit.kind, family, True)


def _stands_alone(text: str, start: int, end: int) -> bool:
    return not text[start - 1 : start].isalnum() and not text[end : end + 1].isalnum()


def _is_written_alike(text: str, start: int, one: _Seen) -> bool:
    """Tell whether a name is capitalised here too, or was not there either."""
    return not one.is_name or text[start].isupper() or not one.text[0].isupper()
