"""Export and import of the configuration: a file or a pasted text, its plan, then its changes."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.decorators import action
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminTextareaWidget

from routerproject.shared import clock
from routerproject.shared.yaml_text import MOST_CHARACTERS, RefusedDocument
from routing.exchange import document
from routing.exchange.document import ConfigurationMoved, Plan
from routing.exchange.tables import TABLES
from usage import configuration

VERSIONS = "admin:routing_rulebookversion_changelist"
PUBLISH = "admin:routing_rulebookversion_publish"
CHANGES = ("add", "change")
MEANING = (
    "Tiers, providers, models, deployments and prices change at once and are audited. Routes,"
    " rules, experiments, losses and comorbidity pairs become drafts, which decide once published."
)


class DocumentForm(forms.Form):
    """A document, uploaded or pasted."""

    file = forms.FileField(
        required=False, widget=UnfoldAdminFileFieldWidget, help_text="A YAML file, UTF-8."
    )
    text = forms.CharField(
        required=False,
        strip=False,
        max_length=MOST_CHARACTERS,
        label="Or its text",
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 16, "spellcheck": "false"}),
    )

    def clean(self) -> dict[str, Any]:
        """Return the document as `text`, wherever it came from."""
        cleaned = super().clean() or {}
        file = cleaned.get("file")
        if file is not None:
            cleaned["text"] = _decoded(file)
        if not cleaned.get("text"):
            raise ValidationError("Choose a file or paste a text.")
        return {**cleaned, "text": cleaned["text"].replace("\r\n", "\n")}


class ApplicationForm(forms.Form):
    """The planned document, and the configuration that its plan was made of."""

    text = forms.CharField(strip=False, max_length=MOST_CHARACTERS, widget=forms.HiddenInput)
    follows = forms.IntegerField(widget=forms.HiddenInput)

    def clean_text(self) -> str:
        text: str = self.cleaned_data["text"].replace("\r\n", "\n")
        return text


class ConfigurationPages:
    """What the admin of rulebook versions has besides: export and import."""

    admin_site: Any
    opts: Any

    def has_import_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return any(
            request.user.has_perm(f"{t.model._meta.app_label}.{kind}_{t.model._meta.model_name}")
            for t in TABLES
            for kind in CHANGES
        )

    @action(  # type: ignore[untyped-decorator]
        description="Export as YAML", url_path="export", icon="download", permissions=["view"]
    )
    def export_file(self, request: HttpRequest) -> HttpResponse:
        """Return the sections that the person may see, as a file."""
        try:
            text = document.exported(request.user.has_perm)
        except RefusedDocument as refused:
            for flaw in refused.flaws:
                messages.error(request, str(flaw))
            return redirect(VERSIONS)
        name = f"configuration-{clock.now():%Y-%m-%d}.yaml"
        return HttpResponse(
            text,
            content_type="application/yaml; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )

    @action(  # type: ignore[untyped-decorator]
        description="Import YAML", url_path="import", icon="upload", permissions=["import"]
    )
    def import_file(self, request: HttpRequest) -> HttpResponse:
        """Ask for a document, show its plan, and carry it out on confirmation."""
        if "follows" in request.POST:
            return self._apply(request)
        is_sent = request.method == "POST"
        form = DocumentForm(request.POST, request.FILES) if is_sent else DocumentForm()
        if is_sent and form.is_valid():
            found = _planned(request, form)
            if found is not None:
                return self._show(request, form.cleaned_data["text"], found)
        return self._ask_for(request, form)

    def _apply(self, request: HttpRequest) -> HttpResponse:
        form = ApplicationForm(request.POST)
        if not form.is_valid():
            return self._ask_for(request, DocumentForm())
        text, follows = form.cleaned_data["text"], form.cleaned_data["follows"]
        again = DocumentForm({"text": text})
        again.is_valid()
        try:
            done = document.apply(text, by=request.user, follows=follows)  # type: ignore[arg-type]
        except (ConfigurationMoved, PermissionDenied) as refused:
            again.add_error(None, str(refused))
        except RefusedDocument as refused:
            again.add_error(None, [str(flaw) for flaw in refused.flaws])
        else:
            return _told(request, done)
        return self._ask_for(request, again)

    def _ask_for(self, request: HttpRequest, form: DocumentForm) -> HttpResponse:
        context = {"question": MEANING, "button": "Plan", "form": form, "has_file": True}
        return self._page(request, title="Import a configuration", **context)

    def _show(self, request: HttpRequest, text: str, found: Plan) -> HttpResponse:
        rows, others = len(found.changes), len(found.others)
        return self._page(
            request,
            title="What the document changes",
            question=f"{rows} rows change. {others} rows that it does not name stay as they are."
            f" {MEANING}",
            button="Apply",
            form=ApplicationForm(initial={"text": text, "follows": found.version}),
            differences=found.differences,
        )

    def _page(self, request: HttpRequest, **context: Any) -> HttpResponse:
        shared = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "back": reverse(VERSIONS),
        }
        return TemplateResponse(request, "admin/confirm.html", {**shared, **context})


def _planned(request: HttpRequest, form: DocumentForm) -> Plan | None:
    """Return the plan of a document, or None with what speaks against it on the form."""
    try:
        found = document.plan(form.cleaned_data["text"])
    except RefusedDocument as refused:
        form.add_error(None, [str(flaw) for flaw in refused.flaws])
        return None
    except ConfigurationMoved as moved:
        form.add_error(None, str(moved))
        return None
    if lacking := found.lacking(request.user):  # type: ignore[arg-type]
        form.add_error(None, [f"This needs the permission {name}." for name in lacking])
        return None
    return found


def _told(request: HttpRequest, done: Plan) -> HttpResponse:
    version = configuration.current_version()
    messages.success(request, f"{len(done.changes)} rows changed. Configuration {version} is live.")
    if not done.has_drafts:
        return redirect(VERSIONS)
    messages.warning(request, "What became a draft decides once it is published.")
    return redirect(PUBLISH if request.user.has_perm("routing.publish_rulebook") else VERSIONS)


def _decoded(file: Any) -> str:
    if file.size > MOST_CHARACTERS:
        raise ValidationError(f"The file has more than {MOST_CHARACTERS:,} bytes.")
    try:
        text: str = file.read().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValidationError("The file is not UTF-8.") from None
    return text
