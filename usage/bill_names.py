"""How a provider's bill names what calls went to.

A call keeps the slug of its deployment and the id of its model as they were when it was made. Both
may have been edited or deleted since, so that they are looked up in the history of the catalog.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from routerproject.shared import clock
from routerproject.shared.admin.history import event_model
from usage.models import Attempt, Deployment, ModelCard, Provider

Place = tuple[str, str]  # the deployment and the model id of a call


@dataclass(frozen=True, slots=True)
class _State:
    """A deployment as it is, or once was."""

    slug: str
    model: int
    provider: int
    name: str  # the model's at the provider; empty: its id


def names_at(provider: str, start: datetime, end: datetime) -> dict[str, set[Place]]:
    """Return where a provider's calls from `start` until before `end` went, by the bill's name."""
    wanted = set(Provider.objects.filter(slug=provider).values_list("pk", flat=True))
    states, ids = _states(), _model_ids()
    names: dict[str, set[Place]] = defaultdict(set)
    for slug, model_id in _asked(start, end):
        state = _state_of(slug, [each for each in states if model_id in ids[each.model]], states)
        if state and state.provider in wanted:
            names[state.name or model_id].add((slug, model_id))
    return dict(names)


def _asked(start: datetime, end: datetime) -> list[Place]:
    bounds = {"id__gte": clock.first_id(start), "id__lt": clock.first_id(end)}
    calls = Attempt.objects.filter(**bounds).order_by()
    return list(calls.values_list("deployment", "model_id").distinct())


def _state_of(slug: str, likely: Sequence[_State], others: Sequence[_State]) -> _State | None:
    """Return the newest state of that name, with the call's model if there is one."""
    return next((each for each in (*likely, *others) if each.slug == slug), None)


def _states() -> list[_State]:
    """Return all deployments as they are, then as they were, newest first."""
    columns = ("slug", "model_id", "provider_id", "provider_model_id")
    present = Deployment.objects.values_list(*columns)
    return [_State(*row) for row in (*present, *_events(Deployment, columns))]


def _model_ids() -> dict[int, set[str]]:
    """Return the ids that each model of the catalog ever had."""
    found: dict[int, set[str]] = defaultdict(set)
    columns = ("id", "model_id")
    for key, model_id in (*ModelCard.objects.values_list(*columns), *_events(ModelCard, columns)):
        found[key].add(model_id)
    return found


def _events(model: Any, columns: Sequence[str]) -> Iterable[Any]:
    earlier = event_model(model)._default_manager.order_by("-pgh_id")
    return earlier.values_list(*columns)
