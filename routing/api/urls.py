"""The addresses of the API. Those in LEAN go without middleware (routerproject.asgi)."""

from django.urls import path

from routing.api import docs
from routing.api.management_views import SanitizeView, UsageSummaryView
from routing.api.views import ExplainView, RouteView

app_name = "api"
route = RouteView.as_view()
explain = ExplainView.as_view()
LEAN = {"/api/v1/route": route, "/api/v1/route/explain": explain}
urlpatterns = [
    path("route", route, name="route"),
    path("route/explain", explain, name="explain"),
    path("phi/sanitize", SanitizeView.as_view(), name="sanitize"),
    path("usage/summary", UsageSummaryView.as_view(), name="usage-summary"),
    path("schema", docs.schema, name="schema"),
    path("docs", docs.page, name="docs"),
]
