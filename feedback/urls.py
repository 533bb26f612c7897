"""Addresses of the pages of stored feedback records."""

from django.urls import path

from feedback.views.dashboard import dashboard
from feedback.views.record import raw_text, record
from feedback.views.records import records

app_name = "feedback"
urlpatterns = [
    path("", dashboard, name="dashboard"),
    path("records/", records, name="records"),
    path("records/<uuid:record_id>/", record, name="record"),
    path("records/<uuid:record_id>/raw/", raw_text, name="raw-text"),
]
