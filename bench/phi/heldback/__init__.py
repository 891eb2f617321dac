"""Authors whose texts nobody looks at who tunes the engine (README.md)."""

from pathlib import Path

from bench.phi.author_file import author
from bench.phi.cases import Author

_HERE = Path(__file__).parent
AUTHORS: tuple[Author, ...] = tuple(
    author(_HERE / f"{name}.txt")
    for name in (
        "northern_network",
        "solo_practices",
        "trading_partners",
        "travel_clinic",
        "reference_texts",
    )
)
