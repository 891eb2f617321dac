"""Where each address leads. The paths of asgi.py's lean handler are named in routing.api.urls."""

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

from routerproject.content_policy import relaxed
from routing.api import health

Addresses = list[URLPattern | URLResolver]

_health: Addresses = [
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
]
_gateway: Addresses = [path("api/v1/", include("routing.api.urls"))]
_pages: Addresses = [
    path("admin/", relaxed(admin.site.urls)),
    path("usage/cost/", include("usage.reports.urls")),
    path("usage/months/", include("usage.closing.urls")),
    path("usage/files/", include("usage.exports.urls")),
    path("usage/", include("usage.dashboard.urls")),
    path("phi/", include("phi.pages.urls")),
    path("routing/", include("routing.pages.urls")),
    path("", RedirectView.as_view(pattern_name="usage:dashboard")),
]
# A gateway process has no pages and no sign-in to attack; a pages process answers no model calls.
_by_role = {"gateway": _gateway, "pages": _pages, "all": _gateway + _pages}
urlpatterns: Addresses = _health + _by_role[settings.WEB_ROLE]
