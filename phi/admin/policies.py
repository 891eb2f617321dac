"""PHI policies: which identifiers are tokenized, allowed or refused, for whom."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from phi.admin.drafts import DraftAdmin, DraftForm
from phi.admin.fields import task_type_field, tenant_field
from phi.detect.likeness import likeness
from phi.detect.registry import CATEGORIES
from phi.models import Policy
from routerproject.shared.admin import LinesField

MOST_PHRASES = 200


class PolicyForm(DraftForm):
    tenant = tenant_field()
    task_type = task_type_field()
    allowed_categories = forms.MultipleChoiceField(
        required=False,
        choices=[(slug, slug.replace("_", " ")) for slug in CATEGORIES],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text="Categories that may leave as they are, the patient's own too. Such a request "
        "goes to deployments under a BAA only.",
    )
    allow_list = LinesField(
        required=False,
        most=MOST_PHRASES,
        longest=200,
        help_text="One per line: words that are no identifiers under this policy. For all of a "
        "tenant's texts use allowed phrases.",
    )


@admin.register(Policy)
class PolicyAdmin(DraftAdmin):
    form = PolicyForm
    list_display = (
        "slug",
        "whose",
        "work",
        "mode",
        "on_finding",
        "on_doubt",
        "pms_failure",
        "allows_images",
        "allows_documents",
        "keeps_answers",
        "review_percent",
        "version",
        "is_active",
    )
    list_filter = ("mode", "is_active", "tenant")
    search_fields = ("slug", "tenant", "task_type")
    readonly_fields = ("version",)
    fieldsets = (
        ("For whom", {"fields": ("slug", ("tenant", "task_type"), "is_active", "version")}),
        ("What happens", {"fields": ("mode", "on_finding", "on_doubt", "pms_failure")}),
        ("What is stored", {"fields": ("keeps_answers", ("review_percent", "review_days"))}),
        (
            "What may leave as it is",
            {"fields": ("allowed_categories", ("allows_images", "allows_documents"), "allow_list")},
        ),
    )

    @admin.display(description="Tenant", ordering="tenant")
    def whose(self, policy: Policy) -> str:
        return policy.tenant or "every tenant"

    @admin.display(description="Task type", ordering="task_type")
    def work(self, policy: Policy) -> str:
        return policy.task_type or "every task type"

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        for phrase in obj.allow_list:
            if what := likeness(phrase):
                messages.warning(request, f'"{phrase}" {what}. It would leave wherever it stands.')
