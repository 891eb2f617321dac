"""The body of `/api/v1/route` and `/explain`: plain typed checks, one error that names its field.

The DRF serializers in `serializers.py` describe the same contract for the OpenAPI page; a contract
test holds both together.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from routing.api.checks import (
    LABEL_CHARACTERS,
    LONGEST_NAME,
    Check,
    flag,
    items,
    label,
    mapping,
    number,
    one_of,
    refuse,
    text,
    whole,
)
from routing.api.content import (
    BLOCK_TYPES,
    MOST_OUTPUT_TOKENS,
    check_cache_marks,
    messages,
    output_format,
    system,
    thinking,
    tool_choice,
    tools,
)
from routing.api.patients import PATIENT_FIELDS, patient, patients
from routing.errors import InvalidRequest
from routing.types import RouteRequest
from usage.configuration import KeyGrant

URGENCIES: Final = ("real_time", "interactive", "background")
ACCURACIES: Final = ("standard", "high", "critical")
EFFORTS: Final = ("low", "medium", "high", "max")
LONGEST_DEADLINE_MS: Final = 3_600_000


def anything(field: str, value: Any) -> Any:
    return value


def stop_sequences(field: str, value: Any) -> tuple[str, ...]:
    return tuple(text(f"{field}[{i}]", each) for i, each in enumerate(items(field, value, 16)))


CHECKS: Final[Mapping[str, Check]] = {
    "task_type": label,
    "prompt": text,
    "messages": messages,
    "system": system,
    "urgency": one_of(*URGENCIES),
    "accuracy": one_of(*ACCURACIES),
    "patient_facing": flag,
    "patient": patient,
    "patients": patients,
    "context": anything,
    "session_id": label,
    "case_id": label,
    "user": label,
    "metadata": mapping,
    "model": label,
    "max_tokens": whole(1, MOST_OUTPUT_TOKENS),
    "effort": one_of(*EFFORTS),
    "thinking": thinking,
    "temperature": number(0.0, 1.0),
    "stop_sequences": stop_sequences,
    "tools": tools,
    "tool_choice": tool_choice,
    "output_format": output_format,
    "stream": flag,
    "cache": flag,
    "deadline_ms": whole(1, LONGEST_DEADLINE_MS),
    "llm_classifier": flag,
}
NULL_MEANS_ABSENT: Final = frozenset(CHECKS) - {"context"}


def read(
    document: Any, *, request_id: str, grant: KeyGrant, received_at: datetime, **transport: Any
) -> RouteRequest:
    """Return the checked request. Raises InvalidRequest naming the first field that is wrong."""
    if not isinstance(document, dict):
        raise InvalidRequest("The body must be a JSON object.")
    fields = {
        name: _check(name, value)
        for name, value in document.items()
        if value is not None or name not in CHECKS
    }
    fields["messages"] = _asked(fields)
    check_cache_marks(*(fields.get(name) for name in ("tools", "system", "messages")))
    fields["patients"] = people(fields)
    return RouteRequest(
        id=request_id,
        tenant=grant.tenant,
        client=grant.client,
        received_at=received_at,
        may_override="route:override" in grant.scopes,
        allowed_models=grant.allowed_model_ids,
        model_use="pin",
        **fields,
        **transport,
    )


def _check(name: str, value: Any) -> Any:
    check = CHECKS.get(name)
    if check is None:
        raise InvalidRequest("A field is not known here.", field=name[:LONGEST_NAME])
    return check(name, value)


def _asked(fields: dict[str, Any]) -> tuple[Mapping[str, Any], ...]:
    prompt = fields.pop("prompt", None)
    found: tuple[Mapping[str, Any], ...] | None = fields.get("messages")
    if (prompt is None) == (found is None):
        raise refuse("prompt", "or messages must be given, and not both.")
    if found is not None:
        return found
    if not prompt.strip():
        raise refuse("prompt", "must not be empty.")
    return ({"role": "user", "content": prompt},)


def people(fields: dict[str, Any]) -> tuple[Mapping[str, Any], ...]:
    """Take the patients out of checked fields."""
    one = fields.pop("patient", None)
    several: tuple[Mapping[str, Any], ...] = fields.pop("patients", ())
    if one is not None and several:
        raise refuse("patient", "or patients may be given, not both.")
    return (one,) if one is not None else several


__all__ = [
    "ACCURACIES",
    "BLOCK_TYPES",
    "CHECKS",
    "EFFORTS",
    "LABEL_CHARACTERS",
    "NULL_MEANS_ABSENT",
    "PATIENT_FIELDS",
    "URGENCIES",
    "InvalidRequest",
    "label",
    "patient",
    "patients",
    "people",
    "read",
    "refuse",
    "text",
]
