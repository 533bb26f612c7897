"""Routes of the feedback operations. Both forms, with and without a trailing slash, are answered."""

from django.urls import re_path

from feedback.api import views

ROUTES = {
    "summarize": views.SummarizeViewSet,
    "summarize-bulk": views.SummarizeBulkViewSet,
    "summarize-aggregate": views.SummarizeAggregateViewSet,
    "analyze": views.AnalyzeViewSet,
    "analyze-bulk": views.AnalyzeBulkViewSet,
    "detect-sensitive": views.DetectSensitiveViewSet,
}
urlpatterns = [re_path(rf"^v1/{path}/?$", view.as_view({"post": "create"})) for path, view in ROUTES.items()]
