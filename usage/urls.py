"""Addresses of the usage pages."""

from django.urls import path, re_path

from usage import views

app_name = "usage"
urlpatterns = [
    path("", views.report, name="report"),
    re_path(r"^export\.(?P<kind>csv|xlsx)$", views.export, name="export"),
    path("statement/<int:year>/<int:month>/", views.statement, name="statement"),
]
