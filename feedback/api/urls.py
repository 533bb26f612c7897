"""Routes of the feedback operations."""

from feedback.api import v1
from feedback.api.use_cases import USE_CASES
from inference.api.views import operation_routes

urlpatterns = operation_routes(USE_CASES, v1.USE_CASES)
