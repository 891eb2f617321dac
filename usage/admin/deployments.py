"""Deployments: where models answer, how they are doing, and a person's word on their breakers."""

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.decorators import action

from routerproject.shared.admin import row_or_404
from routerproject.shared.figures import EMPTY, exact_usd
from routerproject.shared.redis import RedisAway
from usage import capacity, freezes
from usage.admin.live import LiveAdmin
from usage.admin.references import leads_to
from usage.capacity.looking import Sight
from usage.models import Deployment, Freeze

UNSEEN = "unknown: Redis is away"
MOST_FREEZES = 10  # shown


@admin.register(Deployment)
class DeploymentAdmin(LiveAdmin):
    """The configuration is live when saved; what the workers found stands beside it."""

    list_display = (
        "slug",
        "model",
        "provider",
        "state",
        "in_flight",
        "has_baa",
        "is_on_premise",
        "weight",
        "is_enabled",
    )
    list_filter = ("provider", "has_baa", "is_on_premise", "is_enabled")
    list_select_related = ("model", "provider")
    search_fields = ("slug", "model__model_id")
    autocomplete_fields = ("model", "provider")
    readonly_fields = ("state", "frozen", "in_flight", "headroom", "last_failures", "reachable")
    actions_detail = ("try_it", "reset_breaker", "lift_freeze")
    fieldsets = (
        ("What answers", {"fields": ("slug", "model", "provider", "provider_model_id")}),
        (
            "How it is doing",
            {"fields": ("state", "frozen", "in_flight", "headroom", "last_failures")},
        ),
        ("How to reach it", {"fields": ("base_url_ref", "credential_ref", "reachable")}),
        ("Agreements", {"fields": ("has_baa", "zero_data_retention", "is_on_premise")}),
        (
            "Limits",
            {
                "fields": (
                    ("requests_per_minute", "max_concurrency"),
                    ("input_tokens_per_minute", "output_tokens_per_minute"),
                    "reserve_percent",
                )
            },
        ),
        ("Share", {"fields": ("weight", "is_enabled")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Deployment]:
        """Fetch the freezes of all rows at once."""
        found: QuerySet[Deployment] = super().get_queryset(request)
        return found.prefetch_related("freezes")

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Look at all breakers of the page at once."""
        found = super().get_changelist_instance(request)
        _look_at(found.result_list)
        return found

    @admin.display(description="Circuit breaker")
    def state(self, row: Deployment) -> str:
        if _open_freezes(row):
            return "frozen"
        sight = _sight_of(row)
        if sight is None:
            return UNSEEN
        left = f", a probe may go in {sight.seconds_left} s" if sight.seconds_left else ""
        return f"{sight.state}{left}"

    @admin.display(description="Freezes (UTC)")
    def frozen(self, row: Deployment) -> SafeString | str:
        found = list(row.freezes.all())[:MOST_FREEZES] if row.pk else []
        if not found:
            return EMPTY
        lines = ((f"{each.frozen_at:%Y-%m-%d %H:%M:%S}", _told(each)) for each in found)
        return format_html("<ul>{}</ul>", format_html_join("", "<li>{} {}</li>", lines))

    @admin.display(description="In flight")
    def in_flight(self, row: Deployment) -> str:
        sight = _sight_of(row)
        return str(sight.in_flight) if sight else EMPTY

    @admin.display(description="Left of the limits")
    def headroom(self, row: Deployment) -> str:
        if not row.pk:
            return EMPTY
        try:
            left = capacity.left_of(row)
        except RedisAway:
            return UNSEEN
        return ", ".join(left) or "not limited"

    @admin.display(description="What they lead to")
    def reachable(self, row: Deployment) -> str:
        provider = row.provider if row.provider_id else None
        return leads_to(
            row.base_url_ref or (provider.base_url_ref if provider else ""),
            row.credential_ref or (provider.credential_ref if provider else ""),
        )

    @admin.display(description="Last failures (UTC)")
    def last_failures(self, row: Deployment) -> SafeString | str:
        sight = _sight_of(row)
        if sight is None or not sight.failures:
            return EMPTY
        lines = ((f"{each.at:%Y-%m-%d %H:%M:%S}", each.cause) for each in sight.failures)
        return format_html("<ul>{}</ul>", format_html_join("", "<li>{} {}</li>", lines))

    @action(description="Try the connection", icon="network_check", permissions=["change"])  # type: ignore[untyped-decorator]
    def try_it(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Lead to the page that asks the provider."""
        row = row_or_404(Deployment, object_id)
        return redirect("routing:try-deployment", row.pk)

    @action(description="Reset the breaker", icon="restart_alt", permissions=["change"])  # type: ignore[untyped-decorator]
    def reset_breaker(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._confirmed(
            request,
            object_id,
            _reset,
            title="Reset the breaker of {row}",
            question="Every worker calls {row} again at once, and its last failures are forgotten.",
            button="Reset the breaker",
        )

    @action(description="Lift the freeze", icon="mode_cool_off", permissions=["change"])  # type: ignore[untyped-decorator]
    def lift_freeze(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._confirmed(
            request,
            object_id,
            _lift,
            title="Lift the freeze of {row}",
            question="A call of {row} cost more than its worst case. Are its price, and the limits "
            "of its model, what the provider bills by? Every worker calls it again at once.",
            button="Lift the freeze",
        )

    def _confirmed(
        self,
        request: HttpRequest,
        object_id: str,
        done: Callable[[HttpRequest, Deployment], None],
        **words: str,
    ) -> HttpResponse:
        """Do what was confirmed, or ask."""
        row = row_or_404(Deployment, object_id)
        back = reverse("admin:usage_deployment_change", args=[row.pk])
        if request.method == "POST":
            done(request, row)
            return redirect(back)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "back": back,
            **{name: text.format(row=row) for name, text in words.items()},
        }
        return TemplateResponse(request, "admin/confirm.html", context)


def _reset(request: HttpRequest, row: Deployment) -> None:
    try:
        capacity.reset_breaker(row, by=request.user.get_username())
    except RedisAway:
        messages.error(request, "Redis is away: each worker tries again by itself.")
    else:
        messages.success(request, f"The breaker of {row} is closed.")


def _lift(request: HttpRequest, row: Deployment) -> None:
    if freezes.lift(row, by=request.user.get_username()):
        messages.success(request, f"{row} is called again.")
    else:
        messages.info(request, f"{row} is not frozen.")


def _open_freezes(row: Deployment) -> bool:
    """Return whether it is frozen; a list has fetched that with its rows."""
    return bool(row.pk) and any(each.lifted_at is None for each in row.freezes.all())


def _told(freeze: Freeze) -> str:
    cost, held = exact_usd(freeze.cost_nano_usd), exact_usd(freeze.hold_nano_usd)
    at, by = freeze.lifted_at, freeze.lifted_by
    end = f"lifted {at:%Y-%m-%d %H:%M} by {by}" if at else "holds"
    return f"attempt {freeze.attempt_id} cost {cost}, {held} were held; {end}"


def _look_at(rows: Iterable[Deployment]) -> None:
    found = list(rows)
    try:
        sights: dict[str, Sight] = capacity.look([row.slug for row in found])
    except RedisAway:
        sights = {}
    for row in found:
        row.sight = sights.get(row.slug)  # type: ignore[attr-defined]


def _sight_of(row: Deployment) -> Sight | None:
    """Return what the workers found, looked up once per page."""
    if not row.slug:
        return None
    if not hasattr(row, "sight"):
        _look_at([row])
    sight: Sight | None = row.sight  # type: ignore[attr-defined]
    return sight
