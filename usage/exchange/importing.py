"""A document's rows put into the tables, in the transaction of whoever asks. All or nothing.

What a document does not name stays as it is: rows that it lacks, and columns that a row lacks.
"""

import difflib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import DataError, IntegrityError, transaction
from django.db.models import DateTimeField, ForeignKey

from routerproject.shared.admin import Difference
from routerproject.shared.yaml_text import (
    Flaw,
    Members,
    Node,
    RefusedDocument,
    Scalar,
    walk,
)
from usage.exchange.tables import Key, Table, moment_key
from usage.exchange.values import RefusedValue, looks_secret, moment, taken

SECRET = "This looks like a secret. Name a reference, never the value itself."  # noqa: S105
_WORD = re.compile(r"[\w./:@-]+")


@dataclass(frozen=True)
class Entry:
    """One row as a document has it."""

    table: Table
    key: Key
    node: Node
    values: Mapping[str, Node]  # by column

    def flaw(self, text: str, column: str = "") -> Flaw:
        """Return what is wrong with the row, at the column if the document names it."""
        at = self.values.get(column, self.node)
        return Flaw(at.line, at.path, text)


@dataclass(frozen=True)
class Change:
    """What an import does to one row."""

    entry: Entry
    is_new: bool
    before: Mapping[str, Any]
    after: Mapping[str, Any]

    @property
    def name(self) -> str:
        return " ".join(self.entry.key)

    @property
    def permission(self) -> str:
        """Return what a person needs to make it by hand."""
        meta = self.entry.table.model._meta
        return f"{meta.app_label}.{'add' if self.is_new else 'change'}_{meta.model_name}"

    @property
    def fields(self) -> list[str]:
        return [n for n in self.after if _differs({n: self.after[n]}, {n: self.before.get(n)})]

    def differences(self) -> Iterator[Difference]:
        """Yield what changes, column by column; of a new row what it is given."""
        what = f"{'new ' if self.is_new else ''}{self.entry.table.label} {self.name}"
        for name in self.fields:
            yield Difference(what, name.replace("_", " "), self.before.get(name), self.after[name])


