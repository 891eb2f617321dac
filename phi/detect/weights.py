"""The weights of a trained model of names, read line by line as crfsuite tells them.

`pycrfsuite.Tagger.info()` reads the same lines into tables of three times the size of what is kept,
and a process never gives that memory back.
"""

import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Final

import pycrfsuite

OTHER: Final = "O"
NAMED: Final = ("N", "A", "G")  # the order of all odds
Odds = tuple[float, float, float]  # of each named label against none; of weights, their logarithms
_SECTION: Final = re.compile(r"(LABELS|TRANSITIONS|STATE_FEATURES) = {")
_LABEL: Final = re.compile(r" *\d+: (.*)")
_WEIGHT: Final = re.compile(r" *\(\d+\) (.+) --> (.+): ([+-]?\d+\.\d+)")


@dataclass(frozen=True, slots=True)
class Weights:
    """What a model has learned."""

    labels: frozenset[str]
    transitions: Mapping[tuple[str, str], float]
    features: Mapping[str, Odds]


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


def _by_feature(weights: Iterable[tuple[str, str, float]]) -> dict[str, Odds]:
    """Return the odds of each feature; all that a feature says stands together."""
    found: dict[str, Odds] = {}
    for feature, said in groupby(weights, key=lambda weight: weight[0]):
        if feature in found:
            raise ValueError("A feature stands twice in a model.")
        found[feature] = _odds({label: weight for _, label, weight in said})
    return found


def _odds(of_labels: dict[str, float]) -> Odds:
    none = of_labels.get(OTHER, 0.0)
    name, place, firm = (of_labels.get(label, 0.0) - none for label in NAMED)
    return name, place, firm
