"""The LLM classifier: one row of settings, and the examples that the small model is shown."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from phi.errors import PhiBlocked
from phi.sanitize import sanitize
from phi.types import PhiPolicy
from routing.models import ClassifierExample, LlmClassifier
from usage.admin.live import LiveAdmin, LiveForm

STRICTEST = PhiPolicy("examples", 1)
IDENTIFIES = (
    "This looks as if it identified somebody: {found}. An example leaves with every question, so it"
    " must not."
)


@admin.register(LlmClassifier)
class LlmClassifierAdmin(LiveAdmin):
    list_display = ("__str__", "is_enabled", "asks_from", "asks_up_to", "model_id", "timeout_ms")
    fieldsets = (
        ("Whether", {"fields": ("is_enabled",)}),
        ("When it is asked", {"fields": (("asks_from", "asks_up_to"), "short_output_tokens")}),
        ("Who is asked", {"fields": (("model_id", "timeout_ms"),)}),
        ("What is done meanwhile", {"fields": ("speculates",)}),
        (
            "What the answer is worth",
            {"fields": ("doubtful_below", ("label_ttl_seconds", "most_labels"))},
        ),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ClassifierExampleForm(LiveForm):
    def clean_text(self) -> str:
        """Refuse what identifies a person: examples leave the house, also for other patients."""
        text: str = self.cleaned_data["text"]
        try:
            found = sanitize({"text": text}, known=(), policy=STRICTEST, key=bytes(32)).counts
        except PhiBlocked:
            found = {"a text that cannot be examined": 1}
        if found:
            raise ValidationError(IDENTIFIES.format(found=", ".join(sorted(found))))
        return text


@admin.register(ClassifierExample)
class ClassifierExampleAdmin(LiveAdmin):
    form = ClassifierExampleForm
    list_display = ("text", "label", "is_shown")
    list_filter = ("label", "is_shown")
    search_fields = ("text", "why")
    fieldsets = (
        ("What somebody writes", {"fields": ("text",)}),
        ("What it needs", {"fields": (("label", "is_shown"), "why")}),
    )
