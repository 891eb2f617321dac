"""The drafts made equal again to what is in force, when somebody gives up what they edited."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

from django.db.models import Model

from routing.models import ComorbidityPair, Experiment, Loss, Rule, TaskType
from routing.rulebook.clinical import complete, deciding
from routing.types import Json

Entry = Mapping[str, Any]
DRAFTS: Final[tuple[tuple[type[Any], str], ...]] = (
    (Rule, "rules"),
    (Experiment, "experiments"),
    (ComorbidityPair, "comorbidity_pairs"),
)


def take_back(content: Mapping[str, Any]) -> None:
    """Make the drafts what a content says.

    Rules, experiments and pairs that it does not hold are kept, no longer marked for publication;
    task types and losses that it does not hold are deleted, and stay in the history of edits. What
    was deleted comes back without what decides nothing, such as a description.
    """
    kept = _restore(TaskType, content["task_types"])
    TaskType.objects.exclude(pk__in=kept).delete()
    for model, part in DRAFTS:
        kept = _restore(model, content.get(part, ()), is_published=True)
        model.objects.filter(is_published=True).exclude(pk__in=kept).update(is_published=False)
    _restore_losses(content["loss_matrix"])


def _restore(model: type[Any], entries: Iterable[Entry], **marks: bool) -> list[int]:
    """Give the rows of a table the content of entries, and return which these are.

    Rows that have it already stay untouched.
    """
    rows = {row.slug: row for row in model.objects.all()}
    columns = {field.name for field in model._meta.fields}
    kept = []
    for entry in map(complete, entries):
        row = rows.get(entry["slug"]) or model(name=entry["slug"])
        is_marked = all(getattr(row, name) == mark for name, mark in marks.items())
        if not (row.pk and is_marked and deciding(row.content()) == deciding(entry)):
            for name, value in {**deciding(entry), **marks}.items():
                if name in columns:
                    setattr(row, name, _stored(row, name, value))
            row.save()
        kept.append(row.pk)
    return kept


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
