"""Refuses request bodies the provider would refuse, in its words."""

from collections.abc import Callable
from typing import Any

from routing.sandbox.catalog import Model
from routing.sandbox.problems import Problem, invalid, not_found
from routing.sandbox.tokens import as_blocks
from routing.sandbox.turns import check_turns

API_VERSIONS = ("2023-06-01", "2026-10-21")
SAMPLING = ("temperature", "top_p", "top_k")
COUNTED = frozenset(
    {
        "model",
        "messages",
        "system",
        "tools",
        "tool_choice",
        "thinking",
        "output_config",
        "cache_control",
        "speed",
        "context_management",
        "mcp_servers",
    }
)
CREATED = COUNTED | frozenset(
    {
        "max_tokens",
        "stream",
        "stop_sequences",
        "metadata",
        "service_tier",
        "container",
        "diagnostics",
        "inference_geo",
        "user_profile_id",
        "temperature",
        "top_p",
        "top_k",
    }
)
SCALARS: dict[str, tuple[type | tuple[type, ...], str]] = {
    "model": (str, "Input should be a valid string"),
    "stream": (bool, "Input should be a valid boolean"),
    "system": ((str, list), "Input should be a valid string or list"),
    "tools": (list, "Input should be a valid list"),
    "stop_sequences": (list, "Input should be a valid list"),
    "metadata": (dict, "Input should be a valid dictionary"),
    "thinking": (dict, "Input should be a valid dictionary"),
    "tool_choice": (dict, "Input should be a valid dictionary"),
    "output_config": (dict, "Input should be a valid dictionary"),
}


def check(body: Any, *, models: dict[str, Model], version: str, counting: bool = False) -> Model:
    """Return the model of a body that is good; raises Problem saying what is wrong."""
    if not isinstance(body, dict):
        raise invalid("Input should be a valid dictionary")
    _check_fields(body, COUNTED if counting else CREATED, version)
    model = models.get(body["model"])
    if model is None:
        raise not_found(f"model: {body['model']}")
    if not counting:
        _check_max_tokens(body, model)
        _check_sampling(body, model)
    check_turns(body["messages"], model)
    for name, look in CHECKS:
        if body.get(name) is not None:
            look(body, model)
    return model


def _check_fields(body: dict[str, Any], known: frozenset[str], version: str) -> None:
    for name, value in body.items():
        if name not in known or (name in SAMPLING and version != API_VERSIONS[0]):
            raise invalid(f"{name}: Extra inputs are not permitted")
        rule = SCALARS.get(name)
        if rule and value is not None and not isinstance(value, rule[0]):
            raise invalid(f"{name}: {rule[1]}")
    for name in ("model", "messages"):
        if body.get(name) is None:
            raise invalid(f"{name}: Field required")


def _check_max_tokens(body: dict[str, Any], model: Model) -> None:
    limit = body.get("max_tokens")
    if limit is None:
        raise invalid("max_tokens: Field required")
    if not isinstance(limit, int) or isinstance(limit, bool):
        raise invalid("max_tokens: Input should be a valid integer")
    if limit < 1:
        raise invalid("max_tokens: Input should be greater than or equal to 1")
    if limit > model.max_tokens:
        raise invalid(
            f"max_tokens: {limit} > {model.max_tokens}, which is the maximum allowed number of "
            f"output tokens for {model.id}"
        )


def _check_sampling(body: dict[str, Any], model: Model) -> None:
    given = [name for name in SAMPLING if body.get(name) is not None]
    if given and not model.accepts_sampling:
        raise invalid(f"{given[0]}: this model does not support sampling parameters")
    if "temperature" in given and "top_p" in given:
        raise invalid("`temperature` and `top_p` cannot both be specified for this model.")
    for name in given:
        top = 1 if name != "top_k" else float("inf")
        value = body[name]
        if not isinstance(value, int | float) or not 0 <= value <= top:
            raise invalid(f"{name}: Input should be between 0 and {top}")


def _check_system(body: dict[str, Any], _model: Model) -> None:
    for place, block in enumerate(as_blocks(body["system"])):
        if isinstance(block, str) and isinstance(body["system"], str):
            continue
        if not isinstance(block, dict) or block.get("type") != "text":
            raise invalid(f"system.{place}.type: Input should be 'text'")
        if not isinstance(block.get("text"), str) or not block["text"]:
            raise invalid("system: text content blocks must be non-empty")


def _check_stop(body: dict[str, Any], _model: Model) -> None:
    for place, text in enumerate(body["stop_sequences"]):
        if not isinstance(text, str):
            raise invalid(f"stop_sequences.{place}: Input should be a valid string")
        if not text.strip():
            raise invalid("stop_sequences: each stop sequence must contain non-whitespace")


