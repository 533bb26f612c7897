"""Routes of the feedback operations. Both forms, with and without a trailing slash, are answered."""

from django.urls import re_path

from feedback.api import v1, views

ROUTES = {
    "summarize": views.SummarizeViewSet,
    "summarize-bulk": views.SummarizeBulkViewSet,
    "summarize-aggregate": v1.SummarizeAggregateViewSet,
    "analyze": v1.AnalyzeViewSet,
    "analyze-bulk": views.AnalyzeBulkViewSet,
    "detect-sensitive": views.DetectSensitiveViewSet,
}
urlpatterns = [re_path(rf"^v1/{path}/?$", view.as_view({"post": "create"})) for path, view in ROUTES.items()]
