"""Chunked request bodies: Django reads as many bytes as Content-Length says, and a chunked request says none."""

import io
from collections.abc import Callable, Iterable
from typing import Any


class LengthFromChunks:
    """Read a chunked body, at most one byte over the limit, and tell Django how long it was."""

    def __init__(self, application: Callable[[dict[str, Any], Any], Iterable[bytes]], *, limit: int) -> None:
        self.application = application
        self.limit = limit

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        is_chunked = "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower()
        if is_chunked and environ.get("wsgi.input_terminated"):
            body = environ["wsgi.input"].read(self.limit + 1)
            environ["wsgi.input"] = io.BytesIO(body)
            environ["CONTENT_LENGTH"] = str(len(body))
        return self.application(environ, start_response)