def _check_tools(body: dict[str, Any], _model: Model) -> None:
    names: set[str] = set()
    for place, tool in enumerate(body["tools"]):
        if not isinstance(tool, dict):
            raise invalid(f"tools.{place}: Input should be a valid dictionary")
        if not isinstance(tool.get("name"), str) or not tool["name"]:
            raise invalid(f"tools.{place}.custom.name: Field required")
        if tool.get("type", "custom") == "custom":
            schema = tool.get("input_schema")
            if not isinstance(schema, dict) or schema.get("type") != "object":
                raise invalid(f"tools.{place}.custom.input_schema.type: Field required")
        if tool["name"] in names:
            raise invalid("tools: Tool names must be unique.")
        names.add(tool["name"])


def _check_choice(body: dict[str, Any], _model: Model) -> None:
    choice, tools = body["tool_choice"], body.get("tools") or []
    kind = choice.get("type")
    if kind not in ("auto", "any", "tool", "none"):
        raise invalid(f"tool_choice: Input tag {kind!r} found does not match any expected tag")
    if kind in ("any", "tool") and not tools:
        raise invalid("tool_choice: tool_choice may only be specified while providing tools.")
    if kind == "tool" and choice.get("name") not in [tool["name"] for tool in tools]:
        raise invalid(f"Tool '{choice.get('name')}' not found in provided tools")
    thinks = (body.get("thinking") or {}).get("type") in ("enabled", "adaptive")
    if kind in ("any", "tool") and thinks:
        raise invalid("Thinking may not be enabled when tool_choice forces tool use.")


def _check_thinking(body: dict[str, Any], model: Model) -> None:
    kind = body["thinking"].get("type")
    if kind not in ("enabled", "adaptive", "disabled", "between_tools"):
        raise invalid(f"thinking: Input tag {kind!r} found does not match any expected tag")
    if kind not in model.thinking:
        raise invalid(f"thinking.type.{kind}: {kind} thinking is not supported on this model")
    if kind != "enabled":
        return
    budget = body["thinking"].get("budget_tokens")
    if not isinstance(budget, int) or budget < 1024:
        raise invalid(
            "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024"
        )
    _check_thoughts(body["messages"])
    if "max_tokens" in body and budget >= body["max_tokens"]:
        raise invalid("`max_tokens` must be greater than `thinking.budget_tokens`.")


def _check_thoughts(messages: list[dict[str, Any]]) -> None:
    """An answer that goes on, as such or with the results of its tools, begins with thoughts."""
    goes_on = messages[-1]["role"] == "assistant" or any(
        isinstance(block, dict) and block.get("type") == "tool_result"
        for block in as_blocks(messages[-1]["content"])
    )
    place = next((i for i, m in reversed([*enumerate(messages)]) if m["role"] == "assistant"), None)
    if place is None or not goes_on:
        return
    first = as_blocks(messages[place]["content"])[0]
    kind = first.get("type") if isinstance(first, dict) else "text"
    if kind not in ("thinking", "redacted_thinking"):
        raise invalid(
            f"messages.{place}.content.0.type: Expected `thinking` or `redacted_thinking`, but "
            f"found `{kind}`. When `thinking` is enabled, a final `assistant` message must start "
            "with a thinking block"
        )


def _check_output(body: dict[str, Any], model: Model) -> None:
    config = body["output_config"]
    for name in config.keys() - {"effort", "format", "task_budget"}:
        raise invalid(f"output_config.{name}: Extra inputs are not permitted")
    effort = config.get("effort")
    if effort is not None and not model.effort:
        raise invalid("This model does not support the effort parameter.")
    if effort is not None and effort not in model.effort:
        raise invalid(f"output_config.effort: this model supports {', '.join(model.effort)}")
    output_format = config.get("format")
    if output_format is None:
        return
    if not isinstance(output_format, dict) or output_format.get("type") != "json_schema":
        raise invalid("output_config.format.type: Input should be 'json_schema'")
    if not isinstance(output_format.get("schema"), dict):
        raise invalid("output_config.format.schema: Field required")
    _check_closed(output_format["schema"])


def _check_closed(schema: Any) -> None:
    """Structured output wants every object closed."""
    if isinstance(schema, list):
        for part in schema:
            _check_closed(part)
    if not isinstance(schema, dict):
        return
    if schema.get("type") == "object" and schema.get("additionalProperties") is not False:
        raise invalid(
            "output_config.format.schema: For 'object' type, 'additionalProperties' must be "
            "explicitly set to false"
        )
    for name, part in schema.items():
        if name in ("properties", "$defs", "definitions"):
            _check_closed(list(part.values()) if isinstance(part, dict) else part)
        elif name in ("items", "anyOf", "oneOf", "allOf"):
            _check_closed(part)


CHECKS: tuple[tuple[str, Callable[[dict[str, Any], Model], None]], ...] = (
    ("system", _check_system),
    ("stop_sequences", _check_stop),
    ("tools", _check_tools),
    ("tool_choice", _check_choice),
    ("thinking", _check_thinking),
    ("output_config", _check_output),
)


def check_version(version: str | None) -> str:
    """Return the API version of a call; raises Problem when it is missing or unknown."""
    if version is None:
        raise invalid("anthropic-version: header is required")
    if version not in API_VERSIONS:
        raise Problem(400, f'anthropic-version: "{version}" is not a valid version')
    return version
