"""The addresses of the month close."""

from django.urls import path

from usage.closing import adjustment_views, views

app_name = "closing"
urlpatterns = [
    path("", views.months_list, name="months"),
    path("<str:month>/", views.month_page, name="month"),
    path("<str:month>/bill/", views.bill, name="bill"),
    path("<str:month>/book/", views.book, name="book"),
    path("<str:month>/differences/<int:number>/", views.explain, name="explain"),
    path("<str:month>/adjustments/", adjustment_views.propose, name="adjust"),
    path("<str:month>/adjustments/<int:number>/", adjustment_views.decide, name="decide"),
    path("<str:month>/close/", views.close, name="close"),
    path("<str:month>/statement/", views.statement_page, name="statement"),
]
