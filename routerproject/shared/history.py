"""What is kept of an edited row: a full copy at each change, and a version that counts them.

Triggers write it, so queryset updates, bulk writes and plain SQL are kept too.
"""

from collections.abc import Callable
from typing import TypeVar

import pghistory
import pgtrigger
from django.db.models import Model

M = TypeVar("M", bound=type[Model])


def keep_history(*, exclude: list[str] | None = None) -> Callable[[M], M]:
    """Return a class decorator that keeps the history of a model, in `<Model>Event`."""
    # Each model needs trackers of its own, since they remember the model's columns.
    trackers = pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent()
    track: Callable[[M], M] = pghistory.track(*trackers, exclude=exclude)
    return track


def count_versions() -> pgtrigger.Trigger:
    """Return the trigger under which any edit counts `version` up, for records to name it by."""
    return pgtrigger.Trigger(
        name="count_versions",
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        condition=pgtrigger.AnyChange(),
        func="NEW.version = OLD.version + 1; RETURN NEW;",
    )
