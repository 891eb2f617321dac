"""Bounded YAML: text to values that know their place, and values to text. Nothing is ever built
from a tag.

PyYAML's parser (libyaml where it is installed) tells the events; what they mean is decided by
whoever reads the values, so no `no` becomes a truth value and no price a float. Aliases, anchors,
tags, keys that come twice and a second document are refused, and so is what is too large or too
deep, before anything is built.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

import yaml

MOST_CHARACTERS: Final = 2_000_000
MOST_VALUES: Final = 100_000
MOST_DEEP: Final = 12
LONGEST_KEY: Final = 200
MOST_FLAWS: Final = 100
_Loader: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_SafeDumper: Final[Any] = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_NULL: Final = ("", "~", "null", "Null", "NULL")


@dataclass(frozen=True, slots=True, order=True)
class Flaw:
    """What is wrong at one place of a document. Quotes none of its values."""

    line: int  # from 1; 0: the document as a whole
    path: str
    text: str

    def __str__(self) -> str:
        where = ", ".join(filter(None, (f"line {self.line}" if self.line else "", self.path)))
        return f"{where}: {self.text}" if where else self.text


class RefusedDocument(Exception):
    """The text is no document that is taken; `flaws` says why, by line and path."""

    def __init__(self, flaws: list[Flaw]) -> None:
        self.flaws = tuple(sorted(set(flaws))[:MOST_FLAWS])
        super().__init__("\n".join(map(str, self.flaws)))


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value, as it was written."""

    line: int
    path: str
    text: str = field(repr=False)
    is_plain: bool = True  # written without quotes

    @property
    def is_null(self) -> bool:
        return self.is_plain and self.text in _NULL


@dataclass(frozen=True, slots=True)
class Items:
    """A list of values."""

    line: int
    path: str
    values: list["Node"] = field(default_factory=list, repr=False)


@dataclass(frozen=True, slots=True)
class Members:
    """Named values, in order. `lines` tells where each name stands."""

    line: int
    path: str
    values: dict[str, "Node"] = field(default_factory=dict, repr=False)


Node = Scalar | Items | Members


def read(text: str) -> Members:
    """Return the named values of a document. Raises RefusedDocument."""
    if len(text) > MOST_CHARACTERS:
        raise RefusedDocument([Flaw(0, "", f"It has more than {MOST_CHARACTERS:,} characters.")])
    builder = _Builder()
    try:
        for event in yaml.parse(text, Loader=_Loader):
            builder.take(event)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        builder.flaws.append(Flaw(mark.line + 1 if mark else 0, "", "From here it is not YAML."))
    if builder.flaws:
        raise RefusedDocument(builder.flaws)
    if not isinstance(builder.root, Members):
        raise RefusedDocument([Flaw(1, "", "It has no named values.")])
    return builder.root


def walk(node: Node) -> Iterator[Node]:
    """Yield a value and all that is in it."""
    waiting = [node]
    while waiting:
        each = waiting.pop()
        yield each
        if isinstance(each, Members):
            waiting.extend(each.values.values())
        elif isinstance(each, Items):
            waiting.extend(each.values)


def shown(key: str) -> str:
    """Return a name as messages say it: a word that people type, or else a mark."""
    is_word = len(key) <= LONGEST_KEY and key.isprintable() and not any(c.isspace() for c in key)
    return key if is_word and key else "?"


@dataclass(slots=True)
class _Open:
    """A list or named values that have not ended."""

    node: Items | Members
    key: Scalar | None = None


