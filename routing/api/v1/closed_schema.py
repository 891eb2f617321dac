"""JSON schemas as structured output wants them: every object says what it holds and nothing more.

Closing a schema keeps its meaning for whoever reads the answer: what fits the closed one fits the
open one. One whose objects hold what nobody has named cannot be closed.
"""

from collections.abc import Mapping
from typing import Any, Final

from routing.api.checks import refuse

_BY_NAME: Final = frozenset({"properties", "$defs", "definitions"})
_INSIDE: Final = frozenset({"items", "anyOf", "oneOf", "allOf", "prefixItems"})


def closed(place: str, schema: Any) -> Any:
    """Return a schema with every object closed. Raises InvalidRequest where that is impossible."""
    if isinstance(schema, list):
        return [closed(f"{place}[{index}]", each) for index, each in enumerate(schema)]
    if not isinstance(schema, dict):
        return schema
    found = {name: _member(place, name, inner) for name, inner in schema.items()}
    if schema.get("type") == "object":
        _check_named(place, schema)
        found["additionalProperties"] = False
    return found


def _member(place: str, name: str, value: Any) -> Any:
    here = f"{place}.{name}"
    if name in _INSIDE:
        return closed(here, value)
    if name in _BY_NAME and isinstance(value, dict):
        return {key: closed(f"{here}.{key}", inner) for key, inner in value.items()}
    return value


def _check_named(place: str, schema: Mapping[str, Any]) -> None:
    is_open = schema.get("additionalProperties", False) is not False
    if is_open or not (schema.get("properties") or schema.get("additionalProperties") is False):
        raise refuse(place, "must name the properties of its objects, and no others.")
