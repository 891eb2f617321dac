"""Recognizers that a clinic describes itself, and what makes a description unfit.

A custom recognizer is a `Pattern` like the built-in ones, so whatever takes recognizers takes it.
It works in linear time by construction: RE2 looks at each character a bounded number of times
within one match, and since every repetition has an upper bound and the program a largest size, a
match, and the look beyond it, is short. RE2 alone would not do: looking for all matches of
`x(?:[^y]*y)?` in a text of x's takes a time that grows with its square.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, Final

import re2

from phi.detect.ordinary import LINES, WORDS
from phi.detect.recognizer import Hit, Pattern, octet_options
from phi.detect.registry import CATEGORIES
from phi.detect.view import View, view_of
from phi.types import CustomRecognizer

LARGEST_PROGRAM: Final = 1_000  # RE2 instructions
MOST_RECOGNIZERS: Final = 50  # of a clinic
MOST_SHOWN: Final = 5
PREFIX: Final = "custom:"


def unsure(value: str, before: str, after: str) -> float:
    """A score that needs a context word."""
    return 0.9


def sure(value: str, before: str, after: str) -> float:
    """A score that needs none."""
    return 1.0


@lru_cache(maxsize=512)
def recognizer_of(described: CustomRecognizer) -> Pattern:
    """Return the recognizer that was described."""
    return Pattern(
        name=PREFIX + described.slug,
        category=described.category,
        kind=CATEGORIES[described.category],
        pattern=described.pattern,
        validate=unsure if described.context else sure,
        context=tuple(word.lower() for word in described.context),
    )


def scan(described: Iterable[CustomRecognizer], view: View) -> list[Hit]:
    """Return the hits of a clinic's own recognizers; they may overlap."""
    return [hit for one in described for hit in recognizer_of(one).hits(view)]


def found_in(described: CustomRecognizer, text: str) -> list[str]:
    """Return what the recognizer takes for an identifier in a text."""
    view = view_of(text)
    spans = (view.original_span(hit.start, hit.end) for hit in recognizer_of(described).hits(view))
    return [text[start:end] for start, end in spans]


@lru_cache(maxsize=512)
def flaws_of_pattern(described: CustomRecognizer) -> tuple[str, ...]:
    """Return why no text may be read with it, a sentence each: what holds for ever."""
    if described.category not in CATEGORIES:
        return ("It finds no category that exists.",)
    if flaw := _unreadable(described.pattern):
        return (flaw,)
    program = recognizer_of(described).program
    if program.programsize > LARGEST_PROGRAM:
        return (
            f"The pattern is too large: {program.programsize} steps, at most {LARGEST_PROGRAM:,}. "
            "Use smaller bounds or fewer alternatives.",
        )
    if program.groups > 1:
        return ("Only one group may stand in parentheses; write (?:..) for the others.",)
    if any(_matches_nothing(program, text) for text in ("", " ", "a", "1", "A1 b2", *LINES)):
        return ("The pattern matches the empty text.",)
    return ()


def flaws_of(
    described: CustomRecognizer, examples: Iterable[str], counterexamples: Iterable[str]
) -> list[str]:
    """Return what is wrong with a description, a sentence each, before anybody uses it."""
    if flaws := flaws_of_pattern(described):
        return list(flaws)
    return [
        *_ordinary(described),
        *_failing(described, examples),
        *_found_wrongly(described, counterexamples),
    ]


def _unreadable(pattern: str) -> str:
    if not pattern.isascii() or not pattern.isprintable():
        return (
            "The pattern must be ASCII. Accents and look-alike letters are folded before it reads."
        )
    if place := _without_bound(pattern):
        return (
            f"The repetition at position {place} has no upper bound; write {{1,20}} in place of +, "
            "{0,20} in place of *."
        )
    try:
        re2.compile(pattern.encode("ascii"), octet_options())
    except re2.error as error:
        reason = error.args[0]
        return f"RE2 does not read it: {reason.decode() if isinstance(reason, bytes) else reason}."
    return ""


def _without_bound(pattern: str) -> int:
    """Return where (from 1) something is repeated without an upper bound; 0 for nowhere."""
    at, is_class = 0, False
    while at < len(pattern):
        character = pattern[at]
        if character == "\\":
            if pattern[at : at + 2] == "\\Q":
                return at + 1  # a quotation would hide what is a repetition
            at += 1
        elif is_class:
            # A closing bracket that comes first belongs to the class, and so does [:digit:].
            if pattern.startswith("[:", at):
                at = max(at, pattern.find(":]", at) + 1)
            elif character == "]":
                is_class = False
        elif character == "[":
            is_class = True
            at += pattern[at + 1 : at + 2] == "^"
            at += pattern[at + 1 : at + 2] == "]"
        elif character in "*+" or _opens_without_end(pattern, at):
            return at + 1
        at += 1
    return 0


def _opens_without_end(pattern: str, at: int) -> bool:
    """Tell whether {n,} stands here."""
    low, comma, high = pattern[at + 1 : pattern.find("}", at)].partition(",")
    return pattern[at] == "{" and bool(comma) and low.isdigit() and not high


def _matches_nothing(program: Any, text: str) -> bool:
    return any(match.start() == match.end() for match in program.finditer(text.encode("ascii")))


def _ordinary(described: CustomRecognizer) -> Iterator[str]:
    """Words count whatever stands before them, other text as the recognizer would read it."""
    program = recognizer_of(described).program
    spellings = {
        spelling: word for word in WORDS for spelling in (word, word.capitalize(), word.upper())
    }
    matched = [word for spelling, word in spellings.items() if program.search(spelling.encode())]
    lines = [line for line in LINES if found_in(described, line)]
    taken = list(dict.fromkeys([*matched, *lines]))
    if taken:
        shown = ", ".join(f'"{each}"' for each in taken[:MOST_SHOWN])
        more = f" and {len(taken) - MOST_SHOWN} more" if len(taken) > MOST_SHOWN else ""
        yield f"It would take ordinary clinical text for an identifier: {shown}{more}."


def _failing(described: CustomRecognizer, examples: Iterable[str]) -> Iterator[str]:
    given = list(examples)
    if not given:
        yield "Give at least one example in which it must find something."
    for number, example in enumerate(given, 1):
        if not found_in(described, example):
            yield f"It finds nothing in example {number}."


def _found_wrongly(described: CustomRecognizer, counterexamples: Iterable[str]) -> Iterator[str]:
    for number, example in enumerate(counterexamples, 1):
        if found := found_in(described, example):
            yield f'It finds "{found[0]}" in counterexample {number}.'
