"""Routes of the admin endpoints, with and without a trailing slash."""

from django.urls import re_path

from tenants.api.views import KeyViewSet, TenantViewSet

urlpatterns = [
    re_path(r"^v1/admin/tenants/?$", TenantViewSet.as_view({"get": "list", "post": "create"})),
    re_path(
        r"^v1/admin/tenants/(?P<tenant_id>[^/]+)/?$",
        TenantViewSet.as_view({"patch": "partial_update", "delete": "destroy"}),
    ),
    re_path(r"^v1/admin/keys/?$", KeyViewSet.as_view({"get": "list", "post": "create"})),
    re_path(
        r"^v1/admin/keys/(?P<key_id>[^/]+)/?$",
        KeyViewSet.as_view({"patch": "partial_update", "delete": "destroy"}),
    ),
    re_path(r"^v1/admin/keys/(?P<key_id>[^/]+)/rotate/?$", KeyViewSet.as_view({"post": "rotate"})),
]
