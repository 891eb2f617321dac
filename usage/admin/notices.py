"""What people should know when they open the admin."""

from typing import Any

from django.http import HttpRequest

from routerproject.shared import clock
from usage import lifecycle


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add to the first page of the admin the models that must be replaced soon."""
    if request.user.has_perm("usage.view_modelcard"):
        context["model_notices"] = lifecycle.current(clock.now().date())
    return context
