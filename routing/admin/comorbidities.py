"""Comorbidity pairs: edited one by one, or as a file; live when the rulebook is published."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.decorators import action
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminTextInputWidget

from routerproject.shared.spreadsheet import csv_response
from routing.admin.drafts import DraftAdmin, DraftForm
from routing.icd10 import normalized
from routing.models import ComorbidityPair
from routing.models.comorbidities import NO_CODE
from routing.rulebook import pair_files

LIST = "admin:routing_comorbiditypair_changelist"
LARGEST_FILE = 2_000_000  # bytes
LONGEST_SPELLING = 16  # with blanks that somebody pasted along


class CodeField(forms.CharField):
    """An ICD-10-CM code as people spell it, kept as it is written."""

    def to_python(self, value: Any) -> str:
        spelled = super().to_python(value) or ""
        return normalized(spelled) or spelled

    def validate(self, value: Any) -> None:
        super().validate(value)
        if normalized(value) is None:
            raise forms.ValidationError(NO_CODE)


class PairForm(DraftForm):
    """Both codes may be spelled in any way, in any order."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("first", "second"):
            if old := self.fields.get(name):
                self.fields[name] = CodeField(
                    max_length=LONGEST_SPELLING,
                    label=old.label,
                    help_text=old.help_text,
                    widget=UnfoldAdminTextInputWidget,
                )


class FileForm(forms.Form):
    """A file of pairs."""

    file = forms.FileField(
        widget=UnfoldAdminFileFieldWidget,
        help_text=f"CSV in UTF-8 with a header: {', '.join(pair_files.COLUMNS)}. The first four "
        "must be there; is_published is yes where it is not no.",
    )

    def clean_file(self) -> bytes:
        file = self.cleaned_data["file"]
        if file.size > LARGEST_FILE:
            raise forms.ValidationError(f"A file has at most {LARGEST_FILE:,} bytes.")
        content: bytes = file.read()
        return content


@admin.register(ComorbidityPair)
class ComorbidityPairAdmin(DraftAdmin):
    form = PairForm
    list_display = ("name", "first", "second", "severity", "watch", "is_published")
    list_filter = ("severity", "is_published")
    search_fields = ("first", "second", "name", "watch")
    actions_list = ("export_file", "import_file")
    fieldsets = (
        ("Which conditions", {"fields": (("first", "second"), "name")}),
        ("What to make of them", {"fields": ("severity", "watch")}),
        ("When it holds", {"fields": ("is_published",)}),
    )

    def has_export_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(self.has_view_permission(request))

    def has_import_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(self.has_add_permission(request) and self.has_change_permission(request))

    @action(  # type: ignore[untyped-decorator]
        description="Export", url_path="export", icon="download", permissions=["export"]
    )
    def export_file(self, request: HttpRequest) -> HttpResponse:
        """Give all pairs as the file that an import takes."""
        rows = pair_files.rows_of(ComorbidityPair.objects.all())
        return csv_response("comorbidity-pairs", pair_files.COLUMNS, rows)

    @action(  # type: ignore[untyped-decorator]
        description="Import", url_path="import", icon="upload", permissions=["import"]
    )
    def import_file(self, request: HttpRequest) -> HttpResponse:
        """Take all pairs of a file as drafts, or none."""
        form = FileForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            try:
                changed = pair_files.take(form.cleaned_data["file"], by=request.user)  # type: ignore[arg-type]
            except pair_files.Unfit as unfit:
                form.add_error(None, list(unfit.problems))
            else:
                messages.success(request, f"{changed:,} pairs were added or changed, as drafts.")
                return redirect(LIST)
        page = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Import comorbidity pairs",
            "question": "Every line becomes a draft, in place of the pair that is there; with one "
            "bad line, none does. Pairs that the file does not name stay.",
            "button": "Import",
            "back": reverse(LIST),
            "form": form,
            "has_file": True,
        }
        return TemplateResponse(request, "admin/confirm.html", page)
