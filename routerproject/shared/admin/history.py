"""The edits of a row, read from the event table that its triggers fill."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db.models import Model

LATEST = 200
OWN_COLUMNS = "pgh_"


@dataclass(frozen=True, slots=True)
class Change:
    """One field before and after an edit."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Edit:
    """Who did what to a row, and when (UTC)."""

    at: datetime
    kind: str  # insert | update | delete
    who: str  # empty: not in the admin
    changes: tuple[Change, ...]


def event_model(model: type[Model]) -> type[Model]:
    """Return the model whose rows are the earlier states of a model's rows."""
    return apps.get_model(model._meta.app_label, f"{model.__name__}Event")


def edits_of(model: type[Model], object_id: Any) -> list[Edit]:
    """Return the latest edits of a row, newest first, in two queries."""
    found = event_model(model)._default_manager.filter(pgh_obj_id=object_id)
    events: list[Any] = list(found.select_related("pgh_context").order_by("-pgh_id")[: LATEST + 1])
    names = _user_names(events)
    return [
        Edit(
            event.pgh_created_at,
            event.pgh_label,
            names.get(_user_id(event), ""),
            _changes(before, event),
        )
        for event, before in pairwise([*events, None])
        if event is not None
    ][:LATEST]


def last_editor(row: Model) -> str:
    """Return who made the last edit of a row; empty when that is not known."""
    events = event_model(type(row))._default_manager.filter(pgh_obj_id=row.pk)
    latest = events.select_related("pgh_context").order_by("-pgh_id").first()
    return _user_names([latest]).get(_user_id(latest), "") if latest else ""


def _changes(before: Any, after: Any) -> tuple[Change, ...]:
    fields = [f for f in after._meta.concrete_fields if not f.name.startswith(OWN_COLUMNS)]
    pairs = ((f, getattr(before, f.attname, None), getattr(after, f.attname)) for f in fields)
    return tuple(
        Change(str(f.verbose_name), old, new)
        for f, old, new in pairs
        if (before is None or old != new) and (old, new) != (None, None)
    )


def _user_id(event: Any) -> int | None:
    context = event.pgh_context
    return context.metadata.get("user") if context else None


def _user_names(events: Iterable[Any]) -> dict[int | None, str]:
    ids = [user_id for event in events if (user_id := _user_id(event)) is not None]
    users = get_user_model()._default_manager.filter(pk__in=ids)
    return {user.pk: user.get_username() for user in users}
