"""The routes of the platform."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path, re_path
from django.views.generic import RedirectView
from drf_spectacular.renderers import OpenApiJsonRenderer2
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularSwaggerSplitView

from qfa_project import error_pages, health

urlpatterns = [
    re_path(r"^v1/health/?$", health.HealthView.as_view()),
    re_path(r"^v1/health/ready/?$", health.ReadinessView.as_view()),
    re_path(r"^v1/schema/?$", SpectacularJSONAPIView.as_view(renderer_classes=[OpenApiJsonRenderer2]), name="schema"),
    re_path(r"^v1/docs/?$", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="docs"),
    path("", include("tenants.api.urls")),
    path("", include("usage.api.urls")),
    path("", include("feedback.api.urls")),
    path("", include("coding.api.urls")),
    path("feedback/", include("feedback.urls")),
    path("usage/", include("usage.urls")),
    path("privacy/", include("inference.urls")),
    path("admin/", admin.site.urls),
    path("favicon.ico", RedirectView.as_view(url=f"{settings.STATIC_URL}qfa/favicon.svg")),
    re_path(r"^(?:admin)?$", RedirectView.as_view(pattern_name="admin:index")),
]

handler400 = error_pages.bad_request
handler404 = error_pages.not_found
handler500 = error_pages.server_error
