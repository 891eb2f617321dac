"""Edits of the rulebook: kept as drafts, or published with the same press of a button."""

import copy
from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from unfold.widgets import UnfoldBooleanSwitchWidget

from phi import policies
from routerproject.shared import clock
from routing import snapshot
from routing.rulebook import publishing
from routing.select.loss import validate_matrix
from routing.snapshot.building import table_of
from routing.types import Json
from usage import configuration
from usage.admin.live import LiveAdmin, LiveForm
from usage.configuration import InvalidConfiguration


def findings_of(content: Mapping[str, Json]) -> list[str]:
    """Return what would keep a rulebook from being served, a sentence each."""
    try:
        usage = configuration.load()
        table = table_of(content, usage.version, usage.catalog)
        snapshot.validate(
            snapshot.Snapshot(
                usage.version, usage.accounts, table, policies.load(), built_at=clock.now()
            )
        )
    except InvalidConfiguration as invalid:
        return list(invalid.findings)
    tiers = sorted(table.catalog.tiers, key=table.catalog.rank)
    return list(validate_matrix(table.loss_matrix, tiers))


class DraftForm(LiveForm):
    """A form whose row decides from the next publication on, which may be at once."""

    publish_now = forms.BooleanField(
        required=False,
        initial=True,
        label="Publish at once",
        widget=UnfoldBooleanSwitchWidget,
        help_text="On: live when saved, with all other drafts. Off: kept as a draft.",
    )

    def _try_out(self) -> None:
        if not self.cleaned_data.get("publish_now"):
            return
        trial = copy.copy(self.instance)
        with transaction.atomic():
            trial.save()
            findings = findings_of(publishing.draft_content())
            transaction.set_rollback(True)
        if findings:
            self.add_error(None, ValidationError(findings))


class DraftAdmin(LiveAdmin):
    """An admin of what the rulebook is made of."""

    form = DraftForm

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = [(n, o) for n, o in super().get_fieldsets(request, obj) if n != "Publication"]
        if not request.user.has_perm(publishing.PERMISSION):
            return fieldsets
        return [*fieldsets, ("Publication", {"fields": ("publish_now",)})]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if form.cleaned_data.get("publish_now"):
            note = f"{self.opts.verbose_name.capitalize()} {obj}"[:300]
            publishing.publish(note=note, by=request.user)  # type: ignore[arg-type]
            version = configuration.current_version()
            messages.success(request, f"Published. Configuration {version} is live.")
        else:
            messages.warning(request, "Saved as a draft. It decides once it is published.")

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        super().delete_model(request, obj)
        messages.warning(request, "Deleted from the drafts. It decides until the next publication.")

    def _announce(self, request: HttpRequest) -> None:
        """Say nothing yet: a draft is not live."""