@dataclass
class Import:
    """Reads a document once, then puts its rows in table by table."""

    root: Members
    tables: tuple[Table, ...]
    now: datetime
    flaws: list[Flaw] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    others: list[str] = field(default_factory=list)  # rows that the document does not name

    def carry_out(self) -> None:
        """Change the tables. Raises RefusedDocument with every flaw that was found."""
        self._refuse_secrets()
        self.stop_if_flawed()  # nothing else may be said of a document with a secret in it
        self._refuse_unknown_sections()
        self.stop_if_flawed()
        for table in self.tables:
            if section := self._section(table):
                self._put(table, list(self._read(table, section)))
            self.stop_if_flawed()

    def stop_if_flawed(self) -> None:
        if self.flaws:
            raise RefusedDocument(self.flaws)

    def at_its_place(self, sentence: str) -> Flaw:
        """Return a finding at the row that it names first, at the column that it is about."""
        words = [word.rstrip(".,:;") for word in _WORD.findall(sentence)]
        for word in words:
            if about := [entry for entry in self.entries if entry.key[-1] == word]:
                about = [entry for entry in about if {*entry.key} <= {*words}] or about
                named = (entry for entry in reversed(about) if _hinted(entry, sentence))
                entry = next(named, about[0])
                return entry.flaw(sentence, _hinted(entry, sentence))
        return Flaw(0, "", sentence)

    def _refuse_secrets(self) -> None:
        for node in walk(self.root):
            names = list(node.values) if isinstance(node, Members) else []
            texts = [node.text] if isinstance(node, Scalar) else names
            if any(looks_secret(text) for text in texts):
                path = node.path if isinstance(node, Scalar) else ""
                self.flaws.append(Flaw(node.line, "" if looks_secret(path) else path, SECRET))

    def _refuse_unknown_sections(self) -> None:
        known = ["format", *(table.section for table in self.tables)]
        self._refuse_unknown(self.root, known, "section")

    def _refuse_unknown(self, node: Members, known: Iterable[str], what: str) -> None:
        names = list(known)
        for name in node.values.keys() - set(names):
            close = difflib.get_close_matches(name, names, n=1)
            meant = f" {close[0]} is meant?" if close else ""
            at = node.values[name]
            self.flaws.append(Flaw(at.line, at.path, f"There is no such {what}.{meant}"))

    def _section(self, table: Table) -> Members | None:
        node = self.root.values.get(table.section)
        if node is None or (isinstance(node, Scalar) and node.is_null):
            return None
        if not isinstance(node, Members):
            self.flaws.append(Flaw(node.line, node.path, "Rows by their names are needed."))
            return None
        return node

    def _read(self, table: Table, section: Members) -> Iterator[Entry]:
        seen: set[Key] = set()
        for key, node in self._keyed(table, section, ()):
            if key in seen:
                self.flaws.append(Flaw(node.line, node.path, "This row comes twice."))
                continue
            seen.add(key)
            columns = table.columns
            if len(columns) == 1:
                [column] = columns.values()
                yield Entry(table, key, node, {column.name: node})
            elif isinstance(node, Members):
                self._refuse_unknown(node, columns, "field")
                known = {n: v for n, v in node.values.items() if n in columns}
                yield Entry(table, key, node, {columns[n].name: v for n, v in known.items()})
            else:
                self.flaws.append(Flaw(node.line, node.path, "Fields by their names are needed."))

    def _keyed(self, table: Table, node: Members, outer: Key) -> Iterator[tuple[Key, Node]]:
        """Yield each row with what names it, however many names that takes."""
        column = table.model._meta.get_field(table.key[len(outer)])
        for name, value in node.values.items():
            part = self._key_part(column, name, value)
            if part is None:
                continue
            key = (*outer, part)
            if len(key) == len(table.key):
                yield key, value
            elif isinstance(value, Members):
                yield from self._keyed(table, value, key)
            else:
                self.flaws.append(Flaw(value.line, value.path, "Rows by their names are needed."))

    def _key_part(self, column: Any, name: str, at: Node) -> str | None:
        if not isinstance(column, DateTimeField):
            return name
        try:
            return moment_key(moment(Scalar(at.line, at.path, name)))
        except RefusedValue as refused:
            self.flaws.append(Flaw(at.line, at.path, str(refused)))
            return None

    def _put(self, table: Table, entries: list[Entry]) -> None:
        self.entries += entries
        rows = table.rows()
        named = {entry.key for entry in entries}
        self.others += [f"{table.label} {' '.join(key)}" for key in rows if key not in named]
        waiting = [each for entry in entries if (each := self._prepared(entry, rows))]
        self._save(waiting)

    def _prepared(self, entry: Entry, rows: Mapping[Key, Any]) -> "_Pending | None":
        """Return a row that differs from what is kept, not saved yet."""
        table = entry.table
        kept = rows.get(entry.key)
        before = table.described(kept) if kept is not None else {}
        row = kept if kept is not None else table.model()
        flaws = len(self.flaws)
        if kept is None:
            self._name(entry, row)
        for column, node in entry.values.items():
            self._fill(entry, row, column, node)
        if len(self.flaws) > flaws:
            return None
        pending = _Pending(entry, row, before, is_new=kept is None)
        if not pending.is_new and not _differs(table.described(row), before):
            return None
        text = table.check(row, before, list(rows), self.now) if table.check else ""
        if text:
            self.flaws.append(entry.flaw(text))
            return None
        return pending

    def _name(self, entry: Entry, row: Any) -> None:
        for name, part in zip(entry.table.key, entry.key, strict=True):
            column = entry.table.model._meta.get_field(name)
            at = Scalar(entry.node.line, entry.node.path, part, is_plain=False)
            self._set(entry, row, column, at, "")

    def _fill(self, entry: Entry, row: Any, name: str, node: Node) -> None:
        self._set(entry, row, entry.table.model._meta.get_field(name), node, name)

    def _set(self, entry: Entry, row: Any, column: Any, node: Node, place: str) -> None:
        try:
            value = taken(column, node)
        except RefusedValue as refused:
            self.flaws.append(Flaw(node.line, node.path, str(refused)))
            return
        if isinstance(column, ForeignKey):
            value = _referred(entry.table, column, value)
            if value is None:
                what = column.related_model._meta.verbose_name
                self.flaws.append(entry.flaw(f"There is no such {what}.", place))
                return
        setattr(row, column.name, value)

    def _save(self, waiting: list["_Pending"]) -> None:
        """Save rows; one that another stands in the way of is tried again after that one."""
        while waiting:
            left = [each for each in waiting if not self._saved(each)]
            if len(left) == len(waiting):
                for each in left:
                    self.flaws += each.flaws
                return
            waiting = left

    def _saved(self, pending: "_Pending") -> bool:
        try:
            pending.row.full_clean()
            with transaction.atomic():
                pending.row.save()
        except ValidationError as error:
            pending.flaws = list(_flaws_of(pending.entry, error))
            return False
        except (DataError, IntegrityError):
            pending.flaws = [pending.entry.flaw("The database refuses this row.")]
            return False
        after = pending.entry.table.described(pending.row)
        self.changes.append(Change(pending.entry, pending.is_new, pending.before, after))
        return True


@dataclass
class _Pending:
    entry: Entry
    row: Any
    before: Mapping[str, Any]
    is_new: bool
    flaws: list[Flaw] = field(default_factory=list)


def _differs(after: Mapping[str, Any], before: Mapping[str, Any]) -> bool:
    """Return whether a column differs; in JSON, true is not 1."""
    return any(
        value != before[name]
        or (isinstance(value, dict | list) and _json(value) != _json(before[name]))
        for name, value in after.items()
    )


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _referred(table: Table, column: Any, name: Any) -> Any:
    by = table.refers_by[column.name]
    return column.related_model._default_manager.filter(**{by: name}).first()


def _flaws_of(entry: Entry, error: ValidationError) -> Iterator[Flaw]:
    for column, texts in error.message_dict.items():
        for text in texts:
            own = "" if column == NON_FIELD_ERRORS else column
            yield entry.flaw(text, own or _hinted(entry, text))


def _hinted(entry: Entry, sentence: str) -> str:
    """Return the column that a sentence is about, of those that the document names."""
    hints = ((c, word) for word, c in entry.table.hint.items())
    return next((c for c, word in hints if word in sentence and c in entry.values), "")
