"""The maximum size of a request body, by path."""

from django.conf import settings


def max_body_bytes(path: str) -> int:
    """Return the limit of a path, whose last slash does not matter."""
    limit: int = settings.LARGER_BODIES.get(path.rstrip("/"), settings.MAX_BODY_BYTES)
    return limit
