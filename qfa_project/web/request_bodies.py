"""Make large request bodies wait for memory, and give chunked ones a length.

Django reads as many bytes as Content-Length says, and a chunked request has none. A short chunked body is read here;
for a long one the limit is set as its length, and reading stops at the end of the body. Other bodies are not read
before the application reads them, so that an unknown key is refused first.

If a server answers and closes while the client is still sending, the connection is reset and the client does not see
the answer. So an unread body is read to its end after the answer.
"""

import contextlib
import io
import tempfile
from collections.abc import Callable, Iterable, Iterator
from typing import IO, Any

from qfa_project.web.large_bodies import LARGE_BYTES, RETRY_AFTER_SECONDS, LargeBodies
from qfa_project.web.memory import note_large_body
from tenants.errors import Overloaded
from tenants.rest.errors import PayloadTooLarge

PIECE_BYTES = 64 * 1024
MAX_UNREAD_LIMITS = 16


class RequestBodies:
    """WSGI middleware that wraps large bodies in a LargeBody. limit_of: returns the maximum of bytes for a path."""

    def __init__(
        self,
        application: Callable[[dict[str, Any], Any], Iterable[bytes]],
        *,
        limit_of: Callable[[str], int],
        large_bodies: LargeBodies,
    ) -> None:
        self.application = application
        self.limit_of = limit_of
        self.large_bodies = large_bodies

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        body = environ["wsgi.input"]
        large = self._large_body(environ)
        try:
            answer = self.application(environ, start_response)
        except BaseException:
            if large:
                large.release()
            raise
        return AnswerBeforeRest(answer, body, large, max_bytes=MAX_UNREAD_LIMITS * self._limit(environ))

    def _limit(self, environ: dict[str, Any]) -> int:
        return self.limit_of(str(environ.get("PATH_INFO", "")))

    def _large_body(self, environ: dict[str, Any]) -> "LargeBody | None":
        """Put a large body into the environment, and return it."""
        body = environ["wsgi.input"]
        length = str(environ.get("CONTENT_LENGTH") or "0")
        start = b""
        if "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower() and environ.get("wsgi.input_terminated"):
            start = body.read(LARGE_BYTES + 1)
            length = str(len(start) if len(start) <= LARGE_BYTES else self._limit(environ))
            environ["wsgi.input"], environ["CONTENT_LENGTH"] = io.BytesIO(start), length
        if not length.isdigit() or int(length) <= LARGE_BYTES:
            return None
        large = LargeBody(body, start, limit=self._limit(environ), large_bodies=self.large_bodies)
        environ["wsgi.input"] = large
        return large


class LargeBody:
    """A WSGI body. Its first read stores the whole body in a file, and then waits for room in memory.

    A client that sends slowly does not occupy memory. start: the part of the body that was read before.
    """

    def __init__(self, body: Any, start: bytes, *, limit: int, large_bodies: LargeBodies) -> None:
        self.body = body
        self.start = start
        self.limit = limit
        self.large_bodies = large_bodies
        self.admitted = 0
        self.file: IO[bytes] | None = None

    def read(self, size: int = -1) -> bytes:
        """Raises PayloadTooLarge, Overloaded."""
        return self._received().read(size)

    def readline(self, size: int = -1) -> bytes:
        return self._received().readline(size)

    def _received(self) -> IO[bytes]:
        """Return the file that holds the body."""
        if self.file is None:  # no cached_property: its lock is one for all bodies, and this can take minutes
            self.file = self._receive()
        return self.file

    def _receive(self) -> IO[bytes]:
        with contextlib.ExitStack() as closed_on_error:
            file = closed_on_error.enter_context(tempfile.TemporaryFile(buffering=0))
            piece = self.start or self.body.read(PIECE_BYTES)
            while piece:
                _write(file, piece)
                if file.tell() > self.limit:
                    raise PayloadTooLarge(f"Request body exceeds {self.limit} bytes")
                piece = self.body.read(PIECE_BYTES)
            self.admitted = self.large_bodies.admit(file.tell())
            file.seek(0)
            closed_on_error.pop_all()
        return file

    def release(self) -> None:
        """Make room for the next large body."""
        if self.file is not None:
            self.file.close()
            self.large_bodies.release(self.admitted)
            self.file, self.admitted = None, 0
            note_large_body()


def _write(file: IO[bytes], piece: bytes) -> None:
    try:
        is_whole = file.write(piece) == len(piece)
    except OSError:
        is_whole = False
    if not is_whole:  # the disk is full
        raise Overloaded(RETRY_AFTER_SECONDS)


class AnswerBeforeRest:
    """An answer after which the unread rest of the body is read, up to a limit."""

    def __init__(self, answer: Iterable[bytes], body: Any, large: LargeBody | None, *, max_bytes: int) -> None:
        self.answer = answer
        self.body = body
        self.large = large
        self.max_bytes = max_bytes

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.answer)

    def close(self) -> None:
        """Release memory and read the rest of the body. The server calls this after the answer."""
        try:
            if close := getattr(self.answer, "close", None):
                close()
        finally:
            if self.large:
                self.large.release()
        discarded = 0
        with contextlib.suppress(OSError):  # the client may have disconnected
            while discarded < self.max_bytes and (piece := self.body.read(PIECE_BYTES)):
                discarded += len(piece)
