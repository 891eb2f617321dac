"""Experiments: A/B splits of a task type or a rule, edited arm by arm, with how they have done."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from unfold.decorators import action
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from routerproject.shared import clock
from routerproject.shared.admin import row_or_404
from routerproject.shared.figures import EMPTY, exact_usd
from routerproject.shared.spreadsheet import csv_response
from routing.admin.drafts import DraftAdmin, DraftForm
from routing.evaluation import trials
from routing.evaluation.figures import Share
from routing.evaluation.trials import Line
from routing.models import Experiment, Rule, TaskType
from routing.models.experiment_flaws import MOST_VARIANTS
from usage import arms
from usage.arms import ArmFigures
from usage.catalog import RULE_TIER, Catalog
from usage.configuration import load_catalog

HEADS = (
    *("Arm", "Requests", "Answered (%)", "Poor first answers (%), 95 % interval"),
    *("Cost per request (USD)", "p50 (ms)", "p95 (ms)"),
)
COMPARED_HEADS = (
    *("Arm", "Measure", "First arm", "This arm", "Difference, 95 % interval", "p (two-sided)"),
    *("Dealt to the first", "Dealt to this one"),
)
Choices = list[tuple[str, Any]]


class ExperimentForm(DraftForm):
    """Each arm is a line of three fields; lines left empty are no arms."""

    class Meta:
        model = Experiment
        exclude = ("variants",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        slugs = [(row.slug, row.name) for row in TaskType.objects.exclude(tier=RULE_TIER)]
        rules = [(row.slug, row.name) for row in Rule.objects.all()]
        self._offer("task_type", slugs)
        self._offer("rule", rules)
        targets = _targets(load_catalog())
        kept = self.instance.variants or []
        for at in range(MOST_VARIANTS):
            arm = kept[at] if at < len(kept) else {}
            name, target, percent = _fields(at, targets)
            for field, part in zip(names_of(at), ("name", "target", "percent"), strict=True):
                self.initial.setdefault(field, arm.get(part))
            self.fields.update(zip(names_of(at), (name, target, percent), strict=True))

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        self.instance.variants = list(self._arms())
        return cleaned

    def _arms(self) -> Iterator[dict[str, Any]]:
        for at in range(MOST_VARIANTS):
            given = [self.cleaned_data.get(field) for field in names_of(at)]
            if all(value in (None, "") for value in given):
                continue
            for field, value in zip(names_of(at), given, strict=True):
                if value in (None, "") and field not in self.errors:
                    self.add_error(field, "An arm has a name, somebody who answers and a share.")
            yield dict(zip(("name", "target", "percent"), given, strict=True))

    def _offer(self, name: str, choices: Choices) -> None:
        if name not in self.fields:
            return
        old = self.fields[name]
        self.fields[name] = forms.ChoiceField(
            choices=[("", "-"), *choices],
            required=False,
            label=old.label,
            help_text=old.help_text,
            widget=UnfoldAdminSelectWidget,
        )


def names_of(at: int) -> tuple[str, str, str]:
    """Return what the three fields of an arm are called."""
    return f"arm_{at + 1}", f"target_{at + 1}", f"percent_{at + 1}"


ARM_FIELDS = {name for at in range(MOST_VARIANTS) for name in names_of(at)}


def _fields(at: int, targets: Choices) -> tuple[forms.Field, forms.Field, forms.Field]:
    number = at + 1
    return (
        forms.CharField(
            required=False,
            max_length=63,
            label=f"Arm {number}",
            widget=UnfoldAdminTextInputWidget,
            help_text="Its name in reasons and records.",
        ),
        forms.ChoiceField(
            required=False,
            choices=targets,
            label="Who answers",
            widget=UnfoldAdminSelectWidget,
            help_text="A tier, or one model of it.",
        ),
        forms.IntegerField(
            required=False,
            min_value=0,
            max_value=100,
            label="Share (%)",
            widget=UnfoldAdminIntegerFieldWidget,
            help_text="Of the requests; all arms come to 100.",
        ),
    )


def _targets(catalog: Catalog) -> Choices:
    tiers = sorted(catalog.tiers.values(), key=lambda tier: tier.rank)
    priced = [model for model in catalog.models.values() if catalog.prices.get(model.model_id)]
    live = [(model.model_id, model.name) for model in priced if model.is_live]
    candidates = [(model.model_id, model.name) for model in priced if not model.is_live]
    return [
        ("", "-"),
        ("Tiers", [(tier.slug, tier.name) for tier in tiers]),
        ("Live models", sorted(live)),
        ("Candidates", sorted(candidates)),
    ]


@admin.register(Experiment)
class ExperimentAdmin(DraftAdmin):
    when_empty = (
        "Nothing is tried yet. An experiment deals the requests of one task type, or of one rule,"
        " to two or more tiers or models by percent, and compares how they do."
    )
    form = ExperimentForm
    list_display = ("name", "slug", "subject", "shares", "sticky_by", "version", "is_published")
    list_filter = ("is_published",)
    search_fields = ("slug", "name", "description")
    readonly_fields = ("so_far", "shares")
    actions_detail = ("figures",)
    fieldsets = (
        ("What is tried", {"fields": (("slug", "name"), "description")}),
        ("On which requests", {"fields": (("task_type", "rule"), ("sticky_by", "seed"))}),
        ("Arms", {"fields": tuple(names_of(at) for at in range(MOST_VARIANTS))}),
        ("How they have done", {"fields": ("so_far",)}),
        ("When it holds", {"fields": ("is_published",)}),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show who only reads the arms in one line."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return fieldsets
        return [(n, {"fields": ("shares",)} if n == "Arms" else o) for n, o in fieldsets]

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """Leave the fields of the arms, which are no columns, to the form itself."""
        names = kwargs.get("fields") or flatten_fieldsets(self.get_fieldsets(request, obj))
        kwargs["fields"] = [name for name in names if name not in ARM_FIELDS]
        return super().get_form(request, obj, change=change, **kwargs)

    @admin.display(description="Subject")
    def subject(self, row: Experiment) -> str:
        return f"task type {row.task_type}" if row.task_type else f"rule {row.rule}"

    @admin.display(description="Arms")
    def shares(self, row: Experiment) -> str:
        parts = (f"{arm['name']} {arm['percent']} % {arm['target']}" for arm in row.variants)
        return "; ".join(parts)

    @admin.display(description="Newest 100,000 requests of 30 days")
    def so_far(self, row: Experiment) -> SafeString | str:
        found = arms.figures_of(row.slug, clock.now()) if row.pk else []
        if not found:
            return EMPTY
        trial = trials.trial(row, clock.now())
        context = {
            "heads": HEADS,
            "lines": [_line(each) for each in found],
            "first": row.variants[0]["name"] if row.variants else "",
            "compared_heads": COMPARED_HEADS,
            "compared": [_compared(line) for line in trial.lines],
            "units_needed": f"{trial.units_needed:,}",
        }
        return render_to_string("admin/trial.html", context)

    @action(  # type: ignore[untyped-decorator]
        description="Figures as CSV", url_path="figures", icon="download", permissions=["view"]
    )
    def figures(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Give how the arms lie to the first one as a file."""
        row = row_or_404(Experiment, object_id)
        lines = (_compared(line) for line in trials.trial(row, clock.now()).lines)
        return csv_response(row.slug, COMPARED_HEADS, lines)


def _compared(line: Line) -> tuple[str, ...]:
    return (
        *(line.arm, line.name, line.written(line.first.mean), line.written(line.other.mean)),
        *(line.apart, line.p, f"{line.first.units:,}", f"{line.other.units:,}"),
    )


def _line(figures: ArmFigures) -> tuple[str, ...]:
    poor = Share(figures.escalated, figures.answered)
    low, high = poor.interval
    return (
        figures.arm,
        f"{figures.requests:,}",
        f"{100 * figures.answered / figures.requests:.1f}",
        f"{100 * poor.value:.1f} ({100 * low:.1f} to {100 * high:.1f})",
        exact_usd(figures.cost_nano_usd // figures.requests),
        *(f"{ms:,.0f}" if ms is not None else EMPTY for ms in (figures.p50_ms, figures.p95_ms)),
    )
