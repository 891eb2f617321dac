"""Rules: conditions and actions as JSON, explained, and checked before they are saved."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.utils.html import format_html
from unfold.widgets import UnfoldAdminTextareaWidget

from routing.admin.drafts import DraftAdmin, DraftForm
from routing.models import Rule
from routing.select.conditions import validate_rule

CONDITIONS = (
    "A JSON object; every condition must hold. task_type, tenant, client, urgency, accuracy: a name"
    " or a list of names. min_characters, max_characters: a number. patient_facing, has_tools,"
    " has_images: true or false. keywords: words, any of which the text has. time_window:"
    ' {"from": "22:00", "to": "06:00", "days": ["sat", "sun"], "timezone": "America/New_York"}.'
    " An empty object always holds."
)
ACTIONS = (
    'A JSON object: {"tier": "opus"} or {"model": "claude-opus-4-6"}; {"floor": "sonnet"},'
    ' {"ceiling": "sonnet"}; or {"deny": true} alone. A ceiling never goes below a floor.'
)


class RuleForm(DraftForm):
    class Meta:
        model = Rule
        fields = "__all__"
        widgets = {
            "conditions": UnfoldAdminTextareaWidget(attrs={"rows": 8, "spellcheck": "false"}),
            "actions": UnfoldAdminTextareaWidget(attrs={"rows": 4, "spellcheck": "false"}),
        }
        help_texts = {"conditions": CONDITIONS, "actions": ACTIONS}

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        conditions, actions = (self.cleaned_data.get(name) for name in ("conditions", "actions"))
        if isinstance(conditions, dict) and isinstance(actions, dict):
            problems = validate_rule(conditions, actions)
            if problems:
                raise ValidationError(problems)
        return cleaned


@admin.register(Rule)
class RuleAdmin(DraftAdmin):
    form = RuleForm
    list_display = ("priority", "name", "slug", "when", "then", "version", "is_published")
    list_display_links = ("name",)
    list_filter = ("is_published",)
    search_fields = ("slug", "name", "description")
    fieldsets = (
        ("What it is for", {"fields": (("slug", "name"), "description")}),
        ("When", {"fields": (("priority", "is_published"), "conditions")}),
        ("Then", {"fields": ("actions",)}),
    )

    @admin.display(description="When")
    def when(self, rule: Rule) -> str:
        return _in_words(rule.conditions) or "always"

    @admin.display(description="Then")
    def then(self, rule: Rule) -> str:
        return _in_words(rule.actions)


def _in_words(content: dict[str, Any]) -> str:
    """Return a JSON object as one escaped line."""
    parts = (f"{name} {_value(value)}" for name, value in content.items())
    return format_html("{}", "; ".join(parts))


def _value(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
