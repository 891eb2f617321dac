"""A clinic's own recognizers and allowed phrases, each tried out before it is kept."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from phi.admin.drafts import DraftAdmin, DraftForm
from phi.admin.fields import tenant_field
from phi.detect.custom import MOST_RECOGNIZERS, flaws_of, found_in
from phi.detect.custom_speed import flaws_of_speed
from phi.detect.likeness import likeness
from phi.detect.registry import CATEGORIES
from phi.models import AllowedPhrase, CustomRecognizer
from phi.models.words import LONGEST_EXAMPLE, LONGEST_PATTERN
from phi.policies import described
from routerproject.shared.admin import LinesField
from routerproject.shared.figures import EMPTY

MOST_PHRASES = 1_000


class RecognizerForm(DraftForm):
    tenant = tenant_field()
    category = forms.ChoiceField(
        choices=[(slug, slug.replace("_", " ")) for slug in CATEGORIES],
        widget=UnfoldAdminSelectWidget,
        help_text="What it finds, as one of the categories of Safe Harbor.",
    )
    pattern = forms.CharField(
        max_length=LONGEST_PATTERN,
        strip=False,
        widget=UnfoldAdminTextInputWidget(attrs={"spellcheck": "false"}),
        help_text=CustomRecognizer._meta.get_field("pattern").help_text,
    )
    context = LinesField(
        required=False,
        most=20,
        longest=40,
        help_text=CustomRecognizer._meta.get_field("context").help_text,
    )
    examples = LinesField(
        most=20,
        longest=LONGEST_EXAMPLE,
        help_text=CustomRecognizer._meta.get_field("examples").help_text,
    )
    counterexamples = LinesField(
        required=False,
        most=20,
        longest=LONGEST_EXAMPLE,
        help_text=CustomRecognizer._meta.get_field("counterexamples").help_text,
    )

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if not self.errors:
            self._try_pattern()
            self._count_others()
        return cleaned

    def _try_pattern(self) -> None:
        given = self.cleaned_data
        one = described({**given, "version": 1})
        flaws = flaws_of(one, given["examples"], given["counterexamples"])
        flaws = flaws or flaws_of_speed(one, given["examples"])
        if flaws:
            self.add_error("pattern", ValidationError(flaws))

    def _count_others(self) -> None:
        rows = CustomRecognizer.objects.filter(tenant=self.cleaned_data["tenant"], is_active=True)
        if rows.exclude(pk=self.instance.pk).count() >= MOST_RECOGNIZERS:
            self.add_error("tenant", f"There are {MOST_RECOGNIZERS} recognizers already.")


@admin.register(CustomRecognizer)
class CustomRecognizerAdmin(DraftAdmin):
    form = RecognizerForm
    list_display = ("slug", "whose", "category", "pattern", "version", "is_active")
    list_filter = ("is_active", "category", "tenant")
    search_fields = ("slug", "tenant", "pattern")
    readonly_fields = ("version", "what_the_examples_give")
    fieldsets = (
        ("For whom", {"fields": (("slug", "tenant"), ("is_active", "version"))}),
        ("What it finds", {"fields": ("category", "pattern", "context")}),
        (
            "What shows that it is right",
            {"fields": (("examples", "counterexamples"), "what_the_examples_give")},
        ),
    )

    @admin.display(description="Tenant", ordering="tenant")
    def whose(self, row: CustomRecognizer) -> str:
        return row.tenant or "every tenant"

    @admin.display(description="What the examples give")
    def what_the_examples_give(self, row: CustomRecognizer) -> SafeString | str:
        """Show, line by line, what is taken for an identifier."""
        if not row.pk:
            return EMPTY
        one = described(vars(row))
        lines = ((text, " | ".join(found_in(one, text))) for text in _texts(row))
        shown = ((text, f"finds {found}" if found else "finds nothing") for text, found in lines)
        return format_html_join("", "<p><code>{}</code>: <strong>{}</strong></p>", shown)


def _texts(row: CustomRecognizer) -> list[str]:
    return [*row.examples, *row.counterexamples]


class PhraseForm(DraftForm):
    tenant = tenant_field()

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        rows = AllowedPhrase.objects.filter(tenant=self.cleaned_data.get("tenant", ""))
        if rows.exclude(pk=self.instance.pk).count() >= MOST_PHRASES:
            self.add_error("tenant", f"There are {MOST_PHRASES} phrases already.")
        return cleaned

    def clean_phrase(self) -> str:
        phrase = " ".join(self.cleaned_data["phrase"].split())
        if sum(map(str.isalnum, phrase)) < 2:
            raise ValidationError("A phrase has at least two letters or figures.")
        return phrase


@admin.register(AllowedPhrase)
class AllowedPhraseAdmin(DraftAdmin):
    form = PhraseForm
    list_display = ("phrase", "whose", "reason", "warning")
    list_filter = ("tenant",)
    search_fields = ("phrase", "tenant", "reason")
    fieldsets = (
        ("For whom", {"fields": ("tenant",)}),
        ("What identifies nobody", {"fields": ("phrase", "reason")}),
    )

    @admin.display(description="Tenant", ordering="tenant")
    def whose(self, row: AllowedPhrase) -> str:
        return row.tenant or "every tenant"

    @admin.display(description="Warning")
    def warning(self, row: AllowedPhrase) -> str:
        return likeness(row.phrase) or EMPTY

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if what := likeness(obj.phrase):
            messages.warning(
                request,
                f'"{obj.phrase}" {what}. It leaves wherever it stands, unless it is a known '
                "identifier of the request's own patients.",
            )
