"""Routes of the usage endpoints. A trailing slash is optional."""

from django.urls import re_path

from usage.api.views import AllUsageViewSet, MetricsViewSet, OwnUsageViewSet

urlpatterns = [
    re_path(r"^v1/usage/?$", OwnUsageViewSet.as_view({"get": "list"})),
    re_path(r"^v1/usage/all/?$", AllUsageViewSet.as_view({"get": "flat"})),
    re_path(r"^v1/usage/all/by-tenant/?$", AllUsageViewSet.as_view({"get": "by_tenant"})),
    re_path(r"^v1/usage/all/by-operation/?$", AllUsageViewSet.as_view({"get": "by_operation"})),
    re_path(r"^metrics/?$", MetricsViewSet.as_view({"get": "list"})),
]
