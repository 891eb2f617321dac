"""Authors written after the development ones, whose texts are judged and not looked at."""

from pathlib import Path

from bench.phi.author_file import author
from bench.phi.cases import Author

_HERE = Path(__file__).parent
AUTHORS: tuple[Author, ...] = (author(_HERE / "county_services.txt"),)
