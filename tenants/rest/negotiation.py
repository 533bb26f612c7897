"""Content negotiation: answers are always JSON, also for a CRM that accepts text/html only."""

from typing import Any

from rest_framework.negotiation import BaseContentNegotiation


class JSONOnly(BaseContentNegotiation):
    """Selects a parser by the content type, and always the first renderer."""

    def select_parser(self, request: Any, parsers: Any) -> Any:
        declared = (request.content_type or "").split(";")[0].strip().lower()
        is_json = declared == "application/json" or declared.endswith("+json")
        return next(iter(parsers)) if is_json else None

    def select_renderer(self, request: Any, renderers: Any, format_suffix: str | None = None) -> Any:
        renderer = next(iter(renderers))
        return renderer, renderer.media_type
