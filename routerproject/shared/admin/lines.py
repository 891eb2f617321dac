"""A list of texts as lines of one field."""

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminTextareaWidget


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
