"""Budgets, entered in USD and shown with what is spent, held and unknown now."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import OperationalError
from django.db.models import Prefetch
from django.http import HttpRequest
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from routerproject.shared import clock
from routerproject.shared.admin import ReadOnlyAdmin, bar, hexadecimal, moment, usd
from routerproject.shared.figures import exact_usd, local_text
from routerproject.shared.money import NANO_PER_USD, from_usd, to_usd
from usage import budgets, proof
from usage.admin.live import LiveAdmin, LiveForm
from usage.models import Budget, BudgetCrossing, BudgetPeriod

AT_ITS_END = "A change takes effect when the current period ends; a total budget's never does."
SMALLEST_CAP = Decimal(1) / NANO_PER_USD
KEPT = "(kept)"  # stands for a case id of which only the hash is known
_task_types: list[Callable[[], Iterable[str]]] = []


def offer_task_types(slugs: Callable[[], Iterable[str]]) -> None:
    """Let the form offer these task types; the room that knows them says so when it is loaded."""
    _task_types.append(slugs)


def _offered() -> list[str]:
    return sorted({slug for slugs in _task_types for slug in slugs()})


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

    task_type = forms.ChoiceField(
        required=False,
        choices=lambda: [("", "Every task type"), *((slug, slug) for slug in _offered())],
        widget=UnfoldAdminSelectWidget,
        help_text="Which work counts.",
    )
    case_id = forms.CharField(
        required=False,
        max_length=128,
        label="Patient journey",
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
        help_text="The case id of one journey, as the PMS sends it; empty: all. Only a keyed hash "
        "of it is kept.",
    )

    class Meta:
        model = Budget
        fields = (
            "name",
            "tenant",
            "client",
            "task_type",
            "tier",
            "model",
            "user",
            "each",
            "period",
            "time_zone",
            "soft_percents",
            "at_cap",
            "act_at_percent",
            "reserve_percent",
            "roll_over_percent",
            "is_active",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.case_hash and "case_id" in self.fields:
            self.initial["case_id"] = KEPT
        if self.instance.cap_nano_usd:
            self.initial["cap_usd"] = to_usd(self.instance.cap_nano_usd).normalize()

    def clean_cap_usd(self) -> Decimal:
        cap: Decimal = self.cleaned_data["cap_usd"]
        try:
            self.instance.cap_nano_usd = from_usd(cap)
        except ValueError as error:
            raise ValidationError(str(error)) from error
        return cap

    def clean_case_id(self) -> str:
        case_id: str = self.cleaned_data["case_id"]
        if case_id != KEPT:
            self.instance.case_hash = budgets.reference_hash(case_id) or None
        return case_id


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
    list_filter = ("period", "is_active", "tenant", "tier")
    list_select_related = Budget.SCOPE
    search_fields = ("name", "tenant__slug", "client__slug", "task_type", "user")
    autocomplete_fields = ("tenant", "client", "model")
    actions = ("prove",)
    readonly_fields = ("usable", "posted", "held", "unknown", "carried", "used", "resets")
    fieldsets = (
        (
            "What counts",
            {
                "description": "A call counts when all that is filled in is true of it.",
                "fields": (
                    "name",
                    ("tenant", "client"),
                    ("task_type", "tier", "model"),
                    ("user", "case_id"),
                    "each",
                ),
            },
        ),
        ("How much", {"fields": ("cap_usd", "period", "time_zone", "is_active")}),
        (
            "Near the cap",
            {
                "fields": (
                    "soft_percents",
                    ("at_cap", "act_at_percent"),
                    ("reserve_percent", "roll_over_percent"),
                )
            },
        ),
        (
            "This period",
            {"fields": ("used", "usable", "posted", "held", "unknown", "carried", "resets")},
        ),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        periods = BudgetPeriod.objects.fullest(clock.now())
        rows = super().get_queryset(request)
        return rows.prefetch_related(Prefetch("periods", periods, to_attr="running"))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """What was counted for all together cannot be told apart later, nor the other way."""
        fields = super().get_readonly_fields(request, obj)
        return (*fields, "each") if obj is not None else fields

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        row = self.get_queryset(request).get(pk=obj.pk)
        used = _running(row).used_nano_usd
        if used > row.cap_nano_usd + _running(row).carried_nano_usd:
            messages.warning(
                request,
                f"{exact_usd(used)} USD of this period count already, which is more than the cap; "
                "until it ends every call under this budget is refused.",
            )

    @admin.action(description="Prove that the caps hold", permissions=["change"])
    def prove(self, request: HttpRequest, queryset: Any) -> None:
        """Ask the ledger for one call too dear and one that fits; nothing of them stays."""
        for row in queryset:
            try:
                found = proof.prove(row)
            except OperationalError:
                messages.error(request, f"{row.name}: the ledger could not be asked; try again.")
                continue
            figures = f"used {exact_usd(found.used)} of {exact_usd(found.cap)} USD"
            if found.is_sound and row.is_active:
                messages.success(
                    request,
                    f"{row.name} holds: what passes the cap by 0.000000001 USD is refused, what"
                    f" just fits is admitted ({figures}).",
                )
            elif found.is_sound:
                messages.warning(request, f"{row.name} would hold, but is switched off.")
            else:
                messages.error(request, f"{row.name} DOES NOT HOLD ({figures}).")

    @admin.display(description="Usable before refusals")
    def usable(self, budget: Budget) -> str:
        period = _running(budget)
        if budget.pk is None or period.pk is None or period.used_at_refusal_nano_usd is None:
            return "nothing was refused in this period"
        share = period.used_at_refusal_nano_usd / (
            (budget.cap_nano_usd or 0) + period.carried_nano_usd
        )
        return f"{share:.1%} of the cap was used at the first of {period.refusals:,} refusals"

    @admin.display(description="What counts", ordering="tenant__slug")
    def scope(self, budget: Budget) -> str:
        return budget.scope_text

    @admin.display(description="Posted (USD)")
    def posted(self, budget: Budget) -> str:
        return exact_usd(_running(budget).posted_nano_usd)

    @admin.display(description="Held (USD)")
    def held(self, budget: Budget) -> str:
        return exact_usd(_running(budget).held_nano_usd)

    @admin.display(description="Unknown (USD)")
    def unknown(self, budget: Budget) -> str:
        return exact_usd(_running(budget).unknown_nano_usd)

    @admin.display(description="Carried over (USD)")
    def carried(self, budget: Budget) -> str:
        return exact_usd(_running(budget).carried_nano_usd)

    @admin.display(description="Used")
    def used(self, budget: Budget) -> str:
        period = _running(budget)
        return bar(
            period.used_nano_usd,
            (budget.cap_nano_usd or 0) + period.carried_nano_usd,
            f"{budget.name}: share of the cap in use",
        )

    @admin.display(description="Starts anew")
    def resets(self, budget: Budget) -> str:
        period = _running(budget)
        if period.pk is None:
            return "not used in this period"
        return local_text(period.ends_at, budgets.zone_of(budget)) if period.ends_at else "never"


def _running(budget: Budget) -> BudgetPeriod:
    """Return the period of now, the fullest one where each user or journey has one.

    One without figures when nothing was spent in it.
    """
    found: list[BudgetPeriod] = getattr(budget, "running", [])
    return found[0] if found else BudgetPeriod()


@admin.register(BudgetPeriod)
class BudgetPeriodAdmin(ReadOnlyAdmin):
    list_display = (
        "budget",
        hexadecimal("subject", "Whose (hash)"),
        moment("starts_at", "Starts (UTC)"),
        moment("ends_at", "Ends (UTC)"),
        usd("carried_nano_usd", "Carried over"),
        usd("posted_nano_usd", "Posted"),
        usd("held_nano_usd", "Held"),
        usd("unknown_nano_usd", "Unknown"),
        "refusals",
        usd("used_at_refusal_nano_usd", "Used at the first refusal"),
    )
    fields = list_display
    list_filter = ("budget",)
    list_select_related = ("budget",)
    search_help_text = "A period's number"
    ordering = ("-starts_at", "budget_id")

    def parse_id(self, text: str) -> int:
        return int(text)


@admin.register(BudgetCrossing)
class BudgetCrossingAdmin(ReadOnlyAdmin):
    list_display = (
        moment("seen_at", "Seen (UTC)"),
        "budget",
        "percent",
        usd("used_nano_usd", "Used then"),
        usd("cap_nano_usd", "Cap then"),
        "period",
    )
    fields = list_display
    list_filter = ("percent",)
    list_select_related = ("period__budget",)
    search_help_text = "A crossing's number"
    ordering = ("-id",)

    def parse_id(self, text: str) -> int:
        return int(text)

    @admin.display(description="Budget", ordering="period__budget__name")
    def budget(self, crossing: BudgetCrossing) -> str:
        return crossing.period.budget.name
