"""What is asked of the model besides the text: output limit, thinking, effort, temperature."""

from collections.abc import Mapping

from routing.types import Caution, Json, Parameters, RouteRequest, TaskTypePolicy
from usage.catalog import ModelCard

DEFAULT_MAX_OUTPUT_TOKENS = 1_024
LEAST_THINKING_TOKENS = 1_024  # the provider's minimum for budget_tokens
MUST_CALL = frozenset({"any", "tool"})
THOUGHTS = frozenset({"thinking", "redacted_thinking"})


def parameters_for(
    request: RouteRequest, task: TaskTypePolicy | None, model: ModelCard
) -> Parameters:
    """Return the request's or task type's parameters as far as a model supports them.

    What a caller asked for and the model does not have is dropped with a warning; a task type's
    wish is dropped silently, since an admin set it for the type's own tier.
    """
    limit, limit_warning = _output_limit(request, task, model)
    thinking, thinking_warning = _thinking(request, task, model, limit)
    effort, effort_warning = _effort(request, task, model)
    temperature, temperature_warning = _temperature(request, model, thinking)
    found = (limit_warning, thinking_warning, effort_warning, temperature_warning)
    return Parameters(limit, thinking, effort, temperature, tuple(w for w in found if w))


def _output_limit(
    request: RouteRequest, task: TaskTypePolicy | None, model: ModelCard
) -> tuple[int, Caution | None]:
    usual = task.max_output_tokens if task else DEFAULT_MAX_OUTPUT_TOKENS
    wanted = request.max_tokens if request.max_tokens is not None else usual
    ceiling = (task.output_ceiling_tokens if task else None) or model.max_output_tokens
    most = min(ceiling, model.max_output_tokens)
    if request.max_tokens is None or wanted <= most:
        return max(1, min(wanted, most)), None
    whose = "task type allows" if ceiling < model.max_output_tokens else "chosen model writes"
    return most, Caution("max-tokens-lowered", f"The {whose} at most {most} tokens.")


def _thinking(
    request: RouteRequest, task: TaskTypePolicy | None, model: ModelCard, limit: int
) -> tuple[Mapping[str, Json] | None, Caution | None]:
    asked = (request.thinking or {}).get("type")
    if asked == "disabled":
        return None, None
    kind = asked or (task.thinking if task else "off")
    if kind == "off":
        return None, None
    why_not = _why_no_thinking(request, model)
    if why_not:
        return None, Caution("thinking-dropped", why_not) if asked else None
    if model.adaptive_thinking:
        text = "The chosen model adapts its thinking; the fixed thinking budget was dropped."
        is_changed = asked is not None and asked != "adaptive"
        warning = Caution("thinking-adaptive", text) if is_changed else None
        return {"type": "adaptive"}, warning
    ceiling, whose = _thinking_ceiling(task, model)
    budget = min(_thinking_budget(request, task, limit), ceiling, limit - 1)
    if model.extended_thinking and budget >= LEAST_THINKING_TOKENS:
        warning = _lowered(request, budget, ceiling, whose)
        return {"type": "enabled", "budget_tokens": budget}, warning
    text = "The chosen model cannot think within this request's limits; thinking is off."
    return None, Caution("thinking-dropped", text) if asked else None


def _why_no_thinking(request: RouteRequest, model: ModelCard) -> str:
    """Return what keeps a model from thinking before this answer; nothing where it may.

    A provider refuses thinking where the answer's beginning is given: by a tool that must be
    called, and for a fixed budget also by an answer that was begun without thoughts, which is what
    callers send back who were not shown them.
    """
    if model.thinking_ceiling_tokens == 0:
        return "The tier of the chosen model does not think; thinking is off."
    if request.tools and (request.tool_choice or {}).get("type") in MUST_CALL:
        return "A tool that must be called leaves no room for thinking; thinking is off."
    if not model.adaptive_thinking and _is_begun_without_thoughts(request):
        return "The answer was begun without thoughts; thinking is off."
    return ""


def _is_begun_without_thoughts(request: RouteRequest) -> bool:
    """Say whether the request goes on with an assistant's message, as its end or with the results
    of its tools, and that does not begin with thoughts."""
    place = next((i for i in range(-1, -3, -1) if _role(request, i) == "assistant"), 0)
    if place == 0 or (place == -2 and not _has(request.messages[-1], "tool_result")):
        return False
    content = request.messages[place]["content"]
    return isinstance(content, str) or content[0].get("type") not in THOUGHTS


def _role(request: RouteRequest, place: int) -> str | None:
    return request.messages[place].get("role") if -place <= len(request.messages) else None


def _has(message: Mapping[str, Json], kind: str) -> bool:
    content = message["content"]
    return not isinstance(content, str) and any(block.get("type") == kind for block in content)


def _thinking_budget(request: RouteRequest, task: TaskTypePolicy | None, limit: int) -> int:
    asked = (request.thinking or {}).get("budget_tokens")
    usual = (task.thinking_budget_tokens if task else None) or limit // 2
    return asked if isinstance(asked, int) else usual


def _thinking_ceiling(task: TaskTypePolicy | None, model: ModelCard) -> tuple[int, str]:
    """Return the most tokens that a request may think, and who says so: task type or tier."""
    of_task = (task.thinking_ceiling_tokens if task else None) or model.max_output_tokens
    of_tier = model.thinking_ceiling_tokens or model.max_output_tokens
    return (of_tier, "tier") if of_tier < of_task else (of_task, "task type")


def _lowered(request: RouteRequest, budget: int, ceiling: int, whose: str) -> Caution | None:
    """Return what a caller is told whose thinking budget an admin's ceiling lowered."""
    asked = (request.thinking or {}).get("budget_tokens")
    if not isinstance(asked, int) or not budget < asked or budget != ceiling:
        return None
    return Caution("thinking-lowered", f"The {whose} allows {ceiling} tokens of thinking.")


def _effort(
    request: RouteRequest, task: TaskTypePolicy | None, model: ModelCard
) -> tuple[str | None, Caution | None]:
    """Models that adapt their thinking take an effort; older ones refuse the field."""
    if model.adaptive_thinking:
        return request.effort or (task.effort if task else None), None
    text = "The chosen model has no effort setting; it was dropped."
    return None, Caution("effort-dropped", text) if request.effort else None


def _temperature(
    request: RouteRequest, model: ModelCard, thinking: Mapping[str, Json] | None
) -> tuple[float | None, Caution | None]:
    if request.temperature is None:
        return None, None
    if model.temperature and thinking is None:
        return request.temperature, None
    text = "The chosen model takes no temperature here; it was dropped."
    return None, Caution("temperature-dropped", text)
