"""What people should know when they open the admin."""

from typing import Any

from django.http import HttpRequest

from routerproject.shared import clock
from usage import freezes, lifecycle


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add to the first page of the admin the models that must be replaced soon, and the places
    that are not called until somebody has looked at their bill."""
    if request.user.has_perm("usage.view_modelcard"):
        context["model_notices"] = lifecycle.current(clock.now().date())
    if request.user.has_perm("usage.view_deployment"):
        context["freezes"] = freezes.current()
    return context
