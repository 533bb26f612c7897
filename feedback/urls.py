"""Addresses of the pages of stored feedback records, of batches and of imports."""

from django.urls import path

from feedback.views import batches, imports
from feedback.views.dashboard import dashboard
from feedback.views.record import raw_text, record
from feedback.views.records import records

app_name = "feedback"
urlpatterns = [
    path("", dashboard, name="dashboard"),
    path("batches/", batches.batches, name="batches"),
    path("batches/<uuid:batch_id>/", batches.batch, name="batch"),
    path("batches/<uuid:batch_id>/progress/", batches.batch_progress, name="batch-progress"),
    path("batches/<uuid:batch_id>/cancel/", batches.cancel, name="cancel-batch"),
    path("batches/<uuid:batch_id>/retry/", batches.retry, name="retry-batch"),
    path("imports/", imports.import_list, name="imports"),
    path("imports/new/", imports.new_import, name="new-import"),
    path("imports/<uuid:run_id>/", imports.import_run, name="import"),
    path("imports/<uuid:run_id>/mapping/", imports.import_mapping, name="import-mapping"),
    path("records/", records, name="records"),
    path("records/<uuid:record_id>/", record, name="record"),
    path("records/<uuid:record_id>/raw/", raw_text, name="raw-text"),
]
