"""Labelled requests: collected, imported, exported, and put before the model in force."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.decorators import action
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminTextareaWidget

from phi.errors import PhiBlocked
from routerproject.shared.admin import EditableAdmin, ReadOnlyAdmin, moment, row_or_404
from routerproject.shared.spreadsheet import csv_response
from routing.classify.training.labelled import LabelledRequest
from routing.evaluation import promotion, sets
from routing.models import EvaluationSet, LabelledExample, Needed

LARGEST_FILE = 5_000_000  # bytes


class ImportForm(forms.Form):
    """A file of labelled requests."""

    file = forms.FileField(
        widget=UnfoldAdminFileFieldWidget,
        help_text=f"CSV in UTF-8 with a header: {', '.join(sets.COLUMNS)}. Only text and needed "
        "must be there. Identifiers are replaced before anything is kept.",
    )

    def clean_file(self) -> list[LabelledRequest]:
        file = self.cleaned_data["file"]
        if file.size > LARGEST_FILE:
            raise forms.ValidationError(f"A file has at most {LARGEST_FILE:,} bytes.")
        try:
            return sets.from_csv(file.read())
        except sets.Unfit as unfit:
            raise forms.ValidationError(list(unfit.problems)) from unfit


@admin.register(EvaluationSet)
class EvaluationSetAdmin(EditableAdmin):
    when_empty = (
        "There is no set of your own yet. A set holds requests with the lowest tier that is good"
        " enough for each, by a reader: add one, then import a CSV file on its page, or take"
        " settled reviews into it."
    )
    list_display = ("name", "slug", "purpose", "is_frozen", "examples")
    list_filter = ("purpose", "is_frozen")
    search_fields = ("slug", "name")
    fieldsets = (
        ("What it is", {"fields": ("slug", "name", "description")}),
        ("What it is for", {"fields": ("purpose", "is_frozen")}),
    )
    actions_detail = ("evaluate", "import_file", "export_file")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        counted: QuerySet[Any] = rows.annotate(number=Count("examples"))
        return counted

    @admin.display(description="Examples", ordering="number")
    def examples(self, row: Any) -> int:
        return int(row.number)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_frozen = obj is not None and obj.is_frozen
        return not is_frozen and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_frozen = obj is not None and obj.is_frozen
        return not is_frozen and super().has_delete_permission(request, obj)

    def has_evaluate_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("routing.add_labelledexample")

    def has_export_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("routing.change_labelledexample")

    @action(  # type: ignore[untyped-decorator]
        description="Evaluate the model in force",
        url_path="evaluate",
        icon="query_stats",
        permissions=["evaluate"],
    )
    def evaluate(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Judge the set and show the run, after a confirmation (a link must not write)."""
        row = row_or_404(EvaluationSet, object_id)
        if request.method != "POST":
            return self._ask(
                request,
                row,
                title=f"Evaluate on {row}",
                question="Each request is decided as if it came now, without a task type. No model "
                "of a provider is asked.",
                button="Evaluate",
            )
        subject = promotion.subject_of(row)
        if not subject.requests:
            messages.error(request, "There is no labelled example in this set.")
            return redirect("admin:routing_evaluationset_change", object_id)
        run = promotion.examine(subject, promotion.in_force(), by=request.user)  # type: ignore[arg-type]
        return redirect("admin:routing_evaluationrun_change", run.pk)

    @action(  # type: ignore[untyped-decorator]
        description="Import", url_path="import", icon="upload", permissions=["evaluate"]
    )
    def import_file(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Take all requests of a file, or none."""
        row = row_or_404(EvaluationSet, object_id)
        form = ImportForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            try:
                added = sets.add(form.cleaned_data["file"], to=row, by=request.user)  # type: ignore[arg-type]
            except sets.Unfit as unfit:
                form.add_error(None, list(unfit.problems))
            except PhiBlocked:
                form.add_error(None, "A text could not be freed of identifiers. Nothing was kept.")
            else:
                messages.success(request, f"{len(added):,} examples were added.")
                return redirect("admin:routing_evaluationset_change", object_id)
        return self._ask(
            request,
            row,
            title=f"Import into {row}",
            question="Every line becomes an example; with one bad line, none does.",
            button="Import",
            form=form,
            has_file=True,
        )

    @action(  # type: ignore[untyped-decorator]
        description="Export", url_path="export", icon="download", permissions=["export"]
    )
    def export_file(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Give the set as the file that an import takes."""
        row = row_or_404(EvaluationSet, object_id)
        return csv_response(row.slug, sets.COLUMNS, sets.csv_rows(sets.requests_of(row)))

    def _ask(self, request: HttpRequest, row: EvaluationSet, **context: Any) -> HttpResponse:
        page = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "back": reverse("admin:routing_evaluationset_change", args=[row.pk]),
            **context,
        }
        return TemplateResponse(request, "admin/confirm.html", page)


