"""Routes of the feedback operations."""

from django.urls import re_path

from feedback.api import batches, v1
from feedback.api.use_cases import USE_CASES
from inference.api.views import operation_routes

BATCHES = r"^v1/batches"
BATCH = rf"{BATCHES}/(?P<batch_id>[^/]+)"
ROUTES = {
    BATCHES: batches.BatchViewSet.as_view({"get": "list", "post": "create"}),
    BATCH: batches.BatchViewSet.as_view({"get": "retrieve"}),
    rf"{BATCH}/cancel": batches.BatchViewSet.as_view({"post": "cancel"}),
    rf"{BATCH}/retry": batches.BatchViewSet.as_view({"post": "retry"}),
    rf"{BATCH}/results": batches.ResultViewSet.as_view({"get": "list"}),
}

urlpatterns = [
    *operation_routes(USE_CASES, v1.USE_CASES),
    *[re_path(rf"{route}/?$", view) for route, view in ROUTES.items()],
]
