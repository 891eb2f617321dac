"""The addresses of the usage dashboard."""

from django.urls import path

from usage.dashboard import views

app_name = "usage"
urlpatterns = [
    path("", views.dashboard, name="dashboard"),
    path("cost.csv", views.cost_csv, name="cost-csv"),
    path("latency.csv", views.latency_csv, name="latency-csv"),
    path("tiers.csv", views.tiers_csv, name="tiers-csv"),
]
