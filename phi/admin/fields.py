"""Form fields of what protects: lists as lines, and for whom a row holds."""

from collections.abc import Callable, Iterable
from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

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


class LinesField(forms.CharField):
    """A list of texts, one per line; blank lines are left out."""

    def __init__(self, *, most: int, longest: int, rows: int = 4, **kwargs: Any) -> None:
        self._most, self._longest = most, longest
        widget = UnfoldAdminTextareaWidget(attrs={"rows": rows, "spellcheck": "false"})
        super().__init__(widget=widget, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list | tuple) else value

    def to_python(self, value: Any) -> Any:
        lines = [line.strip() for line in (super().to_python(value) or "").splitlines()]
        return [line for line in lines if line]

    def validate(self, value: Any) -> None:
        super().validate(value)
        if len(value) > self._most:
            raise forms.ValidationError(f"At most {self._most} lines.")
        if any(len(line) > self._longest for line in value):
            raise forms.ValidationError(f"At most {self._longest} characters in a line.")

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(list(initial or []) != self.to_python(data))
