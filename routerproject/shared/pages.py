"""Who may see a page outside of the admin."""

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpResponse
from django.views.decorators.cache import never_cache

View = Callable[..., HttpResponse]


def for_holders_of(permission: str) -> Callable[[View], View]:
    """Ask for a sign-in, then for the permission; never let a page be stored."""

    def decorate(view: View) -> View:
        allowed = login_required(permission_required(permission, raise_exception=True)(view))
        return wraps(view)(never_cache(allowed))

    return decorate
