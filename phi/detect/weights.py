"""The weights of a trained model of names, read line by line as crfsuite tells them.

`pycrfsuite.Tagger.info()` reads the same lines into tables of three times the size of what is kept,
and a process never gives that memory back.
"""

import re
import tempfile
from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Final

import pycrfsuite

OTHER: Final = "O"
NAMED: Final = ("N", "A", "G")  # the order of all odds
Odds = tuple[float, float, float]  # of each named label against none; of weights, their logarithms
NOTHING: Final[Odds] = (0.0, 0.0, 0.0)
_SECTION: Final = re.compile(r"(LABELS|TRANSITIONS|STATE_FEATURES) = {")
_LABEL: Final = re.compile(r" *\d+: (.*)")
_WEIGHT: Final = re.compile(r" *\(\d+\) (.+) --> (.+): ([+-]?\d+\.\d+)")


@dataclass(frozen=True, slots=True)
class Features:
    """What each feature says. A tuple of three numbers each would take three times the memory."""

    rows: Mapping[str, int]  # of each feature in the columns
    odds: tuple["array[float]", "array[float]", "array[float]"]  # of each named label, by row

    def odds_of(self, features: Iterable[str]) -> Odds:
        """Return what features say together, those that the model does not know left out."""
        rows, (names, places, firms) = self.rows, self.odds
        name = place = firm = 0.0
        for feature in features:
            if feature in rows:
                row = rows[feature]
                name += names[row]
                place += places[row]
                firm += firms[row]
        return (name, place, firm) if name or place or firm else NOTHING


@dataclass(frozen=True, slots=True)
class Weights:
    """What a model has learned."""

    labels: frozenset[str]
    transitions: Mapping[tuple[str, str], float]
    features: Features


def weights_of(model: Path) -> Weights:
    """Return the weights in a model's file. Raises ValueError where its lines cannot be read."""
    tagger = pycrfsuite.Tagger()
    tagger.open(str(model))
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "model.txt"
        tagger.dump(str(told))
        with told.open(encoding="utf-8", newline="\n") as lines:
            sections = _sections(lines)
            return Weights(
                labels=frozenset(_label(line) for line in next(sections)),
                transitions={(a, b): weight for a, b, weight in map(_weight, next(sections))},
                features=_by_feature(map(_weight, next(sections))),
            )


def _sections(lines: Iterator[str]) -> Iterator[Iterator[str]]:
    """Yield the lines of each section that counts; one has to be read before the next."""
    for line in lines:
        if _SECTION.match(line):
            yield iter(lambda: next(lines).rstrip("\r\n"), "}")


def _label(line: str) -> str:
    found = _LABEL.fullmatch(line)
    if found is None:
        raise ValueError("A model's labels cannot be read.")
    return found[1]


def _weight(line: str) -> tuple[str, str, float]:
    """Return what a weight goes from, what it goes to, and the weight."""
    found = _WEIGHT.match(line)
    if found is None:
        raise ValueError("A model's weights cannot be read.")
    return found[1], found[2], float(found[3])


def _by_feature(weights: Iterable[tuple[str, str, float]]) -> Features:
    """Return the odds of each feature; all that a feature says stands together."""
    rows: dict[str, int] = {}
    columns = (array("d"), array("d"), array("d"))
    for feature, said in groupby(weights, key=lambda weight: weight[0]):
        if feature in rows:
            raise ValueError("A feature stands twice in a model.")
        rows[feature] = len(rows)
        odds = _odds({label: weight for _, label, weight in said})
        for column, one in zip(columns, odds, strict=True):
            column.append(one)
    return Features(rows, columns)


def _odds(of_labels: dict[str, float]) -> Odds:
    none = of_labels.get(OTHER, 0.0)
    name, place, firm = (of_labels.get(label, 0.0) - none for label in NAMED)
    return name, place, firm
