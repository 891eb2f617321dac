"""The body of `/v1/messages`: Anthropic's fields, each checked, into the router's own request.

What would name a host, a key or a process is refused like anything unknown. What the SDKs know and
no call of ours can honor is left out with a warning, so that their clients work unchanged.
"""

from collections.abc import Mapping
from typing import Any, Final

from routing import betas
from routing.api.body import EFFORTS, stop_sequences
from routing.api.checks import (
    LONGEST_NAME,
    Check,
    flag,
    label,
    mapping,
    number,
    one_of,
    refuse,
    text,
    whole,
)
from routing.api.content import (
    MOST_OUTPUT_TOKENS,
    cache_control,
    check_cache_marks,
    messages,
    output_format,
    system,
    thinking,
    tool_choice,
    tools,
)
from routing.api.v1 import model_names, router_headers, system_turns
from routing.api.v1.edge import Admission
from routing.types import Caution, RouteRequest

LONGEST_USER_ID: Final = 512  # agents put account and session into it
# Known to the SDKs. None of them changes what an answer may say; some change its price.
LEFT_OUT: Final = frozenset(
    {"service_tier", "inference_geo", "speed", "diagnostics", "top_p", "top_k"}
    | {"context_management", "compaction", "fallbacks"}
)
COUNTED: Final = frozenset({"messages", "model", "system", "thinking", "tools", "tool_choice"}) | {
    "cache_control",
    "output_config",
}


def _metadata(field: str, value: Any) -> Mapping[str, Any]:
    for name, inner in mapping(field, value).items():
        if name != "user_id":
            raise refuse(f"{field}.{name[:LONGEST_NAME]}", "is not known here.")
        if inner is not None and len(text(f"{field}.user_id", inner)) > LONGEST_USER_ID:
            raise refuse(f"{field}.user_id", f"must have at most {LONGEST_USER_ID} characters.")
    return {name: inner for name, inner in value.items() if inner is not None}


def _effort(field: str, value: Any) -> str:
    """Models that answer here know four efforts; the one between two of them is the higher."""
    return one_of(*EFFORTS)(field, "max" if value == "xhigh" else value)


def _output_config(field: str, value: Any) -> dict[str, Any]:
    checks: dict[str, Check] = {"effort": _effort, "format": output_format}
    found = {}
    for name, inner in mapping(field, value).items():
        if name not in checks:
            raise refuse(f"{field}.{name[:LONGEST_NAME]}", "is not known here.")
        if inner is not None:
            found[name] = checks[name](f"{field}.{name}", inner)
    return found


def _thinking(field: str, value: Any) -> Mapping[str, Any]:
    """The display of thoughts is the provider's default for the model that answers."""
    shown = {name: inner for name, inner in mapping(field, value).items() if name != "display"}
    return thinking(field, shown)


def _messages(field: str, value: Any) -> tuple[Mapping[str, Any], ...]:
    return messages(field, system_turns.as_texts(field, value))


CHECKS: Final[Mapping[str, Check]] = {
    "model": label,
    "max_tokens": whole(1, MOST_OUTPUT_TOKENS),
    "messages": _messages,
    "system": system,
    "metadata": _metadata,
    "stop_sequences": stop_sequences,
    "stream": flag,
    "temperature": number(0.0, 1.0),
    "thinking": _thinking,
    "tools": tools,
    "tool_choice": tool_choice,
    "output_config": _output_config,
    "cache_control": cache_control,
}


def read(admission: Admission, document: Mapping[str, Any]) -> RouteRequest:
    """Return the request to create a message. Raises InvalidRequest naming what is wrong first."""
    return _read(admission, document, needed=("model", "max_tokens", "messages"))


def read_to_count(admission: Admission, document: Mapping[str, Any]) -> RouteRequest:
    """Return the request whose input tokens are to be counted. Raises InvalidRequest."""
    for name in document:
        if name not in COUNTED and name not in LEFT_OUT:
            raise refuse(name, "is not known here.")
    return _read(admission, document, needed=("model", "messages"))


def _read(
    admission: Admission, document: Mapping[str, Any], *, needed: tuple[str, ...]
) -> RouteRequest:
    for name in needed:
        if document.get(name) is None:
            raise refuse(name, "must be given.")
    fields = {
        name: _checked(name, value)
        for name, value in document.items()
        if name not in LEFT_OUT and (value is not None or name not in CHECKS)
    }
    check_cache_marks(document, *(fields.get(name) for name in ("tools", "system", "messages")))
    config = fields.pop("output_config", {})
    switched_on = betas.passing(admission.headers.get(betas.HEADER, ""))
    return RouteRequest(
        id=admission.request_id,
        tenant=admission.grant.tenant,
        client=admission.grant.client,
        received_at=admission.received_at,
        allowed_models=admission.grant.allowed_model_ids,
        effort=config.get("effort"),
        output_format=config.get("format"),
        cautions=tuple(_cautions(admission, document, switched_on)),
        betas=switched_on,
        **model_names.meaning(admission.grant, fields.pop("model")),
        **fields,
        **router_headers.read(admission.headers),
        **admission.transport(document, switched_on),
    )


def _checked(name: str, value: Any) -> Any:
    check = CHECKS.get(name)
    if check is None:
        raise refuse(name[:LONGEST_NAME], "is not known here.")
    return check(name, value)


def _cautions(
    admission: Admission, document: Mapping[str, Any], switched_on: betas.Betas
) -> list[Caution]:
    found = [
        Caution(f"{name.replace('_', '-')}-dropped", f"The router does not pass {name} on.")
        for name in document
        if name in LEFT_OUT and document[name] is not None
    ]
    if (document.get("thinking") or {}).get("display"):
        shown = "How thoughts are shown is left to the model that answers."
        found.append(Caution("thinking-display-dropped", shown))
    if system_turns.has_any(document["messages"]):
        found.append(system_turns.MOVED)
    asked = betas.asked_for(admission.headers.get(betas.HEADER, ""))
    if asked - betas.all_of(switched_on):
        found.append(betas.DROPPED)
    return found
