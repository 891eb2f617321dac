"""The demonstration requests, and what in them must never leave the house."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("requests.json")
NO_IDENTIFIERS = frozenset({"sex", "relationship", "state"})


@dataclass(frozen=True, slots=True)
class DemoRequest:
    """One request of the demonstration; the patients in it are invented."""

    id: str
    body: Mapping[str, Any]
    identifiers: tuple[str, ...]  # all that identifies somebody in it

    @property
    def declared(self) -> str | None:
        task_type: str | None = self.body.get("task_type")
        return task_type


def read(session_id: str) -> list[DemoRequest]:
    """Return the requests, as one session of the record."""
    document = json.loads(FILE.read_text("utf-8"))
    return [_request(row, document["patients"], session_id) for row in document["requests"]]


def _request(row: Mapping[str, Any], patients: Mapping[str, Any], session_id: str) -> DemoRequest:
    # Each run shows what its calls cost, not what an earlier one left.
    body = {**row["body"], "session_id": session_id, "cache": False}
    identifiers = list(row.get("private", ()))
    if "patient" in row:
        body["patient"] = patients[row["patient"]]
        identifiers += _values(body["patient"])
    return DemoRequest(row["id"], body, tuple(identifiers))


def _values(value: Any) -> Iterator[str]:
    """Return the texts in a patient object, apart from what identifies nobody."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from _values(each)
    else:
        for name, each in value.items():
            if name not in NO_IDENTIFIERS:
                yield from _values(each)
