"""Alerts: what is watched, what was seen, whom it was sent to."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.decorators import action
from unfold.widgets import UnfoldAdminSelectWidget

from routerproject.shared import clock
from routerproject.shared.admin import (
    EditableAdmin,
    EditForm,
    ReadOnlyAdmin,
    moment,
    number,
    row_or_404,
)
from routerproject.shared.figures import plain
from usage import audit
from usage.admin.references import state_of
from usage.alerts import delivery, handling
from usage.models import Alert, AlertDelivery, AlertRule, AlertSink

SNOOZES = [
    ("1", "1 hour"),
    ("8", "8 hours"),
    ("24", "1 day"),
    ("168", "1 week"),
    ("720", "30 days"),
]


class SnoozeForm(forms.Form):
    hours = forms.ChoiceField(
        label="For",
        choices=SNOOZES,
        widget=UnfoldAdminSelectWidget,
        help_text="Alerts of this rule are written down until then, and not sent.",
    )


class AlertRuleForm(EditForm):
    """A rule, whose threshold is shown as it was typed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and self.instance.threshold is not None:
            self.initial["threshold"] = plain(self.instance.threshold)


class WatchedAdmin(EditableAdmin):
    """An admin whose edits stand in the audit trail; no request depends on them."""

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        changed = [name for name in form.changed_data if name in form.fields]
        self._record(request, obj, "alerts.changed", fields=changed, is_new=not change)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self._record(request, obj, "alerts.deleted")
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        for row in queryset:
            self.delete_model(request, row)

    def _record(self, request: HttpRequest, obj: Any, kind: str, **facts: object) -> None:
        audit.append_now(
            tenant_id=obj.tenant_id or audit.INSTALLATION,
            kind=kind,
            record={"table": obj._meta.label_lower, "row": obj.pk, **facts},
            actor=request.user.get_username(),
        )


@admin.register(AlertRule)
class AlertRuleAdmin(WatchedAdmin):
    form = AlertRuleForm
    list_display = (
        "name",
        "kind",
        number("threshold", "Threshold"),
        "period",
        "scope",
        "is_active",
        "snoozed_until",
    )
    list_filter = ("kind", "is_active", "period", "tenant")
    list_select_related = ("tenant", "client", "tier")
    search_fields = ("name",)
    autocomplete_fields = ("tenant", "client")
    fieldsets = (
        ("What", {"fields": ("name", "kind", ("threshold", "least_requests"), "period")}),
        ("Where", {"fields": (("tenant", "client"), ("task_type", "tier"))}),
        ("Whether", {"fields": ("is_active", "snoozed_until")}),
    )

    @admin.display(description="Scope")
    def scope(self, rule: AlertRule) -> str:
        return rule.scope_text


