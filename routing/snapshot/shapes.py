"""Whether what a publication says is of the types that the path of a request relies on.

Publications are kept as JSON, so what came past the forms may be anything.
"""

from collections.abc import Callable, Mapping
from functools import cache
from math import isfinite
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

Check = Callable[[Any], bool]


def misshapen(made: Any) -> list[str]:
    """Return the names of a dataclass's fields whose values are not of their types."""
    return [name for name, fits in _checks(made.__class__) if not fits(getattr(made, name))]


@cache
def _checks(kind: type) -> list[tuple[str, Check]]:
    """Return each field's check; what a type says is looked up once, not for each value."""
    return [(name, _check(wanted)) for name, wanted in get_type_hints(kind).items()]


def _check(wanted: Any) -> Check:
    origin, parts = get_origin(wanted), get_args(wanted)
    if origin in (Union, UnionType):
        checks = [_check(each) for each in parts]
        return lambda value: any(fits(value) for fits in checks)
    if origin is Literal:
        return lambda value: value in parts
    if origin is tuple:
        fits_each = _check(parts[0])
        return lambda value: isinstance(value, tuple) and all(map(fits_each, value))
    if origin is Mapping:
        return lambda value: isinstance(value, Mapping)
    if wanted in (int, float):
        number = (int, wanted)
        return lambda value: (
            isinstance(value, number) and not isinstance(value, bool) and isfinite(value)
        )
    return lambda value: isinstance(value, wanted)
