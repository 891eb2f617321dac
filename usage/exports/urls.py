"""The addresses of files that the worker makes."""

from django.urls import path

from usage.exports import views

app_name = "exports"
urlpatterns = [
    path("", views.files, name="files"),
    path("<uuid:export_id>/", views.progress, name="progress"),
    path("<uuid:export_id>/file", views.file, name="file"),
]
