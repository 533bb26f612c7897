"""Routes of the usage endpoints. Both forms, with and without a trailing slash, are answered."""

from django.urls import re_path

from usage.api.views import EverybodysUsageViewSet, MetricsViewSet, OwnUsageViewSet

urlpatterns = [
    re_path(r"^v1/usage/?$", OwnUsageViewSet.as_view({"get": "list"})),
    re_path(r"^v1/usage/all/?$", EverybodysUsageViewSet.as_view({"get": "flat"})),
    re_path(r"^v1/usage/all/by-tenant/?$", EverybodysUsageViewSet.as_view({"get": "by_tenant"})),
    re_path(r"^v1/usage/all/by-operation/?$", EverybodysUsageViewSet.as_view({"get": "by_operation"})),
    re_path(r"^metrics/?$", MetricsViewSet.as_view({"get": "list"})),
]
