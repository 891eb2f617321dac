"""Tables of recognizers: (category, [text with the value in brackets], [texts to leave alone])."""

from collections.abc import Mapping

from phi.detect import registry
from phi.detect.overlap import resolved
from phi.detect.view import view_of

Table = tuple[str, list[str], list[str]]
Row = tuple[str, str]


def rows(tables: Mapping[str, Table]) -> tuple[list[Row], list[Row]]:
    """Return what must be found and what must stay, each with the name of its table."""
    found = [(name, text) for name, (_, texts, _) in tables.items() for text in texts]
    return found, [(name, text) for name, (_, _, texts) in tables.items() for text in texts]


def marked_span(marked: str) -> tuple[str, int, int]:
    """Return a text without the brackets around its value, and where the value stands."""
    start, end = marked.index("<"), marked.rindex(">") - 1
    return marked[:start] + marked[start + 1 : end + 1] + marked[end + 2 :], start, end


def hits_in(text: str) -> list[tuple[int, int, str]]:
    """Return (start, end, category) of everything found but names."""
    view = view_of(text)
    others = [hit for hit in registry.scan(view) if not hit.recognizer.startswith("name")]
    return [(*view.original_span(hit.start, hit.end), hit.category) for hit in resolved(others)]


def found_in(text: str, start: int, end: int) -> list[str]:
    """Return the categories of what covers a span."""
    return [hit[2] for hit in hits_in(text) if hit[0] <= start and end <= hit[1]]
