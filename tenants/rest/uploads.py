"""Read a file in a form, for endpoints whose body is not JSON, and for pages."""

import tempfile
from collections.abc import Mapping
from typing import IO, Any

from django.core.exceptions import SuspiciousOperation
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
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


class NamelessFileHandler(FileUploadHandler):
    """Receives a file into one without a name, so that nothing of it stays on disk after a crash."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.received = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the request

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        self.received.write(raw_data)
        return None

    def file_complete(self, file_size: int) -> Any:
        self.received.seek(0)
        return UploadedFile(self.received, self.file_name, self.content_type, file_size, self.charset)


class LargeFormParser(FormParser):
    """Parse a form with a large file, without storing the file under a name."""

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        request = (parser_context or {})["request"]._request
        request.upload_handlers = [NamelessFileHandler(request)]
        return super().parse(stream, media_type, parser_context)
