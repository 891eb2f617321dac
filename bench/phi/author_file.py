"""Reads an author from a text file: names, patterns, vocabulary, frames.

    # a comment
    = include words.txt       another file of the same directory, read in this place
    = women ,                 a list with commas; without the comma, one item a line
    = opening                 vocabulary and frames by the name of their slot; \\n is a line break,
                              \\t a tabulator
    == visit ordinary         the frames of a kind of text and its difficulty
    == fax hard scanned       ... with what happens to it on the way (bench/phi/damage.py); a "?"
                              behind it: to every other text; "second": the record of the second
                              patient is sent too, every other time; "old": people over 85;
                              "child": from 4 to 17; "like_words": the lists word_women, word_men,
                              word_family, word_cities

The frames are those of bench/phi/scene.py.
"""

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from pathlib import Path
from random import Random

from bench.phi import damage
from bench.phi.cases import DIFFICULTIES, Author, Case
from bench.phi.marked import Marked
from bench.phi.people import Habits
from bench.phi.scene import Scene

_HABITS = {field.name for field in fields(Habits)} - {"words", "nicknames"}
_DAMAGE: dict[str, Callable[[Marked, Random], Marked]] = {
    "upper": lambda text, rng: damage.upper(text),
    "lower": lambda text, rng: damage.lower(text),
    "scanned": damage.scanned,
    "typed_hastily": lambda text, rng: damage.typed_hastily(text, rng, 0.012),
    "typo_in_identifiers": damage.typo_in_identifiers,
    "wrapped": lambda text, rng: damage.wrapped(text, rng.randint(24, 60)),
    "quoted": lambda text, rng: damage.wrapped(text, rng.randint(40, 64), "> "),
    "indented": lambda text, rng: damage.wrapped(text, rng.randint(30, 60), "    "),
    "look_alike": damage.look_alike,
    "full_width": damage.full_width,
    "zero_width": damage.zero_width,
    "escaped": damage.escaped,
}
_FLAGS = {"second", "old", "child", "like_words"}
_AGES: dict[str, tuple[int, int | None]] = {"old": (86, None), "child": (4, 17)}


def author(path: Path, name: str | None = None) -> Author:
    """Return the author of a file."""
    habits, kinds = read(path)
    title = name or path.stem.replace("_", " ")
    writers: dict[str, dict[str, Callable[[Random], Case]]] = {one: {} for one in DIFFICULTIES}
    for (style, difficulty, changes), frames in kinds.items():
        writers[difficulty][style] = _writer(title, habits, style, difficulty, changes, frames)
    return Author(title, *(writers[one] for one in DIFFICULTIES))


_Kind = tuple[str, str, tuple[str, ...]]


def read(path: Path) -> tuple[Habits, dict[_Kind, list[str]]]:
    """Return the habits of a file's author and the frames of each kind of text."""
    lists: dict[str, list[str]] = {}
    kinds: dict[_Kind, list[str]] = {}
    target: list[str] = []
    separator = ""
    for line in _lines(path):
        if line.startswith("== "):
            style, difficulty, *changes = line[3:].split()
            target = kinds.setdefault((style.replace("-", " "), difficulty, tuple(changes)), [])
            separator = ""
        elif line.startswith("= "):
            name, _, separator = line[2:].partition(" ")
            target = lists.setdefault(name, [])
        else:
            items = line.split(separator) if separator else [line]
            target += [
                item.strip().replace("\\n", "\n").replace("\\t", "\t")
                for item in items
                if item.strip()
            ]
    nicknames = dict(pair.split("=") for pair in lists.pop("nicknames", ()))
    given = {name: tuple(lists.pop(name)) for name in _HABITS & set(lists)}
    words = {name: tuple(items) for name, items in lists.items()}
    return Habits(**given, nicknames=nicknames, words=words), kinds


def _lines(path: Path) -> Iterator[str]:
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("= include "):
            yield from _lines(path.parent / line.split()[2])
        elif line.strip() and not line.startswith("# "):
            yield line


def _writer(
    author: str,
    habits: Habits,
    style: str,
    difficulty: str,
    changes: tuple[str, ...],
    frames: list[str],
) -> Callable[[Random], Case]:
    unknown = {change.rstrip("?") for change in changes} - set(_DAMAGE) - _FLAGS
    if unknown:
        raise ValueError(f"{author}: no such change: {unknown}")

    named_like_words = _named_like_words(habits)

    def write(rng: Random) -> Case:
        is_wordy = "like_words" in changes or ("like_words?" in changes and rng.random() < 0.5)
        own = named_like_words if is_wordy else habits
        youngest, oldest = next((_AGES[one] for one in changes if one in _AGES), (18, None))
        scene = Scene(rng, own, youngest=youngest, oldest=oldest)
        if "second" in changes and rng.random() < 0.5:
            scene.with_second_patient()
        text = scene.any_of(frames)
        for change in changes:
            if change.rstrip("?") in _FLAGS or (change.endswith("?") and rng.random() < 0.5):
                continue
            text = _DAMAGE[change.rstrip("?")](text, rng)
        return scene.case(author, style, difficulty, text)

    return write


def _named_like_words(habits: Habits) -> Habits:
    kinds = ("women", "men", "family", "cities")
    lists = {kind: habits.words[f"word_{kind}"] for kind in kinds if f"word_{kind}" in habits.words}
    return replace(habits, **lists)  # type: ignore[arg-type]
