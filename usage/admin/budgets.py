"""Budgets, entered in USD and shown with what is spent, held and unknown now."""

from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Prefetch, Q
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminDecimalFieldWidget

from routerproject.shared import clock
from routerproject.shared.admin import ReadOnlyAdmin, bar, moment, usd
from routerproject.shared.figures import exact_usd, local_text
from routerproject.shared.money import NANO_PER_USD, from_usd, to_usd
from usage.admin.live import LiveAdmin, LiveForm
from usage.models import Budget, BudgetPeriod

AT_ITS_END = "A change takes effect when the current period ends; a total budget's never does."
SMALLEST_CAP = Decimal(1) / NANO_PER_USD


class BudgetForm(LiveForm):
    """Caps are typed in USD and stored, exactly, in nano-USD."""

    cap_usd = forms.DecimalField(
        label="Cap (USD)",
        max_digits=19,
        decimal_places=9,
        min_value=SMALLEST_CAP,
        widget=UnfoldAdminDecimalFieldWidget(attrs={"step": "any"}),
        help_text="Hard cap per period, in USD. A call whose worst case might pass it is refused.",
    )

    class Meta:
        model = Budget
        fields = ("name", "tenant", "period", "time_zone", "is_active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.cap_nano_usd:
            self.initial["cap_usd"] = to_usd(self.instance.cap_nano_usd).normalize()

    def clean_cap_usd(self) -> Decimal:
        cap: Decimal = self.cleaned_data["cap_usd"]
        try:
            self.instance.cap_nano_usd = from_usd(cap)
        except ValueError as error:
            raise ValidationError(str(error)) from error
        return cap


@admin.register(Budget)
class BudgetAdmin(LiveAdmin):
    form = BudgetForm
    on_change: ClassVar = {"period": AT_ITS_END, "time_zone": AT_ITS_END}
    list_display = (
        "name",
        "scope",
        "is_active",
        "period",
        usd("cap_nano_usd", "Cap"),
        "posted",
        "held",
        "unknown",
        "used",
        "resets",
    )
    list_filter = ("period", "is_active", "tenant")
    list_select_related = ("tenant",)
    search_fields = ("name", "tenant__slug")
    autocomplete_fields = ("tenant",)
    readonly_fields = ("posted", "held", "unknown", "used", "resets")
    fieldsets = (
        ("Whose", {"fields": ("name", "tenant")}),
        ("How much", {"fields": ("cap_usd", "period", "time_zone", "is_active")}),
        ("This period", {"fields": ("used", "posted", "held", "unknown", "resets")}),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        now = clock.now()
        running = Q(starts_at__lte=now) & (Q(ends_at__isnull=True) | Q(ends_at__gt=now))
        periods = BudgetPeriod.objects.filter(running)
        budgets = super().get_queryset(request)
        return budgets.prefetch_related(Prefetch("periods", periods, to_attr="running"))

    @admin.display(description="Scope", ordering="tenant__slug")
    def scope(self, budget: Budget) -> str:
        return budget.tenant.name if budget.tenant else "Installation"

    @admin.display(description="Posted (USD)")
    def posted(self, budget: Budget) -> str:
        return exact_usd(_running(budget).posted_nano_usd)

    @admin.display(description="Held (USD)")
    def held(self, budget: Budget) -> str:
        return exact_usd(_running(budget).held_nano_usd)

    @admin.display(description="Unknown (USD)")
    def unknown(self, budget: Budget) -> str:
        return exact_usd(_running(budget).unknown_nano_usd)

    @admin.display(description="Used")
    def used(self, budget: Budget) -> str:
        period = _running(budget)
        spent = period.posted_nano_usd + period.held_nano_usd + period.unknown_nano_usd
        return bar(spent, budget.cap_nano_usd or 0, f"{budget.name}: share of the cap in use")

    @admin.display(description="Starts anew")
    def resets(self, budget: Budget) -> str:
        period = _running(budget)
        zone = budget.time_zone or (budget.tenant.time_zone if budget.tenant else "UTC")
        if period.pk is None:
            return "not used in this period"
        return local_text(period.ends_at, zone) if period.ends_at else "never"


def _running(budget: Budget) -> BudgetPeriod:
    """Return the period of now; one without figures when nothing was spent in it."""
    found: list[BudgetPeriod] = getattr(budget, "running", [])
    return found[0] if found else BudgetPeriod()


@admin.register(BudgetPeriod)
class BudgetPeriodAdmin(ReadOnlyAdmin):
    list_display = (
        "budget",
        moment("starts_at", "Starts (UTC)"),
        moment("ends_at", "Ends (UTC)"),
        usd("posted_nano_usd", "Posted"),
        usd("held_nano_usd", "Held"),
        usd("unknown_nano_usd", "Unknown"),
    )
    fields = list_display
    list_filter = ("budget",)
    list_select_related = ("budget",)
    search_help_text = "A period's number"
    ordering = ("-starts_at", "budget_id")

    def parse_id(self, text: str) -> int:
        return int(text)
