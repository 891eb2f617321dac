"""A learned part of the classifier: a logistic regression over features and hashed words.

Plain Python over a table of bytes; what a word adds is remembered, so a request costs a few dozen
look-ups. Training is elsewhere (`training`) and nothing of it is needed here.
"""

import json
import math
import zlib
from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from operator import mul
from typing import Any, Final

from routing.classify import wording
from routing.classify.wording import Wording

TIERS: Final = ("haiku", "sonnet", "opus")
MAGIC: Final = b"tier model 1\n"
WORDS_REMEMBERED: Final = 8_192
LARGEST: Final = 4_000_000  # bytes of an artifact, unpacked
STEPS: Final = 127  # a weight is a signed byte times the artifact's step
HEURISTICS: Final = "heuristics:"
Scores = tuple[float, ...]  # by label, in the model's order


class MalformedModel(ValueError):
    """Bytes that are no tier model of this format."""


@dataclass(frozen=True, slots=True)
class LearnedModel:
    """Weights by label. `of_word` gives what a word adds, and its share of the text's length."""

    version: str  # the first half of the artifact's SHA-256
    card: Mapping[str, Any]  # how it was made: data hash, requests, penalty
    temperature: float
    text_scale: float
    named: Mapping[str, Scores]
    of_buckets: Callable[[Sequence[int], Sequence[float]], list[float]]  # added to these sums
    of_word: Callable[[str], tuple[Scores, float]]
    labels: tuple[str, ...] = TIERS

    def scores(
        self, features: Mapping[str, float], heuristics: Sequence[float], worded: Wording
    ) -> Mapping[str, Scores]:
        """Return what each named feature and the wording add to the labels.

        `heuristics` are the logarithms of the probabilities that the rules alone give.
        """
        named, cooled = self.named, 1 / self.temperature
        parts = {
            name: tuple([weight * value * cooled for weight in named[name]])
            for name, value in own_features(features, heuristics).items()
            if name in named
        }
        parts["wording"] = _times(self._wording(worded), cooled)
        return parts

    def probabilities(
        self, features: Mapping[str, float], heuristics: Sequence[float], worded: Wording
    ) -> Mapping[str, float]:
        """Return how likely each label is; takes what `scores` takes."""
        parts = self.scores(features, heuristics, worded)
        totals = [sum(column) for column in zip(*parts.values(), strict=True)]
        top = max(totals)
        powers = [math.exp(total - top) for total in totals]
        whole = sum(powers)
        return {label: p / whole for label, p in zip(self.labels, powers, strict=True)}

    def _wording(self, worded: Wording) -> Scores:
        told = [self.of_word(word) for word in worded.words]
        squares = float(len(worded.neighbors))
        for _, square in told:
            squares += square
        nothing = (0.0,) * len(self.labels)
        totals = [
            sum(column) for column in zip(nothing, *[scores for scores, _ in told], strict=True)
        ]
        totals = self.of_buckets(worded.neighbors, totals)
        return _times(totals, self.text_scale / wording.length(squares))


def own_features(features: Mapping[str, float], heuristics: Sequence[float]) -> dict[str, float]:
    """Return the features with names of their own: what was measured, and what the rules say."""
    middle = sum(heuristics) / len(heuristics)
    said = zip(TIERS, heuristics, strict=True)
    return {**features, "bias": 1.0, **{f"{HEURISTICS}{t}": h - middle for t, h in said}}


