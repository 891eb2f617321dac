"""What people should know when they open the admin."""

from collections.abc import Callable, Iterable
from typing import Any

from django.http import HttpRequest

from routerproject.shared import clock
from usage import freezes, lifecycle

Notices = Callable[[HttpRequest], Iterable[str]]
_others: list[Notices] = []


def tell_with(notices: Notices) -> None:
    """Let another room say something on the first page; it looks at who asks itself."""
    _others.append(notices)


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add to the first page of the admin the models that must be replaced soon, and the places
    that are not called until somebody has looked at their bill; and what other rooms say."""
    if request.user.has_perm("usage.view_modelcard"):
        context["model_notices"] = lifecycle.current(clock.now().date())
    if request.user.has_perm("usage.view_deployment"):
        context["freezes"] = freezes.current()
    context["notices"] = [notice for told in _others for notice in told(request)]
    return context
