"""Frames with slots, written out several times with other words; the same every time."""

import random
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

COPIES: Final = 5
_SLOT: Final = re.compile(r"%([a-z]+)%")


def slots(path: Path) -> Mapping[str, list[str]]:
    """Return the choices of each slot: `name: one, another`."""
    lines = path.read_text(encoding="utf-8").splitlines()
    entries = (line.split(": ", 1) for line in lines if line and not line.startswith("#"))
    return {name: choices.split(", ") for name, choices in entries}


def written_out(line: str, choices: Mapping[str, list[str]]) -> Iterator[str]:
    """Yield a line once, or with its slots filled in several ways. Raises KeyError."""
    if not _SLOT.search(line):
        yield line
        return
    dice = random.Random(line)  # noqa: S311 (examples, not secrets)
    copies = (_SLOT.sub(lambda m: dice.choice(choices[m[1]]), line) for _ in range(COPIES))
    yield from dict.fromkeys(copies)