class ExampleForm(forms.ModelForm):  # type: ignore[type-arg]
    """A labelled request with its texts, which are sanitized and sealed on save."""

    text = forms.CharField(
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 6}),
        max_length=sets.LONGEST_TEXT,
        help_text="What the person asked. Identifiers are replaced before it is kept.",
    )
    system = forms.CharField(
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        max_length=sets.LONGEST_TEXT,
        required=False,
        help_text="The system prompt, if there was one.",
    )
    acceptable = forms.MultipleChoiceField(
        choices=Needed.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Tiers that are no waste, besides the needed one.",
    )

    class Meta:
        model = LabelledExample
        fields = (
            *("evaluation_set", "needed", "acceptable", "task_type", "language"),
            *("is_critical", "request_id"),
        )

    def clean_evaluation_set(self) -> EvaluationSet:
        """Refuse a set that takes no more."""
        chosen: EvaluationSet = self.cleaned_data["evaluation_set"]
        if chosen.is_frozen:
            raise forms.ValidationError("This set is frozen.")
        return chosen

    def clean_text(self) -> str:
        """Refuse a text that cannot be freed of identifiers."""
        text: str = self.cleaned_data["text"]
        try:
            sets.freed_of_identifiers({"text": text})
        except PhiBlocked as error:
            raise forms.ValidationError("This cannot be freed of identifiers.") from error
        return text

    def labelled(self) -> LabelledRequest:
        """Return what was typed."""
        data = self.cleaned_data
        return LabelledRequest(
            text=data["text"],
            needed=data["needed"],
            acceptable=tuple(dict.fromkeys([data["needed"], *data["acceptable"]])),
            task_type=data["task_type"],
            language=data["language"],
            is_critical=data["is_critical"],
            system=data["system"],
        )


@admin.register(LabelledExample)
class LabelledExampleAdmin(ReadOnlyAdmin):
    """Examples are added and removed; a label that changes is a new example."""

    when_empty = (
        "No request is labelled yet. Make an evaluation set first, then add requests here, or"
        " import a CSV file on the page of the set."
    )
    form = ExampleForm
    list_display = (
        *("id", "evaluation_set", "needed", "task_type", "language", "is_critical"),
        *("labelled_by", moment("labelled_at", "Labelled (UTC)")),
    )
    list_filter = ("evaluation_set", "needed", "is_critical", "language")
    list_select_related = ("evaluation_set", "labelled_by")
    needs = ("What it needs", {"fields": ("needed", "acceptable", "is_critical")})
    kind = ("What it is", {"fields": ("task_type", "language", "request_id")})

    def parse_id(self, text: str) -> UUID:
        return UUID(text)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        texts = ("text", "system") if obj is None else ("request_text",)
        kept = () if obj is None else (("Who says so", {"fields": ("labelled_by", "labelled_at")}),)
        return (
            ("The request", {"fields": ("evaluation_set", *texts)}),
            *(self.needs, self.kind, *kept),
        )

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("routing.add_labelledexample")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_frozen = obj is not None and obj.evaluation_set.is_frozen
        return not is_frozen and request.user.has_perm("routing.delete_labelledexample")

    @admin.display(description="Text")
    def request_text(self, row: LabelledExample) -> str:
        request = sets.opened(row)
        return f"{request.system}\n\n{request.text}" if request.system else request.text

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        (row,) = sets.add(
            [form.labelled()],
            to=obj.evaluation_set,
            by=request.user,  # type: ignore[arg-type]
            request_id=obj.request_id,
        )
        obj.pk = row.pk
