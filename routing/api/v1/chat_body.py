"""The body of `/v1/chat/completions`: OpenAI's fields, each checked, into the router's own request.

What no call of ours can honor is refused by name where the answer would lack something that was
asked for, and left out with a warning where it would merely be another one.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from routing.api.body import stop_sequences
from routing.api.checks import (
    LONGEST_NAME,
    Check,
    flag,
    items,
    label,
    mapping,
    members,
    number,
    one_of,
    refuse,
    text,
    whole,
    word,
)
from routing.api.content import MOST_OUTPUT_TOKENS, MOST_TOOLS
from routing.api.v1 import chat_messages, closed_schema, model_names, router_headers
from routing.api.v1.chat_messages import Turns
from routing.api.v1.edge import Admission
from routing.types import Caution, RouteRequest

# Known to the SDK; without them the answer has the form that was asked for.
LEFT_OUT: Final = frozenset(
    {"frequency_penalty", "presence_penalty", "logit_bias", "seed", "top_p", "verbosity"}
    | {"service_tier", "store", "prediction", "safety_identifier"}
    | {"prompt_cache_key", "prompt_cache_options", "prompt_cache_retention"}
)
# Known to the SDK; with them an answer would have parts that none of ours has.
REFUSED: Final = frozenset(
    {"audio", "function_call", "functions", "moderation", "top_logprobs", "web_search_options"}
)
EFFORTS: Final[Mapping[str, str | None]] = {
    "none": None,
    "minimal": "low",
    "low": "low",
    "medium": "medium",
    "high": "high",
    "xhigh": "max",
    "max": "max",
}
HOTTEST: Final = 1.0  # this schema's scale goes to 2, that of the models to 1
JSON_RULE: Final = "Answer with one JSON object and nothing around it: no code fence, no remark."
_CHOICES: Final = {"none": "none", "auto": "auto", "required": "any"}


def read(admission: Admission, document: Mapping[str, Any]) -> RouteRequest:
    """Return the request for a completion. Raises InvalidRequest naming what is wrong first."""
    for name in ("model", "messages"):
        if document.get(name) is None:
            raise refuse(name, "must be given.")
    given = {name: _checked(name, value) for name, value in document.items() if value is not None}
    if "stream_options" in given and not given.get("stream"):
        raise refuse("stream_options", "is for streams.")
    turns: Turns = given["messages"]
    return RouteRequest(
        id=admission.request_id,
        tenant=admission.grant.tenant,
        client=admission.grant.client,
        received_at=admission.received_at,
        allowed_models=admission.grant.allowed_model_ids,
        messages=tuple(turns.messages),
        system=[*turns.system, *_json_rule(given)] or None,
        max_tokens=given.get("max_completion_tokens") or given.get("max_tokens"),
        temperature=_temperature(given),
        stop_sequences=given.get("stop", ()),
        thinking={"type": "disabled"} if given.get("reasoning_effort") == "none" else None,
        effort=EFFORTS[given.get("reasoning_effort", "none")],
        tools=given.get("tools", ()),
        tool_choice=_tool_choice(given),
        output_format=_output_format(given),
        stream=given.get("stream", False),
        user=given.get("user"),
        metadata=given.get("metadata", {}),
        cautions=tuple(_cautions(given, turns)),
        **model_names.meaning(admission.grant, given["model"]),
        **router_headers.read(admission.headers),
        # A repeat may ask for the stream of what it got whole, or the other way round.
        **admission.transport({k: v for k, v in document.items() if k != "stream_options"}),
    )


def wants_usage(document: Mapping[str, Any]) -> bool:
    """Return whether the last chunk of a stream is to say how many tokens were used."""
    return bool((document.get("stream_options") or {}).get("include_usage"))


def _checked(name: str, value: Any) -> Any:
    check = CHECKS.get(name)
    if check is None and name in LEFT_OUT:
        return value
    if check is None:
        is_known = name in REFUSED
        raise refuse(name[:LONGEST_NAME], f"is not {'taken' if is_known else 'known'} here.")
    return check(name, value)


def _only(allowed: Any) -> Check:
    """The one value that asks for nothing special."""

    def check(field: str, value: Any) -> Any:
        if value != allowed or type(value) is not type(allowed):
            raise refuse(field, "is not taken here with another value than the usual one.")
        return value

    return check


def _stop(field: str, value: Any) -> tuple[str, ...]:
    found = (text(field, value),) if isinstance(value, str) else stop_sequences(field, value)
    if not all(each.strip() for each in found):
        raise refuse(field, "must hold more than white space.")  # the models' API wants that
    return found


def _tools(field: str, value: Any) -> tuple[Mapping[str, Any], ...]:
    return tuple(
        _tool(f"{field}[{index}]", tool)
        for index, tool in enumerate(items(field, value, MOST_TOOLS))
    )


def _tool(place: str, value: Any) -> dict[str, Any]:
    members(place, value, {"type": one_of("function"), "function": mapping}, "type", "function")
    function = members(f"{place}.function", value["function"], _FUNCTION, "name")
    found = {
        "name": function["name"],
        "description": function.get("description"),
        "input_schema": function.get("parameters") or {"type": "object", "properties": {}},
        "strict": function.get("strict") or None,
    }
    return {name: inner for name, inner in found.items() if inner is not None}


def _choice(field: str, value: Any) -> dict[str, Any]:
    if isinstance(value, str):
        return {"type": _CHOICES[one_of(*_CHOICES)(field, value)]}
    members(field, value, {"type": one_of("function"), "function": mapping}, "type", "function")
    function = members(f"{field}.function", value["function"], {"name": word}, "name")
    return {"type": "tool", "name": function["name"]}


def _tool_choice(given: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return how tools are chosen; without tools there is nothing to choose."""
    if not given.get("tools"):
        return None
    choice: dict[str, Any] | None = given.get("tool_choice")
    if given.get("parallel_tool_calls", True) or (choice and choice["type"] == "none"):
        return choice
    return {**(choice or {"type": "auto"}), "disable_parallel_tool_use": True}


