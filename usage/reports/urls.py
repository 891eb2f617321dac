"""The addresses of the cost report."""

from django.urls import path

from usage.reports import views

app_name = "reports"
urlpatterns = [
    path("", views.cost_report, name="cost"),
    path("report.csv", views.report_csv, name="report-csv"),
    path("sessions.csv", views.sessions_csv, name="sessions-csv"),
    path("journeys.csv", views.journeys_csv, name="journeys-csv"),
    path("journeys/<str:reference>/", views.journey, name="journey"),
]
