"""A request's words as hashed features: words, neighbors, and the letters inside words.

Hashing keeps words out of the model's file: a table of buckets names nobody.
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Final, NamedTuple
from zlib import crc32

BUCKETS: Final = 1 << 16
GRAM_LENGTHS: Final = (3, 4)
GRAM_WORTH: Final = 0.5  # of a word's; a word has many
LEAST_LETTERS: Final = 4  # shorter words are grams themselves
NUMBER: Final = "#"
Feature = tuple[int, float]  # bucket, value


class Wording(NamedTuple):
    """A text as models read it: each word once, and the buckets of words side by side."""

    words: tuple[str, ...]
    neighbors: tuple[int, ...]


def read(words: Sequence[str]) -> Wording:
    """Return the wording of a text's words."""
    words = words_and_numbers(words)
    return Wording(tuple(dict.fromkeys(words)), tuple(of_neighbors(words)))


def words_and_numbers(words: Sequence[str]) -> list[str]:
    """Return the words with one sign for any number, since no value was seen twice."""
    return [NUMBER if word.isdigit() else word for word in words]


def of_word(word: str) -> tuple[Feature, ...]:
    """Return the features of one word wherever it stands."""
    features = [(_bucket(f"w:{word}"), 1.0)]
    if len(word) >= LEAST_LETTERS:
        padded = f"_{word}_"
        grams = {padded[i : i + n] for n in GRAM_LENGTHS for i in range(len(padded) - n + 1)}
        features += [(_bucket(f"c:{gram}"), GRAM_WORTH) for gram in sorted(grams)]
    return tuple(features)


def of_neighbors(words: Sequence[str]) -> list[int]:
    """Return the buckets of words that stand side by side, the ends of the text among them."""
    return [_bucket(f"b:{one} {other}") for one, other in pairwise(("^", *words, "$"))]


def weight_of(features: Sequence[Feature]) -> float:
    """Return the sum of squares, by which a text is brought to one length."""
    return sum(value * value for _, value in features)


def length(total: float) -> float:
    """Return what a text of this sum of squares is divided by."""
    return math.sqrt(total) or 1.0


def _bucket(feature: str) -> int:
    return crc32(feature.encode()) % BUCKETS
