"""Task types, in the order in which a request is decided."""

from typing import Any

from django import forms
from django.contrib import admin
from unfold.widgets import UnfoldAdminSelectWidget

from routing.admin.drafts import DraftAdmin, DraftForm
from routing.models import TaskType
from usage.catalog import RULE_TIER
from usage.configuration import load_catalog

OPTIONAL_TIERS = ("real_time_tier", "floor", "ceiling")


class TaskTypeForm(DraftForm):
    """Tiers are chosen from the catalog instead of typed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        catalog = load_catalog()
        tiers = sorted(catalog.tiers.values(), key=lambda tier: tier.rank)
        choices = [(tier.slug, tier.name) for tier in tiers]
        rule = (RULE_TIER, "Rule: no model, at $0")
        self._offer("tier", [rule, *choices])
        for name in OPTIONAL_TIERS:
            self._offer(name, [("", "None"), *choices])

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        if name not in self.fields:
            return
        old = self.fields[name]
        self.fields[name] = forms.ChoiceField(
            choices=choices,
            required=old.required,
            label=old.label,
            help_text=old.help_text,
            widget=UnfoldAdminSelectWidget,
        )


@admin.register(TaskType)
class TaskTypeAdmin(DraftAdmin):
    form = TaskTypeForm
    list_display = (
        "name",
        "slug",
        "category",
        "tier",
        "floor",
        "ceiling",
        "is_critical",
        "is_patient_facing",
        "max_output_tokens",
        "version",
        "is_enabled",
    )
    list_filter = ("category", "tier", "is_clinical", "is_critical", "is_enabled")
    search_fields = ("slug", "name", "description")
    list_per_page = 100
    fieldsets = (
        ("What it is", {"fields": (("slug", "name"), ("category", "is_enabled"), "description")}),
        (
            "What it means",
            {
                "fields": (
                    ("is_clinical", "is_critical"),
                    ("is_patient_facing", "is_code"),
                    ("default_urgency", "slo_ms"),
                )
            },
        ),
        (
            "Who answers",
            {
                "fields": (
                    ("tier", "primary_model"),
                    ("floor", "ceiling"),
                    "real_time_tier",
                )
            },
        ),
        (
            "How it answers",
            {
                "fields": (
                    ("max_output_tokens", "output_ceiling_tokens"),
                    ("cache_ttl_seconds", "prompt_cache"),
                    ("thinking", "effort"),
                    ("thinking_budget_tokens", "thinking_ceiling_tokens"),
                )
            },
        ),
        (
            "When it fails or is poor",
            {
                "fields": (
                    ("fallback", "escalation"),
                    ("escalate_below", "checks_numbers"),
                    "may_flag_unfit",
                )
            },
        ),
        (
            "How answers are judged",
            {"fields": (("judge_share", "judge_below"), "judge_in_line")},
        ),
        ("What it should cost", {"fields": ("expected_cost_usd",)}),
    )
