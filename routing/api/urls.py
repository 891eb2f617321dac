"""The addresses of the API. Those in LEAN go without middleware (routerproject.asgi)."""

from django.urls import path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from routing.api.management_views import SanitizeView, UsageSummaryView
from routing.api.views import ExplainView, RouteView

app_name = "api"
route = RouteView.as_view()
explain = ExplainView.as_view()
LEAN = {"/api/v1/route": route, "/api/v1/route/explain": explain}
docs = SpectacularSwaggerSplitView.as_view(
    url_name="api:schema", template_name="api/docs.html", title="Clinic model router"
)
urlpatterns = [
    path("route", route, name="route"),
    path("route/explain", explain, name="explain"),
    path("phi/sanitize", SanitizeView.as_view(), name="sanitize"),
    path("usage/summary", UsageSummaryView.as_view(), name="usage-summary"),
    path("schema", SpectacularAPIView.as_view(), name="schema"),
    # The page's script has an address of its own: the policy allows nothing inline.
    path("docs", docs, name="docs"),
]
