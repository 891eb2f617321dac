"""The drafts about identifiers made equal again to what is in force."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Model

from phi.models import AllowedPhrase, CustomRecognizer, Policy
from phi.policies import completed

Entry = Mapping[str, Any]
Key = tuple[Any, ...]


def take_back(content: Mapping[str, Any]) -> None:
    """Make the drafts what a content says.

    Policies and recognizers that it does not hold are kept, switched off; phrases that it does not
    hold are deleted, and stay in the history of edits. A recognizer that was deleted comes back
    without its examples.
    """
    _restore(Policy, ("slug",), map(completed, content["policies"]))
    _restore(CustomRecognizer, ("tenant", "slug"), content["recognizers"])
    _restore_phrases(content["allowed_phrases"])


def _restore(model: type[Any], key: tuple[str, ...], entries: Iterable[Entry]) -> None:
    """Give the rows of a table the content of entries; rows that have it stay untouched.

    What differs is switched off first, so that no two rows are ever for the same requests.
    """
    wanted = {tuple(entry[name] for name in key): entry for entry in entries}
    rows: dict[Key, Any] = {
        tuple(getattr(row, name) for name in key): row for row in model.objects.all()
    }
    others = {found: row for found, row in rows.items() if not _says(row, wanted.get(found))}
    model.objects.filter(pk__in=[row.pk for row in others.values()], is_active=True).update(
        is_active=False
    )
    for found, entry in wanted.items():
        if found in others or found not in rows:
            _write(others.get(found) or model(), entry)


def _says(row: Model, entry: Entry | None) -> bool:
    """Tell whether a draft is in use and decides what an entry does; its version is a count."""
    if entry is None or not getattr(row, "is_active", False):
        return False
    return all(getattr(row, name) == entry[name] for name in entry.keys() - {"version"})


def _write(row: Any, entry: Entry) -> None:
    for name in entry.keys() - {"version"}:
        setattr(row, name, entry[name])
    row.is_active = True
    row.save()


def _restore_phrases(entries: Iterable[Entry]) -> None:
    wanted = {(entry["tenant"], entry["phrase"]) for entry in entries}
    for row in AllowedPhrase.objects.all():
        if (row.tenant, row.phrase) not in wanted:
            row.delete()
        wanted.discard((row.tenant, row.phrase))
    for tenant, phrase in sorted(wanted):
        AllowedPhrase.objects.create(tenant=tenant, phrase=phrase)
