"""Form fields of what protects: for whom a row holds."""

from collections.abc import Callable, Iterable

from django import forms
from unfold.widgets import UnfoldAdminSelectWidget

from usage import accounts

Slugs = Callable[[], Iterable[str]]
_task_types: list[Slugs] = []


def offer_task_types(slugs: Slugs) -> None:
    """Let forms offer these task types; the room that knows them says so when it is loaded."""
    _task_types.append(slugs)


def tenant_field() -> forms.ChoiceField:
    return forms.ChoiceField(
        required=False,
        choices=lambda: [("", "Every tenant"), *_pairs(accounts.tenant_slugs())],
        widget=UnfoldAdminSelectWidget,
        help_text="Whose texts. A tenant's own row counts before the one of every tenant.",
    )


def task_type_field() -> forms.ChoiceField:
    return forms.ChoiceField(
        required=False,
        choices=lambda: [("", "Every task type"), *_pairs(task_types())],
        widget=UnfoldAdminSelectWidget,
        help_text="Which work. A policy of a task type counts before the tenant's own, and needs "
        "a tenant.",
    )


def task_types() -> list[str]:
    return sorted({slug for slugs in _task_types for slug in slugs()})


def _pairs(slugs: Iterable[str]) -> list[tuple[str, str]]:
    return [(slug, slug) for slug in slugs]
