"""Answers that a stronger model marked: one by one, and by task type and tier."""

from datetime import timedelta
from typing import Any, Final

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse

from routerproject.shared import clock
from routerproject.shared.admin import ReadOnlyAdmin, moment
from routing.evaluation.figures import Share
from routing.models import JudgedAnswer
from routing.quality.judge import MARKS
from routing.quality.judgements import Group, groups

DAYS: Final = 30
HEADS: Final = (
    *("Task type", "Tier", "Judged", "Mean score"),
    *("Poor (%)", "95 %", "A stronger model is better (%)", "95 %"),
)


@admin.register(JudgedAnswer)
class JudgedAnswerAdmin(ReadOnlyAdmin):
    list_display = (
        *("request_id", "task_type", "tier", "score", "is_poor", "stronger_is_better"),
        *("is_in_line", "judge_model_id"),
        moment("at", "Judged (UTC)"),
    )
    list_filter = ("task_type", "tier", "is_poor", "stronger_is_better", "is_in_line")
    search_ids = ("request_id",)
    fieldsets = (
        ("Whose answer", {"fields": ("request_id", "task_type", ("tier", "model_id"))}),
        ("Its marks, 1 to 5", {"fields": (MARKS[:-1], MARKS[-1], ("score", "is_poor"))}),
        ("Who marked it", {"fields": (("judge_model_id", "rubric_version"), "at")}),
        ("How it was chosen", {"fields": (("share", "is_in_line"),)}),
    )
    list_before_template = "admin/judged_answers.html"

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        return [field.name for field in JudgedAnswer._meta.fields]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        found = groups(clock.now() - timedelta(days=DAYS))
        figures = {"heads": HEADS, "lines": [_line(group) for group in found], "days": DAYS}
        response: HttpResponse = super().changelist_view(
            request, {**(extra_context or {}), "judged": figures}
        )
        return response


def _line(group: Group) -> tuple[str, ...]:
    return (
        group.task_type or "none",
        group.tier,
        f"{group.count:,}",
        f"{group.mean_score:.2f}",
        *_share(group.poor, group.count),
        *_share(group.stronger_is_better, group.count),
    )


def _share(hits: int, total: int) -> tuple[str, str]:
    share = Share(hits, total)
    low, high = share.interval
    return f"{100 * share.value:.1f}", f"{100 * low:.1f} to {100 * high:.1f}"
