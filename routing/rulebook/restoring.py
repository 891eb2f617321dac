"""The drafts made equal again to what is in force, when somebody gives up what they edited."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Model

from routing.models import Experiment, Loss, Rule, RulebookVersion, TaskType
from routing.rulebook import publishing
from routing.rulebook.clinical import complete, deciding
from routing.types import Json
from usage.configuration import InvalidConfiguration

Entry = Mapping[str, Any]


@transaction.atomic
def take_drafts_back(*, by: User) -> RulebookVersion:
    """Make the drafts what is in force; what is in force stays as it is.

    Rules and experiments that are not in force are kept, no longer marked for publication; task
    types and losses that are not are deleted, and stay in the history of edits. What was deleted
    comes back without what decides nothing, such as a description.

    Raises PermissionDenied, and InvalidConfiguration when nothing was ever published.
    """
    publishing.check_permission(by)
    publishing.one_at_a_time()
    live = publishing.live_version()
    if live is None:
        raise InvalidConfiguration(["No rulebook was ever published."])
    _restore(TaskType, live.content["task_types"])
    TaskType.objects.exclude(slug__in=_slugs(live.content["task_types"])).delete()
    for model, part in ((Rule, "rules"), (Experiment, "experiments")):
        entries = live.content.get(part, ())
        _restore(model, entries, is_published=True)
        others = model.objects.filter(is_published=True).exclude(slug__in=_slugs(entries))
        others.update(is_published=False)
    _restore_losses(live.content["loss_matrix"])
    publishing.record("rulebook-drafts-taken-back", by, version=live.pk)
    return live


def _restore(model: type[Any], entries: Iterable[Entry], **marks: bool) -> None:
    """Give the rows of a table the content of entries; rows that have it stay untouched."""
    rows = {row.slug: row for row in model.objects.all()}
    for entry in map(complete, entries):
        row = rows.get(entry["slug"]) or model(slug=entry["slug"], name=entry["slug"])
        is_marked = all(getattr(row, name) == mark for name, mark in marks.items())
        if row.pk and is_marked and deciding(row.content()) == deciding(entry):
            continue
        for name, value in {**deciding(entry), **marks}.items():
            setattr(row, name, _stored(row, name, value))
        row.save()


def _stored(row: Model, name: str, value: Json) -> Json:
    """Return a value of a publication as a column keeps it: texts are empty rather than null."""
    return "" if value is None and not row._meta.get_field(name).null else value


def _restore_losses(matrix: Mapping[str, Mapping[str, float]]) -> None:
    wanted = {(n, c): Decimal(str(loss)) for n, row in matrix.items() for c, loss in row.items()}
    rows = {(row.needed, row.chosen): row for row in Loss.objects.all()}
    for pair, row in rows.items():
        if pair not in wanted:
            row.delete()
    for (needed, chosen), loss in wanted.items():
        known = rows.get((needed, chosen))
        if known is None or known.loss != loss:
            Loss.objects.update_or_create(needed=needed, chosen=chosen, defaults={"loss": loss})


def _slugs(entries: Iterable[Entry]) -> list[str]:
    return [entry["slug"] for entry in entries]
