"""The addresses of the pages of routing."""

from django.urls import path

from routing.pages import reviewing, views

app_name = "routing"
urlpatterns = [
    path("explain/", views.explain, name="explain"),
    path("reviews/", reviewing.queue, name="reviews"),
    path("reviews/agreement.csv", reviewing.agreement_csv, name="agreement-csv"),
    path("reviews/next/", reviewing.following, name="review-next"),
    path("reviews/<int:number>/", reviewing.review, name="review"),
]
