"""The pages of files: ask, wait, fetch. A file of somebody else does not exist here."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from routerproject.shared import clock
from routerproject.shared.pages import for_holders_of
from usage.exports import orders
from usage.models import Export, ExportKind

TYPES = {"csv": "text/csv; charset=utf-8", "md": "text/markdown; charset=utf-8"}
OTHER_TYPE = "application/octet-stream"


class OrderForm(forms.Form):
    """Which file, and for which filters of the report."""

    kind = forms.ChoiceField(choices=ExportKind.choices)
    filters = forms.CharField(max_length=500, required=False)


@require_http_methods(["GET", "HEAD", "POST"])
@for_holders_of(orders.PERMISSION)
def files(request: HttpRequest) -> HttpResponse:
    """Show one's own files, or ask for one."""
    if request.method == "POST":
        form = OrderForm(request.POST)
        if form.is_valid():
            try:
                export = orders.ask(**form.cleaned_data, by=_user(request))
            except ValidationError as refused:
                messages.error(request, " ".join(refused.messages))
            else:
                return redirect("exports:progress", export.pk)
        else:
            messages.error(request, "There is no such file.")
        return redirect("exports:files")
    found = orders.of(_user(request), clock.now())
    return render(request, "usage/files.html", {"exports": found, "here": "cost"})


@require_safe
@for_holders_of(orders.PERMISSION)
def progress(request: HttpRequest, export_id: UUID) -> HttpResponse:
    """Show how far a file is, and when it is done the link to it."""
    return render(request, "usage/file.html", {"export": _own(request, export_id), "here": "cost"})


@require_safe
@for_holders_of(orders.PERMISSION)
def file(request: HttpRequest, export_id: UUID) -> Any:
    """Give a file to its owner."""
    export = _own(request, export_id)
    if export.state != Export.State.DONE:
        raise Http404
    name = orders.file_name(export)
    return StreamingHttpResponse(
        orders.take(export, _user(request)),
        content_type=TYPES.get(name.rpartition(".")[2], OTHER_TYPE),
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Content-Length": str(export.size_bytes),
        },
    )


def _own(request: HttpRequest, export_id: UUID) -> Export:
    export = orders.find(export_id, _user(request), clock.now())
    if export is None:
        raise Http404
    return export


def _user(request: HttpRequest) -> Any:
    return request.user