class _Builder:
    """Puts events together without recursion, and stops at the bounds."""

    def __init__(self) -> None:
        self.root: Node | None = None
        self.flaws: list[Flaw] = []
        self._open: list[_Open] = []
        self._count = 0
        self._documents = 0

    def take(self, event: Any) -> None:
        line = event.start_mark.line + 1
        if isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                self._stop(line, "There is a second document.")
        if isinstance(event, yaml.AliasEvent):
            self._stop(line, "Aliases are not taken: write the value out.")
        if isinstance(event, yaml.NodeEvent):
            self._check(event, line)
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event, line)
        elif isinstance(event, yaml.MappingStartEvent):
            self._begin(Members(line, self._path()), line)
        elif isinstance(event, yaml.SequenceStartEvent):
            self._begin(Items(line, self._path()), line)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._end()

    def _check(self, event: Any, line: int) -> None:
        self._count += 1
        if self._count > MOST_VALUES:
            self._stop(line, f"There are more than {MOST_VALUES:,} values.")
        if event.anchor is not None:
            self._stop(line, "Anchors are not taken: write the value out.")
        if getattr(event, "tag", None) is not None:
            self._stop(line, "Tags are not taken.")

    def _scalar(self, event: Any, line: int) -> None:
        is_plain = event.style in (None, "")
        top = self._open[-1] if self._open else None
        if top is not None and isinstance(top.node, Members) and top.key is None:
            self._key(top, Scalar(line, "", event.value, is_plain))
        else:
            self._place(Scalar(line, self._path(), event.value, is_plain))

    def _key(self, top: _Open, key: Scalar) -> None:
        assert isinstance(top.node, Members)  # noqa: S101 (only named values have names)
        if not key.text:
            self._stop(key.line, "A name is missing.")
        if key.text in top.node.values:
            path = _joined(top.node.path, key.text)
            self.flaws.append(Flaw(key.line, path, "This name comes twice."))
        top.key = key

    def _begin(self, node: Items | Members, line: int) -> None:
        top = self._open[-1] if self._open else None
        if top is not None and isinstance(top.node, Members) and top.key is None:
            self._stop(line, "A name is a single word.")
        if len(self._open) >= MOST_DEEP:
            self._stop(line, f"Values lie more than {MOST_DEEP} deep.")
        self._open.append(_Open(node))

    def _end(self) -> None:
        self._place(self._open.pop().node)

    def _place(self, node: Node) -> None:
        if not self._open:
            self.root = node
            return
        top = self._open[-1]
        if isinstance(top.node, Items):
            top.node.values.append(node)
        elif top.key is not None:
            top.node.values[top.key.text] = node
            top.key = None

    def _path(self) -> str:
        """Return where the next value stands."""
        if not self._open:
            return ""
        top = self._open[-1]
        if isinstance(top.node, Items):
            return f"{top.node.path}[{len(top.node.values)}]"
        return _joined(top.node.path, top.key.text) if top.key else top.node.path

    def _stop(self, line: int, text: str) -> None:
        raise RefusedDocument([*self.flaws, Flaw(line, self._path(), text)])


def _joined(path: str, key: str) -> str:
    return f"{path}.{shown(key)}" if path else shown(key)


class _Dumper(_SafeDumper):  # type: ignore[misc]
    """Writes what `read` reads: no aliases, decimals with all of their digits, moments in UTC."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _decimal(dumper: yaml.SafeDumper, value: Decimal) -> yaml.ScalarNode:
    text = format(value, "f")
    tag = "float" if "." in text else "int"
    return dumper.represent_scalar(f"tag:yaml.org,2002:{tag}", text)


def _moment(dumper: yaml.SafeDumper, value: datetime) -> yaml.ScalarNode:
    text = value.isoformat().replace("+00:00", "Z")
    return dumper.represent_scalar("tag:yaml.org,2002:timestamp", text)


def _day(dumper: yaml.SafeDumper, value: date) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:timestamp", value.isoformat())


_Dumper.add_representer(Decimal, _decimal)
_Dumper.add_representer(datetime, _moment)
_Dumper.add_representer(date, _day)


def write(values: Mapping[str, Any]) -> str:
    """Return values as a document that `read` takes."""
    text: str = yaml.dump(
        dict(values), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100
    )
    return text
