"""Authors who had not seen the engine; nobody who tunes it looks at their texts (README.md)."""

from pathlib import Path

from bench.phi.author_file import author
from bench.phi.cases import Author

_HERE = Path(__file__).parent
AUTHORS: tuple[Author, ...] = tuple(
    author(_HERE / f"{name}.txt")
    for name in (
        "lockup",
        "tumor_board",
        "help_desk",
        "small_offices",
        "plain_shelf",
        "workbench",
    )
)
