"""Edits: refused when somebody else was faster, kept with who made them."""

import hashlib
import json
from typing import Any

from django import forms
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model, TextField
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from routerproject.shared.admin import history

STATE_FIELD = "row_state"
CONFLICT = (
    "Somebody changed this row after you opened it{who}. Nothing was saved. Your values are still "
    "below; open the page anew to see the other ones, then decide."
)


def state_of(row: Model) -> str:
    """Return a digest of what people can edit of a row, without what machines note on it."""
    edited = (field for field in row._meta.concrete_fields if field.editable)
    values = {field.attname: field.value_to_string(row) for field in edited}
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


class EditForm(forms.ModelForm):  # type: ignore[type-arg]
    """A form that knows the row it was opened on and refuses to overwrite another one."""

    row_state = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial[STATE_FIELD] = state_of(self.instance)

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.instance.pk:
            self._refuse_to_overwrite()
        return cleaned

    def _refuse_to_overwrite(self) -> None:
        """Compare with the row as it is now, locked until the edit is saved."""
        rows = type(self.instance)._base_manager.select_for_update()
        if state_of(rows.get(pk=self.instance.pk)) != self.cleaned_data.get(STATE_FIELD):
            who = history.last_editor(self.instance)
            raise ValidationError(CONFLICT.format(who=f" ({who})" if who else ""), "conflict")


class EditableAdmin(ModelAdmin):  # type: ignore[misc]
    """An admin whose forms detect conflicts and whose history shows each edit with its values."""

    form = EditForm
    formfield_overrides = {
        ArrayField: {"widget": UnfoldAdminTextInputWidget},
        TextField: {"widget": UnfoldAdminTextareaWidget(attrs={"rows": 3})},
    }
    list_filter_sheet = False
    warn_unsaved_form = True
    save_on_top = False

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or not self.has_change_permission(request, obj):
            return fieldsets
        *others, (name, options) = fieldsets
        shown = [field for field in options["fields"] if field != STATE_FIELD]
        return [*others, (name, {**options, "fields": [*shown, STATE_FIELD]})]

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show who changed what and when, from the copies that triggers keep."""
        events = history.event_model(self.model)
        permission = f"{events._meta.app_label}.view_{events._meta.model_name}"
        if not request.user.has_perm(permission):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": f"Edits of {self.model._meta.verbose_name} {object_id}",
            "opts": self.opts,
            "edits": history.edits_of(self.model, object_id),
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/edits.html", context)
