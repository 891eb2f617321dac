"""The addresses of the pages of what protects."""

from django.urls import path

from phi.pages import views

app_name = "phi"
urlpatterns = [
    path("try-out/", views.try_out, name="try-out"),
    path("in-force/", views.in_force, name="in-force"),
]
