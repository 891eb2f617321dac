"""A chat completion's body, checked, as the question that the simulated model is asked.

The model answers bodies of the Messages API, so this says the same in those words.
"""

import json
from typing import Any

from routing.sandbox.catalog import Model
from routing.sandbox.problems import Problem, invalid

TAKEN = frozenset(
    {"model", "messages", "max_tokens", "max_completion_tokens", "temperature", "top_p", "stop"}
    | {"stream", "stream_options", "tools", "tool_choice", "parallel_tool_calls", "n", "seed"}
    | {"response_format", "reasoning_effort", "user", "metadata", "logprobs"}
)
CHOICES = {"none": "none", "auto": "auto", "required": "any"}
USUAL_OUTPUT_TOKENS = 4_096


def read(body: Any, models: dict[str, Model]) -> tuple[Model, dict[str, Any]]:
    """Return the model and the question; raises Problem saying what is wrong."""
    if not isinstance(body, dict):
        raise invalid("We could not parse the JSON body of your request.")
    for name in body:
        if name not in TAKEN:
            raise invalid(f"Unrecognized request argument supplied: {name}")
    model = models.get(str(body.get("model")))
    if model is None:
        raise Problem(404, f"The model `{body.get('model')}` does not exist.")
    _check_limits(body, model)
    messages, system = _messages(body.get("messages"))
    asked: dict[str, Any] = {
        "messages": messages,
        "max_tokens": _limit(body) or min(USUAL_OUTPUT_TOKENS, model.max_tokens),
    }
    if system:
        asked["system"] = system
    asked |= _tools(body)
    stop = body.get("stop")
    if stop:
        asked["stop_sequences"] = [stop] if isinstance(stop, str) else stop
    if model.thinking:
        asked["thinking"] = {"type": "adaptive", "display": "omitted"}
        asked["output_config"] = {"effort": body.get("reasoning_effort") or "medium"}
    schema = _schema(body.get("response_format") or {})
    if schema is not None:
        asked.setdefault("output_config", {})["format"] = {"type": "json_schema", "schema": schema}
    return model, asked


def _limit(body: dict[str, Any]) -> int | None:
    found: int | None = body.get("max_completion_tokens") or body.get("max_tokens")
    return found


def _check_limits(body: dict[str, Any], model: Model) -> None:
    if body.get("max_tokens") and not model.accepts_sampling:
        raise invalid("Unsupported parameter: 'max_tokens' is not supported with this model.")
    if body.get("temperature") is not None and not model.accepts_sampling:
        raise invalid("Unsupported value: 'temperature' does not support this value.")
    if body.get("max_tokens") and body.get("max_completion_tokens"):
        raise invalid("Setting 'max_tokens' and 'max_completion_tokens' at the same time.")
    limit = _limit(body)
    if limit is not None and (type(limit) is not int or not 1 <= limit <= model.max_tokens):
        raise invalid("max_tokens is too large.")
    if body.get("stream_options") and not body.get("stream"):
        raise invalid("The 'stream_options' parameter is only allowed when 'stream' is enabled.")


def _messages(rows: Any) -> tuple[list[dict[str, Any]], str]:
    if not isinstance(rows, list) or not rows:
        raise invalid("'messages' must be a list that is not empty.")
    system: list[str] = []
    found: list[dict[str, Any]] = []
    calls: set[str] = set()
    for row in rows:
        role = row.get("role") if isinstance(row, dict) else None
        if role in ("system", "developer"):
            system.append(_text(row.get("content")))
        elif role == "tool":
            if row.get("tool_call_id") not in calls:
                raise invalid("A message of 'tool' must answer one of 'tool_calls' before it.")
            result = {"type": "tool_result", "tool_use_id": row["tool_call_id"]}
            _say(found, "user", [result | {"content": _text(row.get("content"))}])
        elif role == "assistant":
            blocks = _calls(row)
            calls |= {block["id"] for block in blocks}
            _say(found, "assistant", [*_blocks(row.get("content")), *blocks])
        elif role == "user":
            _say(found, "user", row["content"])
        else:
            raise invalid("Invalid value for 'role'.")
    return found, "\n\n".join(system)


def _say(found: list[dict[str, Any]], role: str, content: Any) -> None:
    """Add a message; what follows results of tools is said in one breath with them."""
    last = found[-1] if found else None
    if last and role == last["role"] == "user" and isinstance(last["content"], list):
        last["content"] += _blocks(content)
        return
    found.append(
        {"role": role, "content": content if isinstance(content, str) else _blocks(content)}
    )


def _calls(row: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "type": "tool_use",
            "id": call["id"],
            "name": call["function"]["name"],
            "input": _arguments(call["function"]["arguments"]),
        }
        for call in row.get("tool_calls") or ()
    ]


def _arguments(text: Any) -> dict[str, Any]:
    try:
        return dict(json.loads(text))
    except (ValueError, TypeError):
        raise invalid("The arguments of a call are not a JSON object.") from None


def _blocks(content: Any) -> list[dict[str, Any]]:
    if content is None:
        return []
    if isinstance(content, str):
        return [{"type": "text", "text": content}] if content else []
    return [_block(part) for part in content]


def _block(part: Any) -> dict[str, Any]:
    kind = part.get("type") if isinstance(part, dict) else None
    if kind in ("tool_use", "tool_result"):
        return dict(part)  # made here
    if kind == "text":
        return {"type": "text", "text": str(part["text"])}
    if kind == "image_url":
        return {"type": "image", "source": {"type": "url", "url": part["image_url"]["url"]}}
    if kind == "file":
        return {"type": "document", "source": part["file"]}
    raise invalid("Invalid value for the type of a part.")


def _text(content: Any) -> str:
    return "\n".join(block.get("text", "") for block in _blocks(content))


def _tools(body: dict[str, Any]) -> dict[str, Any]:
    tools = [tool["function"] for tool in body.get("tools") or ()]
    choice = body.get("tool_choice")
    if not tools:
        if choice is not None:
            raise invalid("'tool_choice' is only allowed when 'tools' are specified.")
        return {}
    found: dict[str, Any] = {
        "tools": [
            {"name": tool["name"], "input_schema": tool.get("parameters") or {"type": "object"}}
            for tool in tools
        ]
    }
    if isinstance(choice, str):
        found["tool_choice"] = {"type": CHOICES[choice]}
    elif choice:
        found["tool_choice"] = {"type": "tool", "name": choice["function"]["name"]}
    return found


def _schema(asked: dict[str, Any]) -> dict[str, Any] | None:
    kind = asked.get("type", "text")
    if kind == "text":
        return None
    if kind == "json_object":
        return {"type": "object"}
    if kind != "json_schema" or not isinstance(asked.get("json_schema"), dict):
        raise invalid("Invalid value for 'response_format'.")
    schema: dict[str, Any] = asked["json_schema"].get("schema") or {"type": "object"}
    return schema
