"""Route the endpoints of coding. Both forms, with and without a trailing slash, are answered."""

from django.urls import re_path

from coding.api import framework_views, v1
from coding.api.use_cases import USE_CASES
from inference.api.views import operation_routes

FRAMEWORKS = r"^v1/frameworks"
FRAMEWORK = rf"{FRAMEWORKS}/(?P<framework_id>[^/]+)"
VERSION = rf"{FRAMEWORK}/versions/(?P<number>[0-9]+)"
CODE = rf"{VERSION}/codes/(?P<stable_id>[^/]+)"
ROUTES = {
    FRAMEWORKS: framework_views.FrameworkViewSet.as_view({"get": "list", "post": "create"}),
    rf"{FRAMEWORKS}/import": framework_views.ImportViewSet.as_view({"post": "create"}),
    FRAMEWORK: framework_views.FrameworkViewSet.as_view({"get": "retrieve", "patch": "partial_update"}),
    rf"{FRAMEWORK}/versions": framework_views.VersionViewSet.as_view({"get": "list", "post": "create"}),
    VERSION: framework_views.VersionViewSet.as_view({"get": "retrieve", "delete": "destroy"}),
    rf"{VERSION}/publish": framework_views.VersionViewSet.as_view({"post": "publish"}),
    rf"{VERSION}/archive": framework_views.VersionViewSet.as_view({"post": "archive"}),
    rf"{VERSION}/copy": framework_views.VersionViewSet.as_view({"post": "copy"}),
    rf"{VERSION}/export": framework_views.VersionViewSet.as_view({"get": "export"}),
    rf"{VERSION}/check": framework_views.VersionViewSet.as_view({"get": "check"}),
    rf"{VERSION}/changes": framework_views.VersionViewSet.as_view({"get": "changes"}),
    rf"{VERSION}/codes": framework_views.CodeViewSet.as_view({"post": "create"}),
    CODE: framework_views.CodeViewSet.as_view({"get": "retrieve", "patch": "partial_update", "delete": "destroy"}),
    rf"{CODE}/merge": framework_views.CodeViewSet.as_view({"post": "merge"}),
    rf"{CODE}/split": framework_views.CodeViewSet.as_view({"post": "split"}),
    rf"{CODE}/retire": framework_views.CodeViewSet.as_view({"post": "retire"}),
    rf"{CODE}/restore": framework_views.CodeViewSet.as_view({"post": "restore"}),
}

urlpatterns = [
    *operation_routes(USE_CASES, v1.USE_CASES),
    *[re_path(rf"{route}/?$", view) for route, view in ROUTES.items()],
]
