"""How rows stand in a document: which section, by which name, with which columns."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final

from django.db.models import ForeignKey, Model

from usage import models
from usage.exchange.values import given
from usage.models.prices import TOKEN_KINDS

NO_NAMES: Final[Mapping[str, str]] = MappingProxyType({})
Key = tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """One kind of row. Its names in a document are those of its columns, but for `names`."""

    section: str
    model: type[Model]
    key: tuple[str, ...]  # the columns that name a row, from the outside in
    names: Mapping[str, str] = field(default_factory=lambda: NO_NAMES)
    refers_by: Mapping[str, str] = field(default_factory=lambda: NO_NAMES)  # of foreign keys
    hint: Mapping[str, str] = field(default_factory=lambda: NO_NAMES)  # word in a flaw -> column
    # What is wrong with a changed row, from what was described of it before and all kept keys.
    check: Callable[[Any, Mapping[str, Any], list[Key], datetime], str] | None = None

    @property
    def label(self) -> str:
        return str(self.model._meta.verbose_name)

    @property
    def columns(self) -> dict[str, Any]:
        """Return the columns that people edit, by their name in a document."""
        fields = self.model._meta.concrete_fields
        edited = (f for f in fields if f.editable and not f.primary_key and f.name not in self.key)
        return {self.names.get(column.name, column.name): column for column in edited}

    def rows(self) -> dict[Key, Any]:
        """Return all rows by what names them, in order."""
        rows = self.model._default_manager.all()
        if related := list(self._foreign()):
            rows = rows.select_related(*related)
        return dict(sorted((self.key_of(row), row) for row in rows))

    def key_of(self, row: Any) -> Key:
        return tuple(self._key_part(row, name) for name in self.key)

    def described(self, row: Any) -> dict[str, Any]:
        """Return what a document says of a row."""
        return {
            name: self.reference(row, column)
            if isinstance(column, ForeignKey)
            else given(column, getattr(row, column.name))
            for name, column in self.columns.items()
        }

    def reference(self, row: Any, column: Any) -> str:
        """Return by what name a row refers to another."""
        return str(getattr(getattr(row, column.name), self.refers_by[column.name]))

    def _key_part(self, row: Any, name: str) -> str:
        column = self.model._meta.get_field(name)
        if isinstance(column, ForeignKey):
            return self.reference(row, column)
        value = getattr(row, name)
        return moment_key(value) if isinstance(value, datetime) else str(value)

    def _foreign(self) -> Iterator[str]:
        for column in self.model._meta.concrete_fields:
            if isinstance(column, ForeignKey):
                yield column.name


def moment_key(value: datetime) -> str:
    """Return a moment as the name of a row."""
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _changes_no_old_cost(
    row: models.Price, before: Mapping[str, Any], keys: list[Key], now: datetime
) -> str:
    """Return why a price may not be entered; the first prices of a model may lie in the past."""
    if row.valid_from > now:
        return ""
    if before:
        return "A price that held stays as it is: enter a new one that begins in the future."
    if any(key[0] == row.model.model_id for key in keys):
        return "A new price begins in the future, so that no old cost changes."
    return ""


PRICED_KINDS: Final = (*TOKEN_KINDS, *(f"long_{kind}" for kind in TOKEN_KINDS))
CATALOG: Final = (
    Table("tiers", models.Tier, ("slug",)),
    Table("providers", models.Provider, ("slug",)),
    Table(
        "models",
        models.ModelCard,
        ("model_id",),
        refers_by={"tier": "slug", "provider": "slug"},
    ),
    Table(
        "deployments",
        models.Deployment,
        ("slug",),
        refers_by={"model": "model_id", "provider": "slug"},
    ),
    Table(
        "prices",
        models.Price,
        ("model", "valid_from"),
        refers_by={"model": "model_id"},
        hint={f"price_{kind}_is_finite": f"{kind}_usd" for kind in PRICED_KINDS},
        check=_changes_no_old_cost,
    ),
)


def described(tables: Iterable[Table]) -> dict[str, Any]:
    """Return all rows of some tables as a document says them."""
    return {table.section: _nested(table) for table in tables}


def _nested(table: Table) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, row in table.rows().items():
        inner = found
        for part in key[:-1]:
            inner = inner.setdefault(part, {})
        entry = table.described(row)
        # A row of one column is that column's value.
        inner[key[-1]] = next(iter(entry.values())) if len(entry) == 1 else entry
    return found
