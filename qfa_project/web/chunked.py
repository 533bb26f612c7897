"""Request bodies at the edge: chunked ones get a length, and what nobody read is read to its end.

Django reads as many bytes as Content-Length says, and a chunked request says none. A server that answers and closes
while the client is still sending resets the connection, and the client never sees why it was refused.
"""

import contextlib
import io
from collections.abc import Callable, Iterable, Iterator
from typing import Any

PIECE_BYTES = 64 * 1024
MOST_UNREAD_LIMITS = 16


class LengthFromChunks:
    """Read a chunked body, at most one byte over the limit, and tell Django how long it was."""

    def __init__(self, application: Callable[[dict[str, Any], Any], Iterable[bytes]], *, limit: int) -> None:
        self.application = application
        self.limit = limit

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        body = environ["wsgi.input"]
        is_chunked = "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower()
        if is_chunked and environ.get("wsgi.input_terminated"):
            read = body.read(self.limit + 1)
            environ["wsgi.input"] = io.BytesIO(read)
            environ["CONTENT_LENGTH"] = str(len(read))
        answer = self.application(environ, start_response)
        return AnswerBeforeRest(answer, body, most_bytes=MOST_UNREAD_LIMITS * self.limit)


class AnswerBeforeRest:
    """An answer that is sent first; then what the application left of the body is read, within reason."""

    def __init__(self, answer: Iterable[bytes], body: Any, *, most_bytes: int) -> None:
        self.answer = answer
        self.body = body
        self.most_bytes = most_bytes

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.answer)

    def close(self) -> None:
        """Called by the server once the answer is out; a client that is gone needs nothing more."""
        if close := getattr(self.answer, "close", None):
            close()
        discarded = 0
        with contextlib.suppress(OSError):
            while discarded < self.most_bytes and (piece := self.body.read(PIECE_BYTES)):
                discarded += len(piece)