def pack(
    *,
    card: Mapping[str, Any],
    temperature: float,
    text_scale: float,
    named: Mapping[str, Scores],
    hashed: Mapping[int, Scores],
    labels: tuple[str, ...] = TIERS,
) -> bytes:
    """Return a model as an artifact: a header in JSON and a table of signed bytes."""
    step = max((abs(w) for row in hashed.values() for w in row), default=1.0) / STEPS or 1.0
    table = array("b", bytes(len(labels) * wording.BUCKETS))
    for bucket, row in hashed.items():
        for label, weight in enumerate(row):
            table[len(labels) * bucket + label] = round(weight / step)
    header = {
        "card": dict(card),
        "temperature": temperature,
        "text_scale": text_scale,
        "step": step,
        "named": {name: [round(w, 5) for w in row] for name, row in sorted(named.items())},
        **({} if labels == TIERS else {"labels": labels}),
    }
    plain = json.dumps(header, sort_keys=True).encode() + b"\n" + table.tobytes()
    return MAGIC + zlib.compress(plain, 9)


@lru_cache(maxsize=8)
def load(artifact: bytes, labels: tuple[str, ...] = TIERS) -> LearnedModel:
    """Return the model of these labels that an artifact holds. Raises MalformedModel."""
    try:
        return _unpacked(artifact, labels)
    except (KeyError, TypeError, ValueError, AttributeError, zlib.error) as error:
        raise MalformedModel("This is not a tier model that this version can read.") from error


def version_of(artifact: bytes) -> str:
    """Return the name under which decisions keep a model: half of its SHA-256."""
    return sha256(artifact).hexdigest()[:32]


def _unpacked(artifact: bytes, labels: tuple[str, ...]) -> LearnedModel:
    if not artifact.startswith(MAGIC):
        raise ValueError("magic")
    plain = zlib.decompressobj().decompress(artifact[len(MAGIC) :], LARGEST)
    head, _, body = plain.partition(b"\n")
    header = json.loads(head)
    has_labels = tuple(header.get("labels", TIERS)) == labels
    if not has_labels or len(body) != len(labels) * wording.BUCKETS:
        raise ValueError("size")
    named = {str(name): _row(row, len(labels)) for name, row in header["named"].items()}
    temperature, scale = _positive(header["temperature"]), _positive(header["text_scale"])
    table = _Table(body, _positive(header["step"]), len(labels))
    return LearnedModel(
        version=version_of(artifact),
        card=dict(header["card"]),
        temperature=temperature,
        text_scale=scale,
        named=named,
        of_buckets=table.added,
        of_word=lru_cache(maxsize=WORDS_REMEMBERED)(table.of_word),
        labels=labels,
    )


class _Table:
    """What each bucket adds to each label: a signed octet times the artifact's step."""

    def __init__(self, weights: bytes, step: float, width: int) -> None:
        self._weights = weights
        self._width = width
        self._weight_of = [weight * step for weight in array("b", bytes(range(256)))].__getitem__

    def added(self, buckets: Sequence[int], totals: Sequence[float]) -> list[float]:
        """Return the sums by label with what these buckets add."""
        rows = self._rows(buckets)
        return [
            sum(map(self._weight_of, rows[label :: self._width]), total)
            for label, total in enumerate(totals)
        ]

    def of_word(self, word: str) -> tuple[Scores, float]:
        features = wording.of_word(word)
        rows = self._rows([bucket for bucket, _ in features])
        values = [value for _, value in features]
        scores = tuple(
            sum(map(mul, map(self._weight_of, rows[label :: self._width]), values))
            for label in range(self._width)
        )
        return scores, wording.weight_of(features)

    def _rows(self, buckets: Sequence[int]) -> bytes:
        weights, width = self._weights, self._width
        return b"".join([weights[width * bucket : width * (bucket + 1)] for bucket in buckets])


def _times(scores: Sequence[float], factor: float) -> Scores:
    return tuple([score * factor for score in scores])


def _row(row: Sequence[float], width: int) -> Scores:
    weights = tuple([float(weight) for weight in row])
    if len(weights) != width or not all(abs(weight) < 1_000 for weight in weights):  # NaN too
        raise ValueError("weight")
    return weights


def _positive(number: object) -> float:
    value = float(number)  # type: ignore[arg-type]
    if not 0 < value < 1_000:
        raise ValueError("number")
    return value
