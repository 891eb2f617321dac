"""The review queue in the admin: the plan, the draws, what was settled, and who said what."""

from typing import Any, Final

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.safestring import SafeString
from unfold.decorators import action

from routerproject.shared import clock
from routerproject.shared.admin import ReadOnlyAdmin, moment
from routerproject.shared.spreadsheet import csv_response
from routing.evaluation import reviewed_labels, reviews
from routing.evaluation.sets import Unfit
from routing.models import (
    EvaluationSet,
    Review,
    ReviewDraw,
    ReviewPlan,
    ReviewReading,
    ReviewState,
)
from usage.admin.live import LiveAdmin

MOST_ROWS: Final = 50_000
COLUMNS: Final = (
    *("id", "request_id", "decided_at", "tier", "model_id", "task_type", "source", "confidence"),
    *("variant", "propensity", "was_in_doubt", "readers_wanted", "state", "verdict", "needed"),
    *("harm", "is_adjudicated", "settled_at"),
)


@admin.register(ReviewPlan)
class ReviewPlanAdmin(LiveAdmin):
    list_display = ("__str__", "is_enabled", "per_draw", "uncertain_percent", "double_percent")
    fieldsets = (
        ("Whether", {"fields": ("is_enabled",)}),
        ("How many", {"fields": ("per_draw", "double_percent")}),
        ("Which", {"fields": (("uncertain_percent", "uncertain_below"),)}),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(ReviewDraw)
class ReviewDrawAdmin(ReadOnlyAdmin):
    list_display = (
        *("__str__", "population", "in_doubt", "drawn"),
        moment("at", "Drawn (UTC)"),
    )
    fields = (*list_display[1:], "since", "until", "by_stratum")
    actions_list = ("draw_now",)
    when_empty = (
        "Nothing was drawn yet. The worker draws once a day from the decisions whose text a PHI "
        "policy keeps for review; the review plan says how many."
    )

    def parse_id(self, text: str) -> int:
        return int(text)

    def has_draw_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("routing.change_reviewplan")

    @admin.display(description="By tier and stage")
    def by_stratum(self, row: ReviewDraw) -> SafeString:
        lines = [(s["tier"], s["source"], f"{s['of']:,}", s["drawn"]) for s in row.strata]
        heads = ("Tier", "Stage", "Decisions", "Drawn at random")
        return render_to_string("admin/small_table.html", {"heads": heads, "lines": lines})

    @action(  # type: ignore[untyped-decorator]
        description="Draw now", url_path="draw", icon="casino", permissions=["draw"]
    )
    def draw_now(self, request: HttpRequest) -> HttpResponse:
        """Draw from what was kept since the last draw, on confirmation."""
        back = "admin:routing_reviewdraw_changelist"
        if request.method == "POST":
            row = reviews.draw(ReviewPlan.objects.get(), clock.now())
            messages.success(request, f"{row.drawn} of {row.population:,} decisions were drawn.")
            return redirect(back)
        page = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "back": reverse(back),
            "title": "Draw decisions now",
            "question": "As many as the plan says are drawn from the decisions whose text was kept "
            "since the last draw. The next draw of the schedule is a day later.",
            "button": "Draw",
        }
        return TemplateResponse(request, "admin/confirm.html", page)


class TakeForm(forms.Form):
    """Where settled labels go."""

    target = forms.ModelChoiceField(
        EvaluationSet.objects.filter(is_frozen=False),
        label="Into the set",
        help_text="Texts stay there beyond their expiry, without tokens that lead to their case.",
    )


@admin.register(Review)
class ReviewAdmin(ReadOnlyAdmin):
    list_display = (
        *("__str__", "request_id", "tier", "task_type", "source", "state", "verdict", "needed"),
        *("harm", "readers_wanted", moment("decided_at", "Decided (UTC)")),
    )
    list_filter = ("state", "verdict", "tier", "source", "harm", "was_in_doubt")
    fieldsets = (
        ("What was decided", {"fields": ("request_id", ("tier", "model_id"), "task_type")}),
        ("By whom", {"fields": (("source", "confidence"), "variant", "decided_at")}),
        ("How it was drawn", {"fields": ("draw", ("propensity", "was_in_doubt"))}),
        ("What was settled", {"fields": ("state", ("verdict", "needed", "harm"), "settled_at")}),
        ("By how many", {"fields": (("readers_wanted", "is_adjudicated"), "taken_into")}),
    )
    search_ids = ("request_id",)
    search_help_text = "A whole request id"
    actions = ("download",)  # type: ignore[assignment]
    actions_list = ("take",)
    when_empty = (
        "No decision was drawn yet. The worker draws once a day from those whose text a PHI policy "
        "keeps for review."
    )

    def has_take_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(reviewed_labels.PERMISSION)

    @admin.action(description="Download as CSV", permissions=["view"])
    def download(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse:
        rows = ([str(getattr(row, name)) for name in COLUMNS] for row in queryset[:MOST_ROWS])
        return csv_response("reviews", COLUMNS, rows)

    @action(  # type: ignore[untyped-decorator]
        description="Take labels into a set", url_path="take", icon="label", permissions=["take"]
    )
    def take(self, request: HttpRequest) -> HttpResponse:
        """Make labelled examples of what was settled, where readers agree enough."""
        back = "admin:routing_review_changelist"
        form = TakeForm(request.POST or None)
        findings: tuple[str, ...] = ()
        if request.method == "POST" and form.is_valid():
            target = get_object_or_404(EvaluationSet, pk=form.cleaned_data["target"].pk)
            try:
                taken = reviewed_labels.take(target, by=request.user, now=clock.now())  # type: ignore[arg-type]
            except Unfit as unfit:
                findings = unfit.problems
            else:
                messages.success(request, f"{taken:,} labelled requests were taken into {target}.")
                return redirect(back)
        page = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "back": reverse(back),
            "title": "Take settled labels into a set",
            "question": "Every settled decision whose text can still be read, which names the tier "
            "that was needed and was not taken before, becomes a labelled example.",
            "button": "Take",
            "form": form,
            "findings": findings,
        }
        return TemplateResponse(request, "admin/confirm.html", page)


@admin.register(ReviewReading)
class ReviewReadingAdmin(ReadOnlyAdmin):
    """What was said of decisions that are settled; before that a second reader might learn it."""

    list_display = (
        *("review", "reader", "verdict", "needed", "harm", "is_adjudication"),
        moment("at", "Said (UTC)"),
    )
    list_filter = ("verdict", "harm", "is_adjudication")
    list_select_related = ("review", "reader")
    fields = list_display
    search_help_text = "A reading's number"
    when_empty = "Nobody has settled a review yet. What was said of open ones is not shown."

    def parse_id(self, text: str) -> int:
        return int(text)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.filter(review__state=ReviewState.SETTLED)
