"""The pages of what protects: HTTP only. A text comes by POST, is looked at, and is gone."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from phi import policies, publishing
from phi.pages.forms import DRAFTS, ScopeForm, TryOutForm
from phi.pages.looking import look_at, note
from phi.types import PhiConfiguration, PhiPolicy
from routerproject.shared.pages import for_holders_of
from usage.configuration import InvalidConfiguration

TRY_OUT = "phi.try_sanitizer"
READ = "phi.view_policy"


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
@for_holders_of(TRY_OUT)
@sensitive_variables()
def try_out(request: HttpRequest) -> HttpResponse:
    """Show what is found in a pasted text and what would leave instead of it."""
    form = TryOutForm(request.POST if request.method == "POST" else None)
    context: dict[str, Any] = {"form": form, "here": "try-out"}
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        try:
            config = _configuration(given["policies"])
        except InvalidConfiguration as invalid:
            return render(request, "phi/try_out.html", {**context, "findings": invalid.findings})
        policy = config.policy_for(given["tenant"], given["task_type"])
        note(given["tenant"], request.user.get_username())
        context["look"] = look_at(given["text"], form.patient(), policy, given["tenant"])
    return render(request, "phi/try_out.html", context)


@require_safe
@for_holders_of(READ)
def in_force(request: HttpRequest) -> HttpResponse:
    """Show under which policy each text of a tenant is read, and where that comes from."""
    form = ScopeForm(request.GET)
    chosen = form.cleaned_data if form.is_valid() else {"tenant": "", "task_type": ""}
    config = policies.load()
    own = sorted(task for tenant, task in config.by_task_type if tenant == chosen["tenant"])
    asked = [chosen["task_type"]] if chosen["task_type"] else [*own, ""]
    rows = [_Row(task, config.policy_for(chosen["tenant"], task)) for task in asked]
    context = {
        "form": form,
        "here": "in-force",
        "chosen": chosen,
        "rows": rows,
        "recognizers": rows[0].policy.recognizers,
        "version": publishing.live_version(),
    }
    return render(request, "phi/in_force.html", context)


@dataclass(frozen=True, slots=True)
class _Row:
    """The policy of a task type, or of every other one."""

    task_type: str
    policy: PhiPolicy

    @property
    def allowed_categories(self) -> list[str]:
        return sorted(self.policy.allowed_categories)

    @property
    def allow_list(self) -> list[str]:
        return sorted(self.policy.allow_list)


def _configuration(which: str) -> PhiConfiguration:
    if which == DRAFTS:
        return policies.configuration_of(publishing.draft_content())
    return policies.load()
