"""Addresses of the usage pages."""

from django.urls import path, re_path

from usage import views

app_name = "usage"
urlpatterns = [
    path("", views.report.report, name="report"),
    re_path(r"^export\.(?P<kind>csv|xlsx)$", views.report.export, name="export"),
    path("statement/<int:year>/<int:month>/", views.report.statement, name="statement"),
    path("months/", views.months.current, name="months"),
    path("months/<int:year>/<int:month>/", views.months.month, name="month"),
    path("months/<int:year>/<int:month>/export.csv", views.months.export, name="month-export"),
    path("prices/", views.price_proposals.price_proposals, name="price-proposals"),
    path("health/", views.health.health, name="health"),
]
