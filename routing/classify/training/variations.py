"""The same requests as hurried or polite people type them, so that neither teaches anything."""

import random
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from routing.classify.training.labelled import LabelledRequest

LEAST_LETTERS: Final = 5
SLIPS_IN_WORDS: Final = 0.25
COURTESIES: Final = (
    *("Hello, {}", "Good morning! {}", "{} Thank you", "Hola, {}", "{} gracias"),
    *("Hi, quick question: {}", "{} thx", "Dear assistant, {} Best regards"),
)
GENERATED: Final = frozenset({"frames"})  # there are enough of these


def varied(requests: Iterable[LabelledRequest]) -> Iterator[LabelledRequest]:
    """Yield each request, once more with slips of the hand and once more with a courtesy.

    The dice fall by the text, so the same requests vary in the same way every time.
    """
    for request in requests:
        yield request
        if request.habit not in GENERATED:
            dice = random.Random(request.text)  # noqa: S311 (examples, not secrets)
            yield replace(request, text=_slipped(request.text, dice))
            yield replace(request, text=dice.choice(COURTESIES).replace("{}", request.text))


def _slipped(text: str, dice: random.Random) -> str:
    return " ".join(
        _slip(word, dice) if _can_slip(word) and dice.random() < SLIPS_IN_WORDS else word
        for word in text.split(" ")
    )


def _can_slip(word: str) -> bool:
    return len(word) >= LEAST_LETTERS and word.isalpha()


def _slip(word: str, dice: random.Random) -> str:
    """Return a word with a letter lost, doubled, or swapped with the next."""
    at = dice.randrange(1, len(word) - 1)
    before, letter, after = word[:at], word[at], word[at + 1 :]
    return dice.choice(
        [before + after, before + letter * 2 + after, before + after[:1] + letter + after[1:]]
    )
