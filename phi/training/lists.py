"""The project's own word lists."""

from functools import cache
from pathlib import Path
from typing import Final

PHRASES: Final = Path(__file__).resolve().parent / "phrases"
DATA: Final = Path(__file__).resolve().parent.parent / "data"


@cache
def own(kind: str) -> tuple[str, ...]:
    """Return the words of one of the project's own lists."""
    lines = (DATA / "words" / f"{kind}.txt").read_text().splitlines()
    return tuple(word for line in lines if not line.startswith("#") for word in line.split())
