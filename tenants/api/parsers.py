"""JSON as clients really send it: strict in what is an error, tolerant of raw control characters inside strings."""

import json
import re
from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.parsers import JSONParser

from tenants.api.errors import InvalidBody, PayloadTooLarge

LONE_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
NOT_JSON = "The request body must be JSON, sent with Content-Type: application/json"


class TolerantJSONParser(JSONParser):
    """Parse a body of at most MAX_BODY_BYTES; a tab in a feedback text must not lose the record."""

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        request = (parser_context or {})["request"]
        refuse_large_body(request.META)
        raw = stream.read()
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise InvalidBody(f"body.{error.start}", "JSON decode error") from error
        try:
            parsed = json.loads(text, strict=False, parse_constant=_refuse_constant)
        except json.JSONDecodeError as error:
            raise InvalidBody(f"body.{len(text[: error.pos].encode())}", "JSON decode error") from error
        except (RecursionError, ValueError) as error:
            raise InvalidBody("body.0", "JSON decode error") from error
        if not isinstance(parsed, dict):
            raise InvalidBody("body", "Input should be a valid dictionary or object to extract fields from")
        return without_lone_surrogates(parsed) if LONE_SURROGATE.search(text) else parsed


def without_lone_surrogates(value: Any) -> Any:
    """Half a character, cut off by somebody's length limit, becomes U+FFFD: it could not be encoded any more."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [without_lone_surrogates(item) for item in value]
    if isinstance(value, dict):
        return {without_lone_surrogates(key): without_lone_surrogates(item) for key, item in value.items()}
    return value


def refuse_large_body(meta: Mapping[str, Any]) -> None:
    """Raise PayloadTooLarge by the announced length, before a byte of the body is read."""
    length = str(meta.get("CONTENT_LENGTH") or "0")
    if length.isdigit() and int(length) > settings.MAX_BODY_BYTES:
        raise PayloadTooLarge(f"Request body exceeds {settings.MAX_BODY_BYTES} bytes")


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def explain_media_type(error: UnsupportedMediaType) -> InvalidBody:
    """A body that is not JSON is a schema error of the body, as the older service had it."""
    return InvalidBody("body", NOT_JSON)
