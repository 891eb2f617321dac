"""The addresses of the pages of routing."""

from django.urls import path

from routing.pages import quality, reviewing, trying, views

app_name = "routing"
urlpatterns = [
    path("explain/", views.explain, name="explain"),
    path("deployments/<int:number>/try/", trying.try_deployment, name="try-deployment"),
    path("quality/", quality.quality, name="quality"),
    path("quality/<slug:name>.csv", quality.quality_csv, name="quality-csv"),
    path("reviews/", reviewing.queue, name="reviews"),
    path("reviews/agreement.csv", reviewing.agreement_csv, name="agreement-csv"),
    path("reviews/next/", reviewing.following, name="review-next"),
    path("reviews/<int:number>/", reviewing.review, name="review"),
]
