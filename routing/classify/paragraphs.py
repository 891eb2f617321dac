"""Which paragraphs of a message hold its request, when others tell what it is about.

A chart pasted above or below a request often has no title to know it by. So where a paragraph asks,
those that only tell are matter; and after a chart the last paragraph is the person again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from routing.classify.asking import SENTENCE_END, asks
from routing.classify.phrases import find

TELLS_FROM = 50  # characters; a shorter paragraph without a request is a greeting or an aside
NAMES_UP_TO = 60  # characters of a request without a verb: fax number only
ASKS_UP_TO = 240  # characters of a paragraph below a chart that may be the request


@dataclass(slots=True, eq=False)
class Paragraph:
    """The lines of one paragraph, told apart by `focus`."""

    asked: list[str] = field(default_factory=list)
    attached: list[str] = field(default_factory=list)
    is_headed: bool = False  # a record begins here, by a title or a field's name


def settle(paragraphs: Sequence[Paragraph]) -> tuple[list[str], list[str]]:
    """Return the lines that may hold the request, and those that are its matter."""
    written = [p for p in paragraphs if p.asked or p.attached]
    _resume(written)
    requests = [p for p in written if _asks(p.asked)] or [p for p in written if _names_work(p)]
    for paragraph in written:
        if requests and paragraph not in requests:
            _set_aside(paragraph)
    if not requests and any(_asks(p.attached) for p in written):
        return _everything(written)
    return [a for p in written for a in p.asked], [a for p in written for a in p.attached]


def _resume(written: Sequence[Paragraph]) -> None:
    """Give the last paragraph back to the person, where nothing before it asks."""
    if len(written) < 2:
        return
    last, before = written[-1], written[:-1]
    is_open = not (last.asked or last.is_headed or any(_asks(p.asked) for p in before))
    if is_open and sum(map(len, last.attached)) <= ASKS_UP_TO:
        last.asked, last.attached = last.attached, []
        for paragraph in before:
            paragraph.attached = [*paragraph.asked, *paragraph.attached]
            paragraph.asked = []


def _everything(written: Sequence[Paragraph]) -> tuple[list[str], list[str]]:
    """Return all lines as the request: what looked like a record is the only part that asks."""
    return [line for p in written for line in (*p.asked, *p.attached)], []


def _set_aside(paragraph: Paragraph) -> None:
    """Make a paragraph matter that tells something at length."""
    if sum(map(len, paragraph.asked)) >= TELLS_FROM:
        paragraph.attached = [*paragraph.asked, *paragraph.attached]
        paragraph.asked = []


def _names_work(paragraph: Paragraph) -> bool:
    """Return whether a short paragraph names a piece of work without a verb."""
    text = "\n".join(paragraph.asked)
    return 0 < len(text) < NAMES_UP_TO and bool(find(text).lead)


def _asks(lines: Sequence[str]) -> bool:
    return any(asks(s) for line in lines for s in SENTENCE_END.split(line))
