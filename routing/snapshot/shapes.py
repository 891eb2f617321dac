"""Whether what a publication says is of the types that the path of a request relies on.

Publications are kept as JSON, so what came past the forms may be anything.
"""

from collections.abc import Mapping
from functools import cache
from math import isfinite
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints


def misshapen(made: Any) -> list[str]:
    """Return the names of a dataclass's fields whose values are not of their types."""
    wanted = _types(made.__class__)
    return [name for name, kind in wanted.items() if not _fits(getattr(made, name), kind)]


@cache
def _types(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _fits(value: Any, wanted: Any) -> bool:
    origin, parts = get_origin(wanted), get_args(wanted)
    if origin in (Union, UnionType):
        return any(_fits(value, each) for each in parts)
    if origin is Literal:
        return value in parts
    if origin is tuple:
        return isinstance(value, tuple) and all(_fits(each, parts[0]) for each in value)
    if origin is Mapping:
        return isinstance(value, Mapping)
    if wanted in (int, float):
        return isinstance(value, int | wanted) and not isinstance(value, bool) and isfinite(value)
    return isinstance(value, wanted)
