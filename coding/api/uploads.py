"""Read a file in a form, for the endpoint whose body is not JSON."""

from collections.abc import Mapping
from typing import IO, Any

from django.core.exceptions import SuspiciousOperation
from rest_framework.exceptions import ParseError
from rest_framework.parsers import MultiPartParser

from tenants.rest.errors import InvalidBody
from tenants.rest.negotiation import JSONOnly
from tenants.rest.parsers import refuse_large_body

NOT_A_FORM = "The request body must be a form with a file, sent with Content-Type: multipart/form-data"


class FormIn(JSONOnly):
    """Pass any body to the form parser, which has a clear error for other types."""

    def select_parser(self, request: Any, parsers: Any) -> Any:
        return next(iter(parsers))


class FormParser(MultiPartParser):
    """Parse a form of at most MAX_BODY_BYTES. Raises InvalidBody for anything else."""

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        context = dict(parser_context or {})
        refuse_large_body(context["request"].META)
        if not (media_type or "").lower().startswith(self.media_type):
            raise InvalidBody("body", NOT_A_FORM)
        try:
            return super().parse(stream, media_type, context)
        except (ParseError, SuspiciousOperation) as error:  # SuspiciousOperation: more parts than Django takes
            raise InvalidBody("body", "This is not a form that can be read") from error
