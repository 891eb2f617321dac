"""The addresses of the pages of routing."""

from django.urls import path

from routing.pages import views

app_name = "routing"
urlpatterns = [path("explain/", views.explain, name="explain")]
