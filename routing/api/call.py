"""A request of `/v1/*` as its views see it: read, and nothing made of it that none looks at."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP request."""

    method: str
    path: str
    query_string: bytes
    headers: Mapping[str, str]  # by names in small letters
    body: bytes

    @classmethod
    def of(cls, scope: Mapping[str, Any], body: bytes) -> "Call":
        """Return the request of an ASGI scope whose body has been read."""
        return cls(
            scope["method"],
            scope["path"],
            scope.get("query_string", b""),
            _headers(scope["headers"]),
            body,
        )

    @property
    def query(self) -> QueryDict:
        return QueryDict(self.query_string)


def _headers(raw: list[tuple[bytes, bytes]]) -> dict[str, str]:
    """Return headers as Django has them: what comes under one name twice is joined (RFC 9110 5.3),
    and a name with an underscore, which could pass for another's, is left out."""
    found: dict[str, str] = {}
    for name, value in raw:
        known, told = name.decode("latin-1").lower(), value.decode("latin-1")
        if "_" not in known:
            found[known] = f"{found[known]},{told}" if known in found else told
    return found
