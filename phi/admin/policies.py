"""PHI policies: which identifiers are tokenized, allowed or refused, for whom."""

from django import forms
from django.contrib import admin
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from phi.detect.registry import CATEGORIES
from phi.models import Policy
from usage.admin.live import LiveAdmin, LiveForm


class PolicyForm(LiveForm):
    allowed_categories = forms.MultipleChoiceField(
        required=False,
        choices=[(slug, slug.replace("_", " ")) for slug in CATEGORIES],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text="Categories that may leave as they are. Needs a deployment under a BAA.",
    )


@admin.register(Policy)
class PolicyAdmin(LiveAdmin):
    form = PolicyForm
    list_display = (
        "slug",
        "tenant",
        "task_type",
        "mode",
        "allows_images",
        "allows_documents",
        "denies_on_doubt",
        "version",
        "is_active",
    )
    list_filter = ("mode", "is_active")
    search_fields = ("slug", "tenant", "task_type")
    readonly_fields = ("version",)
    fieldsets = (
        ("For whom", {"fields": ("slug", ("tenant", "task_type"), "is_active", "version")}),
        ("What happens", {"fields": ("mode", "on_finding", "denies_on_doubt", "pms_failure")}),
        (
            "What may leave as it is",
            {"fields": ("allowed_categories", ("allows_images", "allows_documents"), "allow_list")},
        ),
    )
