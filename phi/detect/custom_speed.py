"""How fast a clinic's own recognizer reads, tried before it is used.

Time grows in step with the text whatever the pattern (phi.detect.custom), but a pattern that counts
loosely, such as `(?:[a-z0-9]{3}[^c]{0,20}){10}Q-`, drives RE2 out of its fast automaton and takes a
thousand times longer per character.
"""

import hashlib
import random
import time
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Final

from phi.detect.custom import recognizer_of
from phi.detect.ordinary import LINES, WORDS
from phi.detect.recognizer import Pattern
from phi.detect.view import View, view_of
from phi.types import CustomRecognizer

TRIED_CHARACTERS: Final = 1_000_000
PIECES: Final = 20
MOST_SECONDS: Final = 0.1  # of processor time, for TRIED_CHARACTERS
SECONDS_PER_HIT: Final = 5e-6  # what a find may take on top,
MOST_SECONDS_OF_HITS: Final = 0.2  # and all of them together
SEED: Final = 20_260_101
MIXED: Final = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789    --./#:"
TOO_SLOW: Final = (
    "The pattern is too slow: one million characters take it longer than "
    f"{MOST_SECONDS * 1000:.0f} ms. Begin it with letters or figures that are always there, and "
    "use smaller bounds."
)

CpuSeconds = Callable[[], float]


def flaws_of_speed(
    described: CustomRecognizer,
    examples: Iterable[str] = (),
    cpu_seconds: CpuSeconds = time.thread_time,
) -> list[str]:
    """Return a sentence when the recognizer is too slow on ordinary or on awkward text."""
    recognizer = recognizer_of(described)
    letters = "".join(sorted(set("".join(examples)))).encode("ascii", "ignore")
    texts = (_notes(), _mixed(MIXED.encode()), _mixed(letters or b"0"))
    return [TOO_SLOW] if any(_is_slow(recognizer, text, cpu_seconds) for text in texts) else []


def _is_slow(recognizer: Pattern, pieces: Iterable[View], cpu_seconds: CpuSeconds) -> bool:
    """Tell whether a text takes too long, as soon as that is clear."""
    spent, hits = 0.0, 0
    for piece in pieces:
        started = cpu_seconds()
        hits += sum(1 for _ in recognizer.hits(piece))
        spent += cpu_seconds() - started
        if spent > MOST_SECONDS + min(hits * SECONDS_PER_HIT, MOST_SECONDS_OF_HITS):
            return True
    return False


@lru_cache(maxsize=1)
def _notes() -> tuple[View, ...]:
    """Return notes of nothing but ordinary sentences, each in another order."""
    chance = random.Random(SEED)  # noqa: S311 - a text to read, no secret
    size = TRIED_CHARACTERS // PIECES
    lines = [" ".join((chance.choice(LINES), *chance.choices(WORDS, k=6))) for _ in range(2_000)]
    return tuple(view_of("\n".join(chance.sample(lines, size // 60))[:size]) for _ in range(PIECES))


def _mixed(letters: bytes) -> tuple[View, ...]:
    """Return these letters in no order, of which nothing repeats."""
    alphabet = bytes(letters[code % len(letters)] for code in range(256))
    text = hashlib.shake_256(b"%d" % SEED).digest(TRIED_CHARACTERS).translate(alphabet).decode()
    size = TRIED_CHARACTERS // PIECES
    return tuple(View(piece, piece, piece.encode()) for piece in _cut(text, size))


def _cut(text: str, size: int) -> Iterable[str]:
    return (text[at : at + size] for at in range(0, len(text), size))