def _response_format(field: str, value: Any) -> Mapping[str, Any]:
    kind = one_of("text", "json_object", "json_schema")(f"{field}.type", _type_of(field, value))
    if kind != "json_schema":
        return members(field, value, {"type": text})
    members(field, value, {"type": text, "json_schema": mapping}, "json_schema")
    checks: dict[str, Check] = {"name": text, "description": text, "strict": flag}
    place = f"{field}.json_schema"
    found = members(place, value["json_schema"], {**checks, "schema": mapping}, "name", "schema")
    closed = closed_schema.closed(f"{place}.schema", found["schema"])
    return {"type": kind, "schema": closed}


def _type_of(field: str, value: Any) -> Any:
    return mapping(field, value).get("type")


def _output_format(given: Mapping[str, Any]) -> Mapping[str, Any] | None:
    asked: Mapping[str, Any] = given.get("response_format") or {}
    return asked if asked.get("type") == "json_schema" else None


def _json_rule(given: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what asks for JSON of any shape, for which the models' API has no field."""
    asked = (given.get("response_format") or {}).get("type")
    return [{"type": "text", "text": JSON_RULE}] if asked == "json_object" else []


def _temperature(given: Mapping[str, Any]) -> float | None:
    asked = given.get("temperature")
    return None if asked is None else min(asked, HOTTEST)


def _stream_options(field: str, value: Any) -> Mapping[str, Any]:
    return members(field, value, {"include_usage": flag, "include_obfuscation": flag})


def _cautions(given: Mapping[str, Any], turns: Turns) -> list[Caution]:
    found = [
        Caution(f"{name.replace('_', '-')}-dropped", f"The router does not pass {name} on.")
        for name in given
        if name in LEFT_OUT
    ]
    found += (caution for caution, applies in _CAUTIONS if applies(given, turns))
    return found


_CAUTIONS: Final[tuple[tuple[Caution, Callable[[Mapping[str, Any], Turns], bool]], ...]] = (
    (
        Caution("system-moved", "What system or developer said later was put before all messages."),
        lambda _, turns: turns.is_system_moved,
    ),
    (
        Caution(
            "system-as-user", "Nobody but the system said anything; it was sent as the user's."
        ),
        lambda _, turns: turns.is_system_asking,
    ),
    (
        Caution("opening-moved", "What the assistant said first is told in the system prompt."),
        lambda _, turns: turns.is_opening_moved,
    ),
    (
        Caution("name-dropped", "The names of participants are not passed on."),
        lambda _, turns: turns.has_names,
    ),
    (
        Caution("detail-dropped", "The router does not pass the detail of images on."),
        lambda _, turns: turns.has_details,
    ),
    (
        Caution("temperature-lowered", "The models' highest temperature is 1."),
        lambda given, _: given.get("temperature", 0) > HOTTEST,
    ),
    (
        Caution(
            "json-by-instruction", "The model was told to answer in JSON; that is not enforced."
        ),
        lambda given, _: bool(_json_rule(given)),
    ),
)
_FUNCTION: Final[Mapping[str, Check]] = {
    "name": word,
    "description": text,
    "parameters": mapping,
    "strict": flag,
}
CHECKS: Final[Mapping[str, Check]] = {
    "model": label,
    "messages": chat_messages.read,
    "max_tokens": whole(1, MOST_OUTPUT_TOKENS),
    "max_completion_tokens": whole(1, MOST_OUTPUT_TOKENS),
    "temperature": number(0.0, 2.0),
    "stop": _stop,
    "stream": flag,
    "stream_options": _stream_options,
    "tools": _tools,
    "tool_choice": _choice,
    "parallel_tool_calls": flag,
    "response_format": _response_format,
    "reasoning_effort": one_of(*EFFORTS),
    "user": label,
    "metadata": mapping,
    "n": _only(1),
    "logprobs": _only(False),
    "modalities": _only(["text"]),
}
