"""How sure the model of names is of each word: its weights, summed up by group of features.

A conditional random field adds up weights, so what a group of features (phi/detect/features.py)
says for each label is summed once and kept; a clinic's texts are made of the same groups all day.
The chain over the words is the usual forward-backward pass (Sutton and McCallum, An Introduction
to Conditional Random Fields, 2012, section 4.1), on odds against "no name". The same result as
python-crfsuite's own, which is handed every feature of every word as text, in a third of the time.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import exp
from typing import Final, NamedTuple

from phi.detect.features import FARTHEST, Key, Line, features_of, told_of
from phi.detect.weights import NAMED, OTHER, Odds, Weights

_LABELS: Final = (OTHER, *NAMED)
_MOST_KEPT = 40_000  # groups, and
_MOST_SPELLINGS = 8_000  # some ten megabytes together at most
_MOST_BESIDE = 500  # neighbors of one spelling
_MOST_WEIGHT = 200.0  # of a word; what a float holds, with room for the chain
_NEVER = -100.0  # the weight of a label that a tiny share of the training lacks

_Row = tuple[float, float, float, float]


@dataclass(slots=True)
class _Beside:
    """What a word, or a class of words, says as a neighbor, alone and beside kinds of words."""

    word: str
    coarse: str
    kinds: str
    left: Odds
    far: Odds
    right: Odds
    beyond: Odds
    lefts: dict[str, Odds] = field(default_factory=dict)
    rights: dict[str, Odds] = field(default_factory=dict)
    fars: dict[str, Odds] = field(default_factory=dict)


class _Spelling(NamedTuple):
    """What one spelling says of itself, and as a neighbor: names are one class of words there."""

    coarse: str
    shape: str
    own: Odds
    beside: _Beside


class Scores:
    """The weights of a trained model. One text at a time."""

    def __init__(self, weights: Weights) -> None:
        missing = tuple(0.0 if label in weights.labels else _NEVER for label in NAMED)
        self._always: Odds = (missing[0], missing[1], missing[2])
        self._features = weights.features
        self._kept: dict[Key, Odds] = {}
        self._spellings: dict[str, _Spelling] = {}
        self._besides: dict[tuple[str, str, str], _Beside] = {}
        rows = [
            [exp(weights.transitions.get((first, second), 0.0)) for second in _LABELS]
            for first in _LABELS
        ]
        self._steps = tuple((row[0], row[1], row[2], row[3]) for row in rows)

    def of_words(self, line: Line) -> list[_Row]:
        """Return for each word how probable each label is: none, then the named ones."""
        spelled = [self._spellings.get(word) or self._spelling(word) for word in line.words]
        factors = []
        for index in range(len(line.cases)):
            name, place, firm = self._always
            for to_name, to_place, to_firm in self._said(spelled, line, index):
                name += to_name
                place += to_place
                firm += to_firm
            factors.append((_factor(name), _factor(place), _factor(firm)))
        return _chain(factors, self._steps)

    def _said(self, spelled: Sequence[_Spelling], line: Line, index: int) -> list[Odds]:
        """Return what each group of features of a word says."""
        around = spelled[index : index + 2 * FARTHEST + 1]
        coarse, shape, own, _ = around[FARTHEST]
        first, far, left, _, right, beyond, last = [one.beside for one in around]
        kept, summed = self._kept, self._summed
        case = line.cases[index]
        about = case[2:3]
        said = [own, left.left, far.far, right.right, beyond.beyond]
        beside = about + coarse
        said.append(
            left.lefts.get(beside)
            or self._keep(
                left.lefts,
                beside,
                ("<|", left.word, left.coarse, coarse, about, left.kinds, shape),
            )
        )
        said.append(
            right.rights.get(coarse)
            or self._keep(
                right.rights, coarse, (">|", right.word, right.coarse, coarse, right.kinds, shape)
            )
        )
        beside = f"{left.word}{left.coarse}|{coarse}"
        said.append(
            far.fars.get(beside)
            or self._keep(
                far.fars, beside, ("<<|", far.coarse, left.coarse, coarse, far.word, left.word)
            )
        )
        key: Key
        key = ("<>", left.coarse, coarse, right.coarse)
        said.append(kept.get(key) or summed(key))
        key = (">>|", coarse, right.coarse, beyond.coarse)
        said.append(kept.get(key) or summed(key))
        key = ("c", case, coarse, line.labels[index])
        said.append(kept.get(key) or summed(key))
        if shape:
            key = ("r", case[3:], coarse, line.before[index], line.behind[index], shape)
            said.append(kept.get(key) or summed(key))
            for distance, other in (("-3", first), ("-2", far), ("2", beyond), ("3", last)):
                if other.kinds:
                    key = ("k", distance, other.kinds, coarse, shape)
                    said.append(kept.get(key) or summed(key))
        return said

    def _spelling(self, text: str) -> _Spelling:
        if len(self._spellings) >= _MOST_SPELLINGS:
            self._spellings.clear()
            self._besides.clear()
        told = told_of(text)
        key = (told.word, told.coarse, told.kinds)
        beside = self._besides.get(key)
        if beside is None:
            self._besides[key] = beside = _Beside(
                *key,
                self._sum_of(("<", told.word, told.coarse)),
                self._sum_of(("<<", told.word)),
                self._sum_of((">", told.word, told.coarse)),
                self._sum_of((">>", told.word)),
            )
        spelling = _Spelling(told.coarse, told.shape, self._sum_of(("o", text)), beside)
        self._spellings[text] = spelling
        return spelling

    def _keep(self, kept: dict[str, Odds], beside: str, key: Key) -> Odds:
        if len(kept) >= _MOST_BESIDE:
            kept.clear()
        kept[beside] = odds = self._sum_of(key)
        return odds

    def _summed(self, key: Key) -> Odds:
        """Return and keep the sum of the weights of a group."""
        if len(self._kept) >= _MOST_KEPT:
            self._kept.clear()
        self._kept[key] = odds = self._sum_of(key)
        return odds

    def _sum_of(self, key: Key) -> Odds:
        return self._features.odds_of(features_of(key))


def _factor(weight: float) -> float:
    return exp(weight) if -_MOST_WEIGHT < weight < _MOST_WEIGHT else _beyond(weight)


def _beyond(weight: float) -> float:
    return exp(_MOST_WEIGHT if weight > 0 else -_MOST_WEIGHT)


def _chain(factors: list[Odds], steps: tuple[_Row, ...]) -> list[_Row]:
    """Return the probabilities of the labels of each word in a chain of words."""
    behind = _behind(factors, steps)
    (oo, on, oa, og), (no, nn, na, ng), (ao, an, aa, ag), (go, gn, ga, gg) = steps
    found = []
    none = 1.0
    name = place = firm = 0.0
    is_first = True
    for (to_name, to_place, to_firm), (b_none, b_name, b_place, b_firm) in zip(
        factors, behind, strict=True
    ):
        if is_first:
            is_first = False
            name, place, firm = to_name, to_place, to_firm
        else:
            none, name, place, firm = (
                none * oo + name * no + place * ao + firm * go,
                (none * on + name * nn + place * an + firm * gn) * to_name,
                (none * oa + name * na + place * aa + firm * ga) * to_place,
                (none * og + name * ng + place * ag + firm * gg) * to_firm,
            )
        total = none + name + place + firm
        none, name, place, firm = none / total, name / total, place / total, firm / total
        one = (none * b_none, name * b_name, place * b_place, firm * b_firm)
        total = one[0] + one[1] + one[2] + one[3]
        found.append((one[0] / total, one[1] / total, one[2] / total, one[3] / total))
    return found


def _behind(factors: list[Odds], steps: tuple[_Row, ...]) -> list[_Row]:
    """Return for each word how likely the words behind it are under each of its labels."""
    (oo, on, oa, og), (no, nn, na, ng), (ao, an, aa, ag), (go, gn, ga, gg) = steps
    row: _Row = (0.25, 0.25, 0.25, 0.25)
    found = [row]
    for to_name, to_place, to_firm in factors[:0:-1]:
        none, name, place, firm = row[0], row[1] * to_name, row[2] * to_place, row[3] * to_firm
        of_none = none * oo + name * on + place * oa + firm * og
        of_name = none * no + name * nn + place * na + firm * ng
        of_place = none * ao + name * an + place * aa + firm * ag
        of_firm = none * go + name * gn + place * ga + firm * gg
        total = of_none + of_name + of_place + of_firm
        row = (of_none / total, of_name / total, of_place / total, of_firm / total)
        found.append(row)
    return found[::-1]
