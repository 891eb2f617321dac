"""What a recognizer is: the knowledge about one kind of identifier."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, Protocol

import re2

from phi.detect.view import View

_BLANK = re.compile(r"\s")
CONTEXT_WIDTH = 48  # characters before a value in which context words count


class Hit(NamedTuple):
    """An identifier in a view. `canonical` is what all its spellings have in common."""

    start: int
    end: int
    category: str
    kind: str
    recognizer: str
    score: float
    canonical: str | None = None  # None: derived from the spelling by phi.detect.canonical
    usual: str | None = None  # the spelling that needs no variant in its token


class Recognizer(Protocol):
    """One file of this package implements one or a few of these; registry.py lists them."""

    @property
    def name(self) -> str: ...

    @property
    def category(self) -> str:
        """A slug of registry.CATEGORIES."""
        ...

    @property
    def pattern(self) -> str:
        """RE2 over octets: a text without a match has no hit."""
        ...

    def hits(self, view: View) -> Iterator[Hit]: ...


def octet_options() -> Any:
    """Return RE2 options for patterns over octets."""
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.log_errors = False
    options.max_mem = 64 << 20
    return options


def compiled(pattern: str) -> Any:
    """Return the RE2 program of a pattern over octets."""
    return re2.compile(pattern.encode("latin-1"), octet_options())


def compiled_of_known(pattern: str) -> Any:
    """Return the same of a pattern made of identifiers, of which the library keeps no copy."""
    program = compiled(pattern)
    re2.purge()
    return program


def always(value: str, before: str, after: str) -> float:
    """A validation for patterns that need none."""
    return 1.0


@dataclass(frozen=True)
class Pattern:
    """A recognizer made of one pattern and a validation.

    The first group, if there is one, is the identifier; what is around it is context.
    `validate` gets the value, the text before it and the text after it, and returns a score from
    0 (none) to 1. With `context`, a score below 1 counts only when one of these words comes before.
    """

    name: str
    category: str
    kind: str
    pattern: str
    validate: Callable[[str, str, str], float] = always
    context: tuple[str, ...] = ()
    tries_again: bool = False  # behind the first word of what was refused

    @cached_property
    def program(self) -> Any:
        return compiled(self.pattern)

    def hits(self, view: View) -> Iterator[Hit]:
        group = 1 if self.program.groups else 0
        for match in self.program.finditer(view.octets):
            yield from self._hit(view, *match.span(group))

    def _hit(self, view: View, start: int, end: int) -> Iterator[Hit]:
        if start == end:
            return
        score = self._score(view, start, end)
        if score > 0:
            yield Hit(start, end, self.category, self.kind, self.name, score)
        elif self.tries_again and (blank := _BLANK.search(view.text, start, end)):
            again = self.program.search(view.octets[: end + 24], blank.start())
            if again:
                yield from self._hit(view, *again.span(1 if self.program.groups else 0))

    def _score(self, view: View, start: int, end: int) -> float:
        before = view.text[max(0, start - CONTEXT_WIDTH) : start]
        score = self.validate(view.text[start:end], before, view.text[end : end + 24])
        if score < 1 and self.context and not self._has_context(before):
            return 0
        return score

    def _has_context(self, before: str) -> bool:
        lowered = before.lower()
        return any(word in lowered for word in self.context)
