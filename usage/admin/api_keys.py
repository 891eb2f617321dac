"""API keys: made, rotated and revoked through `usage.accounts`, and shown exactly once."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.debug import sensitive_variables
from unfold.admin import ModelAdmin
from unfold.decorators import action
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminIntegerFieldWidget

from routerproject.shared import clock
from routerproject.shared.admin import EditableAdmin, row_or_404
from usage import accounts, configuration
from usage.accounts import NewKey, Scope
from usage.admin.records import ClientFilter
from usage.models import ApiKey

LONGEST_OVERLAP_DAYS = 90


class NewKeyForm(forms.ModelForm):  # type: ignore[type-arg]
    """What is asked for a new key; only scopes that the person may give are offered."""

    scopes = forms.MultipleChoiceField(
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text="What the key may do; only what you may grant is listed.",
    )

    class Meta:
        model = ApiKey
        fields = ("client", "name", "scopes", "expires_at")

    def clean_expires_at(self) -> Any:
        expires_at = self.cleaned_data["expires_at"]
        if expires_at and expires_at <= clock.now():
            raise ValidationError("A key cannot expire in the past.")
        return expires_at


class RotationForm(forms.Form):
    overlap_days = forms.IntegerField(
        min_value=0,
        max_value=LONGEST_OVERLAP_DAYS,
        initial=accounts.DEFAULT_OVERLAP.days,
        widget=UnfoldAdminIntegerFieldWidget,
        label="Overlap (days)",
        help_text="How long the old key still works; 0 ends it at once.",
    )


@admin.register(ApiKey)
class ApiKeyAdmin(EditableAdmin):
    """Keys are never edited: made, rotated, revoked."""

    list_display = (
        "name",
        "readable_part",
        "client",
        "scope_list",
        "state",
        "valid_until_text",
        "last_used_on",
    )
    list_filter = ("client__tenant", ClientFilter)
    list_select_related = ("client__tenant",)
    search_fields = ("name", "prefix", "client__slug")
    autocomplete_fields = ("client",)
    actions = None
    warn_unsaved_form = False
    actions_detail = ("rotate", "revoke")
    fields = (
        "client",
        "name",
        "readable_part",
        "scope_list",
        "state",
        "valid_until_text",
        "created_at",
        "created_by",
        "expires_at",
        "overlap_until",
        "revoked_at",
        "replaced_by",
        "last_used_on",
    )

    @admin.display(description="Key", ordering="prefix")
    def readable_part(self, key: ApiKey) -> str:
        return f"cmr_{key.prefix}_…"

    @admin.display(description="Scopes")
    def scope_list(self, key: ApiKey) -> str:
        return ", ".join(key.scopes)

    @admin.display(description="State")
    def state(self, key: ApiKey) -> str:
        if key.revoked_at:
            return "revoked"
        if key.valid_until and key.valid_until <= clock.now():
            return "replaced" if key.replaced_by_id else "expired"
        return "rotated, still works" if key.replaced_by_id else "works"

    @admin.display(description="Works until (UTC)")
    def valid_until_text(self, key: ApiKey) -> str:
        return f"{key.valid_until:%Y-%m-%d %H:%M}" if key.valid_until else "no end"

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        names = self.fields if obj else NewKeyForm.Meta.fields
        return [(None, {"fields": names})]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields if obj else ()

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        if obj is not None:
            return ModelAdmin.get_form(self, request, obj, change, form=forms.ModelForm, **kwargs)
        form = super().get_form(request, obj, change, form=NewKeyForm, **kwargs)
        form.base_fields["scopes"].choices = _grantable(request)
        return form

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """Offer to save a new key only, and then to look at it only."""
        buttons = {
            "show_save": object_id is None,
            "show_save_and_continue": False,
            "show_save_and_add_another": False,
        }
        return super().changeform_view(
            request, object_id, form_url, {**buttons, **(extra_context or {})}
        )

    @sensitive_variables("new")
    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Make the key; its text goes to the page that shows it by way of the row in memory."""
        given = form.cleaned_data
        new = accounts.create_key(
            client=given["client"],
            name=given["name"],
            scopes=given["scopes"],
            expires_at=given["expires_at"],
            by=request.user,  # type: ignore[arg-type]
        )
        obj.__dict__.update(new.row.__dict__)
        obj.new_key = new

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        return self._show_once(request, obj.new_key)

    @action(description="Rotate", icon="autorenew", permissions=["change"])  # type: ignore[untyped-decorator]
    @sensitive_variables("new")
    def rotate(self, request: HttpRequest, object_id: str) -> HttpResponse:
        key = row_or_404(ApiKey, object_id)
        form = RotationForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            overlap = timedelta(days=form.cleaned_data["overlap_days"])
            try:
                new = accounts.rotate_key(key=key, by=request.user, overlap=overlap)  # type: ignore[arg-type]
            except ValidationError as refused:
                form.add_error(None, refused)
            else:
                return self._show_once(request, new)
        return self._ask(
            request,
            key,
            form=form,
            title=f"Rotate {key}",
            question="A new key with the same client, scopes and lifetime is made and shown once.",
            button="Make the new key",
        )

    @action(description="Revoke", icon="block", permissions=["change"])  # type: ignore[untyped-decorator]
    def revoke(self, request: HttpRequest, object_id: str) -> HttpResponse:
        key = row_or_404(ApiKey, object_id)
        if request.method == "POST":
            accounts.revoke_key(key=key, by=request.user)  # type: ignore[arg-type]
            version = configuration.current_version()
            messages.success(request, f"{key} is revoked. Configuration {version} is live.")
            return redirect("admin:usage_apikey_change", key.pk)
        return self._ask(
            request,
            key,
            title=f"Revoke {key}",
            question="From the next request on, this key is refused. This cannot be undone.",
            button="Revoke the key",
            is_danger=True,
        )

    def _ask(self, request: HttpRequest, key: ApiKey, **context: Any) -> HttpResponse:
        back = reverse("admin:usage_apikey_change", args=[key.pk])
        page = {**self.admin_site.each_context(request), "opts": self.opts, "back": back}
        return TemplateResponse(request, "admin/confirm.html", {**page, **context})

    def _show_once(self, request: HttpRequest, new: NewKey) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": "The new key",
            "opts": self.opts,
            "key": new.text,
            "row": new.row,
            "version": configuration.current_version(),
            "back": reverse("admin:usage_apikey_change", args=[new.row.pk]),
        }
        response = TemplateResponse(request, "admin/key_once.html", context)
        response["Cache-Control"] = "no-store"
        return response


def _grantable(request: HttpRequest) -> list[tuple[str, str]]:
    return [
        (scope.value, scope.label)
        for scope in Scope
        if request.user.has_perm(f"usage.{scope.permission}")
    ]
