"""Authors whose texts nobody looks at who tunes the engine (README.md)."""

from bench.phi.cases import Author

AUTHORS: tuple[Author, ...] = ()