@admin.register(AlertSink)
class AlertSinkAdmin(WatchedAdmin):
    list_display = ("name", "kind", "tenant", "is_active", "leads_to")
    list_select_related = ("tenant",)
    search_fields = ("name",)
    autocomplete_fields = ("tenant",)
    readonly_fields = ("leads_to",)
    actions_detail = ("send_test",)
    fieldsets = (
        ("What", {"fields": ("name", "kind", "tenant", "is_active")}),
        ("E-mail", {"fields": ("recipients",)}),
        ("Webhook", {"fields": ("address_ref", "secret_ref", "leads_to")}),
    )

    @admin.display(description="References")
    def leads_to(self, sink: AlertSink) -> str:
        if not sink.address_ref:
            return "-"
        return f"Address: {state_of(sink.address_ref)}. Secret: {state_of(sink.secret_ref)}."

    def has_send_test_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perm("usage.change_alertsink")

    @action(description="Send a test", icon="send", permissions=["send_test"])  # type: ignore[untyped-decorator]
    def send_test(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Write down a test, which the worker sends: a sink that hangs keeps nobody waiting."""
        sink = row_or_404(AlertSink, object_id)
        back = reverse("admin:usage_alertsink_change", args=[sink.pk])
        if request.method == "POST":
            made = delivery.send_test(sink, now=clock.now())
            messages.success(request, "Written down; the worker sends it within a minute.")
            return redirect("admin:usage_alertdelivery_change", made.pk)
        question = f"Send a test to {sink.name}?"
        return _asked(
            self, request, title="Send a test", question=question, button="Send", back=back
        )


@admin.register(Alert)
class AlertAdmin(ReadOnlyAdmin):
    when_empty = "No rule has seen anything. The rules are under Alert rules."
    list_display = (
        moment("fired_at", "Seen (UTC)"),
        "text",
        "kind",
        "scope",
        "acknowledged_by",
        "sent",
    )
    fields = (
        "text",
        ("kind", "scope", "rule"),
        (number("value", "Seen"), number("threshold", "Threshold"), "unit"),
        (moment("starts_at", "Period from (UTC)"), moment("ends_at", "until (UTC)")),
        (moment("fired_at", "Seen (UTC)"), "sent"),
        ("acknowledged_by", moment("acknowledged_at", "Acknowledged (UTC)")),
    )
    list_filter = ("kind", ("acknowledged_at", admin.EmptyFieldListFilter))
    list_select_related = ("rule", "acknowledged_by")
    search_help_text = "An alert's number"
    ordering = ("-id",)
    actions = ("acknowledge_all",)  # type: ignore[assignment]
    actions_detail = ("acknowledge", "snooze")

    def parse_id(self, text: str) -> int:
        return int(text)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("deliveries")

    @admin.display(description="Deliveries")
    def sent(self, alert: Alert) -> str:
        states = [each.get_state_display().lower() for each in alert.deliveries.all()]
        counted = (f"{states.count(state)} {state}" for state in dict.fromkeys(states))
        return ", ".join(counted) or "none"

    def has_handle_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perm("usage.acknowledge_alert")

    @admin.action(description="Acknowledge", permissions=["handle"])
    def acknowledge_all(self, request: HttpRequest, queryset: Any) -> None:
        count = sum(handling.acknowledge(alert, by=request.user) for alert in queryset)
        messages.success(request, f"{count} acknowledged.")

    @action(description="Acknowledge", icon="check", permissions=["handle"])  # type: ignore[untyped-decorator]
    def acknowledge(self, request: HttpRequest, object_id: str) -> HttpResponse:
        alert = row_or_404(Alert, object_id)
        back = reverse("admin:usage_alert_change", args=[alert.pk])
        if request.method == "POST":
            is_first = handling.acknowledge(alert, by=request.user)
            messages.success(request, "Acknowledged." if is_first else "Acknowledged before.")
            return redirect(back)
        question = f"Take note of this alert? {alert.text}"
        return _asked(
            self, request, title="Acknowledge", question=question, button="Acknowledge", back=back
        )

    @action(description="Snooze the rule", icon="snooze", permissions=["handle"])  # type: ignore[untyped-decorator]
    def snooze(self, request: HttpRequest, object_id: str) -> HttpResponse:
        alert = row_or_404(Alert.objects.select_related("rule"), object_id)
        back = reverse("admin:usage_alert_change", args=[alert.pk])
        if alert.rule is None:
            messages.error(request, "This alert has no rule any more.")
            return redirect(back)
        form = SnoozeForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            until = clock.now() + timedelta(hours=int(form.cleaned_data["hours"]))
            handling.snooze(alert.rule, until=until, by=request.user)
            messages.success(
                request, f"{alert.rule} sends nothing until {until:%Y-%m-%d %H:%M} UTC."
            )
            return redirect(back)
        question = f"For how long shall {alert.rule} send nothing?"
        return _asked(
            self, request, title="Snooze", question=question, button="Snooze", back=back, form=form
        )


@admin.register(AlertDelivery)
class AlertDeliveryAdmin(ReadOnlyAdmin):
    list_display = (
        "alert",
        "sink",
        "state",
        "tries",
        "reason",
        moment("due_at", "Next try (UTC)"),
        moment("ended_at", "Ended (UTC)"),
    )
    fields = list_display
    list_filter = ("state", "sink")
    list_select_related = ("alert", "sink")
    search_help_text = "A delivery's number"
    ordering = ("-id",)

    def parse_id(self, text: str) -> int:
        return int(text)


def _asked(
    page: EditableAdmin | ReadOnlyAdmin, request: HttpRequest, **context: Any
) -> HttpResponse:
    whole = {**page.admin_site.each_context(request), "opts": page.opts, **context}
    return TemplateResponse(request, "admin/confirm.html", whole)
