"""Smallest instances of JSON schemas, with values that read well where a name gives a hint."""

from collections.abc import Callable
from typing import Any

PREFERRED = "moderate"  # what a classifier answers unless scripted
DEPTH_MAX = 32


class Instance:
    """Builds one value for a schema; strings come from `say`, which gets the property's name."""

    def __init__(self, root: dict[str, Any], say: Callable[[str], str]) -> None:
        self._root = root
        self._say = say

    def build(self, schema: Any, name: str = "", depth: int = 0) -> Any:
        """Return a value that validates: required properties only, shortest lists."""
        schema = self._resolve(schema)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return PREFERRED if PREFERRED in schema["enum"] else schema["enum"][0]
        for choice in ("anyOf", "oneOf"):
            if schema.get(choice):
                return self.build(schema[choice][0], name, depth + 1)
        if schema.get("allOf"):
            return self.build(_merged([self._resolve(part) for part in schema["allOf"]]), name)
        if depth > DEPTH_MAX:
            return None
        return self._typed(schema, name, depth)

    def _typed(self, schema: dict[str, Any], name: str, depth: int) -> Any:
        kind = schema.get("type") or ("object" if "properties" in schema else "string")
        if isinstance(kind, list):
            kind = kind[0]
        if kind == "object":
            return self._object(schema, depth)
        if kind == "array":
            count = schema.get("minItems", 0)
            return [self.build(schema.get("items", {}), name, depth + 1) for _ in range(count)]
        if kind == "string":
            return _fitted(self._string(schema, name), schema)
        if kind in ("integer", "number"):
            return _number(schema, name, whole=kind == "integer")
        return False if kind == "boolean" else None

    def _object(self, schema: dict[str, Any], depth: int) -> dict[str, Any]:
        properties = schema.get("properties", {})
        names = schema.get("required", [])
        return {name: self.build(properties.get(name, {}), name, depth + 1) for name in names}

    def _string(self, schema: dict[str, Any], name: str) -> str:
        return FORMATS.get(schema.get("format", "")) or self._say(name)

    def _resolve(self, schema: Any) -> dict[str, Any]:
        """Follow local references (`#/$defs/...`)."""
        found: dict[str, Any] = schema if isinstance(schema, dict) else {}
        for _ in range(DEPTH_MAX):
            reference = found.get("$ref")
            if not isinstance(reference, str) or not reference.startswith("#"):
                break
            found = self._root
            for part in filter(None, reference[1:].split("/")):
                found = found.get(part.replace("~1", "/").replace("~0", "~"), {})
        return found


FORMATS = {
    "date": "2026-01-15",
    "date-time": "2026-01-15T09:30:00Z",
    "time": "09:30:00Z",
    "duration": "P1D",
    "email": "clinic@example.com",
    "hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://example.com/",
    "uuid": "00000000-0000-4000-8000-000000000000",
}


def _merged(parts: list[dict[str, Any]]) -> dict[str, Any]:
    whole: dict[str, Any] = {}
    for part in parts:
        whole |= part | {
            "properties": whole.get("properties", {}) | part.get("properties", {}),
            "required": [*whole.get("required", []), *part.get("required", [])],
        }
    return whole


def _fitted(text: str, schema: dict[str, Any]) -> str:
    text = text[: schema.get("maxLength", len(text))]
    return text.ljust(schema.get("minLength", 0), ".")


def _number(schema: dict[str, Any], name: str, *, whole: bool) -> float:
    """Return a number within the bounds; probabilities and scores are 0.8 where that fits."""
    hint = 0.8 if any(word in name for word in ("confidence", "probab", "score")) else 0
    low, high = schema.get("minimum"), schema.get("maximum")
    if (above := schema.get("exclusiveMinimum")) is not None:
        low = above + (1 if whole else 0.1)
    if (below := schema.get("exclusiveMaximum")) is not None:
        high = below - (1 if whole else 0.1)
    value = max(hint, low) if low is not None else hint
    value = min(value, high) if high is not None else value
    step = schema.get("multipleOf")
    if step:
        value = -(-value // step) * step
    return int(value) if whole else value
