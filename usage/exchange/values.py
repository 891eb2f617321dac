"""What a column holds, from a document and for one. Exact: no number passes through a float."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

from django.contrib.postgres.fields import ArrayField
from django.db import models

from routerproject.shared.yaml_text import Items, Members, Node, Scalar
from usage.models.catalog import REFERENCE_FORMS, REFERENCE_PATTERN

Column = Any  # a field of a Django model
MOMENT: Final = "A moment with its zone is needed, such as 2027-01-01T00:00:00Z."
_WHOLE: Final = re.compile(r"-?[0-9]{1,18}")
_DECIMAL: Final = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?")
# What YAML writes of JSON without quotes; "0189" is a word.
_JSON_WHOLE: Final = re.compile(r"-?(0|[1-9][0-9]{0,29})")
_JSON_DECIMAL: Final = re.compile(r"-?[0-9]{1,30}\.[0-9]{1,30}(e[+-][0-9]{1,3})?")
_FLOAT: Final = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?(e[+-]?[0-9]{1,3})?")
# What keys of vendors and of this router look like, and keys in general.
_SECRET: Final = re.compile(
    r"\b(sk-[A-Za-z0-9_-]{16,}|cmr_[A-Za-z0-9]{8}_\S{20,}|AKIA[0-9A-Z]{12,}|ghp_[A-Za-z0-9]{20,}"
    r"|AIza[0-9A-Za-z_-]{30,}|ya29\.[0-9A-Za-z_-]{20,}|xox[a-z]-[0-9A-Za-z-]{10,})"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY|\bBearer\s+\S{16,}|://[^/\s:@]+:[^/\s@]+@"
)


class RefusedValue(ValueError):
    """A value that its column does not take; says what it takes, never the value."""


def looks_secret(text: str) -> bool:
    """Return whether a text looks like a key, a token or an address with a password in it."""
    return _SECRET.search(text) is not None


def taken(column: Column, node: Node) -> Any:
    """Return what a column is to hold. Raises RefusedValue."""
    if isinstance(node, Scalar) and node.is_null:
        return _nothing(column)
    if isinstance(column, models.JSONField):
        return plain(node)
    if isinstance(column, ArrayField):
        return _names(node)
    value = _scalar(node)
    for kind, read in _READERS.items():
        if isinstance(column, kind):
            return read(value)
    return _word(column, value)


def given(column: Column, value: Any) -> Any:
    """Return what a document says of a column's value."""
    if isinstance(column, ArrayField):
        return list(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    if value == "" and not isinstance(column, models.TextField):
        return None
    return value


def plain(node: Node) -> Any:
    """Return JSON as it was written: only plain words are numbers, truth values or nothing."""
    if isinstance(node, Members):
        return {name: plain(value) for name, value in node.values.items()}
    if isinstance(node, Items):
        return [plain(value) for value in node.values]
    if not node.is_plain:
        return node.text
    if node.is_null:
        return None
    if node.text in ("true", "false"):
        return node.text == "true"
    if _JSON_WHOLE.fullmatch(node.text):
        return int(node.text)
    return float(node.text) if _JSON_DECIMAL.fullmatch(node.text) else node.text


def _nothing(column: Column) -> Any:
    if column.null:
        return None
    if isinstance(column, models.CharField | models.TextField) and column.blank:
        return ""
    raise RefusedValue("A value is needed.")


def _names(node: Node) -> list[str]:
    if not isinstance(node, Items) or not all(isinstance(each, Scalar) for each in node.values):
        raise RefusedValue("A list of names is needed, such as [one, two].")
    return [each.text for each in node.values if isinstance(each, Scalar)]


def _scalar(node: Node) -> Scalar:
    if not isinstance(node, Scalar):
        raise RefusedValue("A single value is needed.")
    return node


def _truth(value: Scalar) -> bool:
    if not value.is_plain or value.text not in ("true", "false"):
        raise RefusedValue("true or false is needed.")
    return value.text == "true"


def _whole(value: Scalar) -> int:
    if not _WHOLE.fullmatch(value.text):
        raise RefusedValue("A whole number is needed.")
    return int(value.text)


def _decimal(value: Scalar) -> Decimal:
    if not _DECIMAL.fullmatch(value.text):
        raise RefusedValue("A decimal number is needed, such as 0.25.")
    return Decimal(value.text)


def _float(value: Scalar) -> float:
    if not _FLOAT.fullmatch(value.text):
        raise RefusedValue("A number is needed, such as 0.25.")
    return float(value.text)


def moment(value: Scalar) -> datetime:
    """Return a moment. Raises RefusedValue without a time zone."""
    try:
        found = datetime.fromisoformat(value.text)
    except ValueError:
        raise RefusedValue(MOMENT) from None
    if found.tzinfo is None:
        raise RefusedValue(MOMENT)
    return found.astimezone(UTC)


def _day(value: Scalar) -> date:
    try:
        return date.fromisoformat(value.text)
    except ValueError:
        raise RefusedValue("A day is needed, such as 2027-01-31.") from None


def _word(column: Column, value: Scalar) -> str:
    if column.name.endswith("_ref") and not re.fullmatch(REFERENCE_PATTERN, value.text):
        raise RefusedValue(f"A reference is needed ({REFERENCE_FORMS}), never the value itself.")
    choices = [name for name, _ in column.flatchoices if name]
    if choices and value.text not in choices:
        raise RefusedValue(f"One of these is needed: {', '.join(choices)}.")
    return value.text


_READERS: Final[Mapping[type, Callable[[Scalar], Any]]] = {
    models.BooleanField: _truth,
    models.IntegerField: _whole,
    models.DecimalField: _decimal,
    models.FloatField: _float,
    models.DateTimeField: moment,  # before DateField, of which it is one
    models.DateField: _day,
}
