"""Edits of the rulebook: kept as drafts, or published with the same press of a button."""

import copy
from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminTextInputWidget, UnfoldBooleanSwitchWidget

from routing.admin.rulebook_changes import waiting
from routing.models import RulebookVersion
from routing.rulebook import publishing
from routing.rulebook.soundness import findings_of
from usage import configuration
from usage.admin.live import LiveAdmin, LiveForm


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
        max_length=publishing.LONGEST_NOTE - 30,
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

    def _try_out(self) -> None:
        """Refuse what could not be served, whether it is to be live now or later.

        What was wrong with the drafts before keeps nobody from saving, only from publishing.
        """
        old = [] if self.cleaned_data.get("publish_now") else _findings_now()
        trial = copy.copy(self.instance)
        with transaction.atomic():
            trial.save()
            findings = [finding for finding in _findings_now() if finding not in old]
            transaction.set_rollback(True)
        if findings:
            self.add_error(None, ValidationError(findings))


class WaitingDrafts(ModelAdmin):  # type: ignore[misc]
    """A list that tells when the drafts are not what is in force."""

    list_before_template = "admin/waiting_drafts.html"

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {
            "waiting": list(dict.fromkeys(each.what for each in waiting())),
            "may_publish": request.user.has_perm(publishing.PERMISSION),
            **(extra_context or {}),
        }
        response: HttpResponse = super().changelist_view(request, context)
        return response


class DraftAdmin(WaitingDrafts, LiveAdmin):
    """An admin of what the rulebook is made of."""

    form = DraftForm

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = [(n, o) for n, o in super().get_fieldsets(request, obj) if n != "Publication"]
        if not request.user.has_perm(publishing.PERMISSION):
            return fieldsets
        if obj is not None and not self.has_change_permission(request, obj):
            return fieldsets
        return [*fieldsets, ("Publication", {"fields": ("publish_now", "note")})]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        put_forward(request, form.cleaned_data)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        super().delete_model(request, obj)
        messages.warning(request, "Deleted from the drafts. It decides until the next publication.")

    def _announce(self, request: HttpRequest) -> None:
        """Say nothing yet: a draft is not live."""


def put_forward(request: HttpRequest, given: Mapping[str, Any]) -> None:
    """Publish or propose all drafts if the form asked for it, and say what became of them.

    Raises what `publishing.publish` raises.
    """
    if given.get("publish_now"):
        tell(request, publishing.publish(note=given["note"], by=request.user))  # type: ignore[arg-type]
    else:
        messages.warning(request, "Saved as a draft. It decides once it is published.")


def _findings_now() -> list[str]:
    return findings_of(publishing.draft_content())


def tell(request: HttpRequest, published: Any) -> None:
    """Say whether a publication is live or waits for somebody."""
    if isinstance(published, RulebookVersion):
        version = configuration.current_version()
        messages.success(request, f"Published. Configuration {version} is live.")
    else:
        messages.warning(
            request,
            "Proposed, since it concerns clinical work. It decides once somebody else approved it.",
        )
