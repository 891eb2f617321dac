"""The pages of routing: HTTP only. A request comes by POST, is explained, and is gone."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from routerproject.shared.errors import RouterError
from routerproject.shared.pages import for_holders_of
from routing.pages import explaining
from routing.pages.forms import ExplainForm
from usage.configuration import InvalidConfiguration

EXPLAIN = "routing.explain_request"


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
@for_holders_of(EXPLAIN)
@sensitive_variables()
def explain(request: HttpRequest) -> HttpResponse:
    """Show which tier and model a pasted request would get, and why."""
    form = ExplainForm(request.POST if request.method == "POST" else None)
    context: dict[str, Any] = {"form": form, "here": "explain"}
    if form.is_bound and form.is_valid():
        try:
            context["explanation"] = explaining.explain(
                form.cleaned_data, by=request.user.get_username()
            )
        except InvalidConfiguration as invalid:
            context["findings"] = invalid.findings
        except RouterError as refusal:
            context["refusal"] = refusal
    return render(request, "routing/explain.html", context)
