"""Routes of operations on feedback, of batches, imports and stored records, with and without a trailing slash."""

from django.urls import re_path

from feedback.api import batches, import_views, v1
from feedback.api.export_views import ExportViewSet
from feedback.api.record_views import RecordViewSet
from feedback.api.use_cases import USE_CASES
from inference.api.views import operation_routes

BATCHES = r"^v1/batches"
BATCH = rf"{BATCHES}/(?P<batch_id>[^/]+)"
RECORDS = r"^v1/records"
RECORD = rf"{RECORDS}/(?P<record_id>[^/]+)"
# In this order: the route of a record takes any word after records/ for an id.
ROUTES = {
    BATCHES: batches.BatchViewSet.as_view({"get": "list", "post": "create"}),
    BATCH: batches.BatchViewSet.as_view({"get": "retrieve"}),
    rf"{BATCH}/cancel": batches.BatchViewSet.as_view({"post": "cancel"}),
    rf"{BATCH}/retry": batches.BatchViewSet.as_view({"post": "retry"}),
    rf"{BATCH}/results": batches.ResultViewSet.as_view({"get": "list"}),
    rf"{RECORDS}/kobo": import_views.KoboViewSet.as_view({"post": "create"}),
    rf"{RECORDS}/import": import_views.ImportFileViewSet.as_view({"post": "create"}),
    r"^v1/imports/(?P<import_id>[^/]+)": import_views.ImportViewSet.as_view({"get": "retrieve"}),
    rf"{RECORDS}/export": ExportViewSet.as_view({"get": "list"}),
    RECORDS: RecordViewSet.as_view({"get": "list", "post": "create"}),
    RECORD: RecordViewSet.as_view({"get": "retrieve", "patch": "partial_update", "delete": "destroy"}),
}

urlpatterns = [
    *operation_routes(USE_CASES, v1.USE_CASES),
    *[re_path(rf"{route}/?$", view) for route, view in ROUTES.items()],
]
