"""Read bodies of answers with a limit on their size, also during decompression."""

import zlib
from http.client import HTTPException, HTTPResponse

from tenants.outgoing.errors import BodyUnreadable

GZIP_OR_ZLIB = zlib.MAX_WBITS | 32


def read_body(response: HTTPResponse, *, max_bytes: int) -> bytes:
    """Read a body to its end. Raises BodyUnreadable when it is cut off, larger, or encoded in another way than gzip."""
    if response.length is not None and response.length > max_bytes:
        raise BodyUnreadable(response.status)
    try:
        body = response.read(max_bytes + 1)
    except TimeoutError:
        raise
    except (HTTPException, OSError):  # a broken chunk, a reset
        raise BodyUnreadable(response.status) from None
    if len(body) > max_bytes or response.length:  # bytes that were promised did not come
        raise BodyUnreadable(response.status)
    return decoded(body, response.getheader("Content-Encoding"), status=response.status, max_bytes=max_bytes)


def decoded(body: bytes, encoding: str | None, *, status: int, max_bytes: int) -> bytes:
    """Undo a body's Content-Encoding, no more than max_bytes of it. Raises BodyUnreadable."""
    match (encoding or "identity").strip().lower():
        case "identity":
            return body
        case "gzip" | "x-gzip" | "deflate":
            return _decompressed(body, status=status, max_bytes=max_bytes)
    raise BodyUnreadable(status)


def _decompressed(body: bytes, *, status: int, max_bytes: int) -> bytes:
    reader = zlib.decompressobj(GZIP_OR_ZLIB)
    try:
        whole = reader.decompress(body, max_bytes + 1)
    except zlib.error:
        raise BodyUnreadable(status) from None
    if len(whole) > max_bytes or not reader.eof:
        raise BodyUnreadable(status)
    return whole
