"""Edits of what is published: kept as drafts, or put forward with the same press of a button."""

import copy
from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminTextInputWidget, UnfoldBooleanSwitchWidget

from usage.admin.live import LiveAdmin, LiveForm
from usage.admin.publications import LONGEST_NOTE
from usage.admin.room import WaitingDrafts
from usage.publishing import Publishing


class PublicationFields(forms.Form):
    """Whether an edit decides at once, with a note, or waits as a draft."""

    publish_now = forms.BooleanField(
        required=False,
        initial=True,
        label="Publish at once",
        widget=UnfoldBooleanSwitchWidget,
        help_text="On: put forward when saved, with all other drafts. Off: kept as a draft.",
    )
    note = forms.CharField(
        required=False,
        max_length=LONGEST_NOTE,
        widget=UnfoldAdminTextInputWidget,
        help_text="What changes, and why; kept with the version. Needed to publish.",
    )

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.cleaned_data.get("publish_now") and not self.cleaned_data.get("note"):
            self.add_error("note", "Say what changes, and why, or switch off Publish at once.")
        return cleaned


class DraftForm(PublicationFields, LiveForm):
    """A form whose row decides from the next publication on, which may be at once."""

    room: ClassVar[Publishing[Any, Any]]

    def _try_out(self) -> None:
        """Refuse what could not be served, whether it is to be live now or later.

        What was wrong with the drafts before keeps nobody from saving, only from publishing.
        """
        old = [] if self.cleaned_data.get("publish_now") else self._findings_now()
        trial = copy.copy(self.instance)
        with transaction.atomic():
            trial.save()
            findings = [finding for finding in self._findings_now() if finding not in old]
            transaction.set_rollback(True)
        if findings:
            self.add_error(None, ValidationError(findings))

    def _findings_now(self) -> list[str]:
        return self.room.findings_of(self.room.draft_content())


class DraftAdmin(WaitingDrafts, LiveAdmin):
    """An admin of what is published together with all other drafts of its room."""

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = [(n, o) for n, o in super().get_fieldsets(request, obj) if n != "Publication"]
        if not self.may_publish(request):
            return fieldsets
        if obj is not None and not self.has_change_permission(request, obj):
            return fieldsets
        return [*fieldsets, ("Publication", {"fields": ("publish_now", "note")})]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        self.put_forward(request, form.cleaned_data)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        super().delete_model(request, obj)
        messages.warning(request, "Deleted from the drafts. It decides until the next publication.")

    def put_forward(self, request: HttpRequest, given: Mapping[str, Any]) -> None:
        """Publish or propose all drafts if the form asked for it, and say what became of them.

        Raises what `Publishing.publish` raises.
        """
        if given.get("publish_now"):
            self.tell(request, self.room.publish(note=given["note"], by=request.user))  # type: ignore[arg-type]
        else:
            messages.warning(request, "Saved as a draft. It decides once it is published.")

    def _announce(self, request: HttpRequest) -> None:
        """Say nothing yet: a draft is not live."""
