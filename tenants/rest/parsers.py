"""A JSON parser that accepts raw control characters in strings, as CRMs send them, and nothing else that is invalid."""

import codecs
import json
import re
from collections.abc import Mapping
from typing import IO, Any

from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.parsers import JSONParser

from tenants.rest.body_limits import max_body_bytes
from tenants.rest.errors import InvalidBody, PayloadTooLarge
from tenants.rest.json_size import MAX_VALUES, max_values, refuse_too_many_values
from tenants.storable import with_whole_characters

SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")
STRING_OR_CONSTANT = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|(?P<constant>NaN|-?Infinity)', re.DOTALL)
MAX_DIGITS = 4000  # Python reads no longer integers from text
NOT_JSON = "The request body must be JSON, sent with Content-Type: application/json"


class ConstantRefused(ValueError):
    """NaN or Infinity, which Python accepts and JSON does not have."""


class TolerantJSONParser(JSONParser):
    """Parses a body of at most max_body_bytes of its path. A tab in a feedback text must not lose the record."""

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        request = (parser_context or {})["request"]
        refuse_large_body(request.META)
        parsed = parse_body(stream.read(), max_values=max_values(max_body_bytes(request.path)))
        if not isinstance(parsed, dict):
            raise InvalidBody("body", "Input should be a valid dictionary or object to extract fields from")
        return parsed


def parse_body(raw: bytes, *, max_values: int = MAX_VALUES) -> Any:
    """Read JSON. Raises InvalidBody with the offset, in bytes of the body as it was sent, of what is wrong.

    Raises PayloadTooLarge.
    """
    refuse_too_many_values(raw, max_values)
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise _decode_error(error.start) from error
    mark = len(codecs.BOM_UTF8) if raw.startswith(codecs.BOM_UTF8) else 0
    del raw  # of 20 MB: beside it there is the text already, and soon what it says
    text = text.removeprefix("\ufeff")
    try:
        parsed = json.loads(text, strict=False, parse_constant=_refuse_constant, parse_int=_whole_number)
        return with_whole_characters(parsed) if SURROGATE_ESCAPE.search(text) else parsed
    except json.JSONDecodeError as error:
        raise _decode_error(mark + len(text[: error.pos].encode())) from error
    except ConstantRefused as error:
        raise _decode_error(mark + len(text[: _first_constant(text)].encode())) from error
    except RecursionError as error:
        raise _decode_error(mark) from error


def _decode_error(offset: int) -> InvalidBody:
    return InvalidBody(f"body.{offset}", "JSON decode error")


def _refuse_constant(name: str) -> None:
    raise ConstantRefused(name)


def _first_constant(text: str) -> int:
    found = (match for match in STRING_OR_CONSTANT.finditer(text) if match["constant"])
    return next(found).start()


def _whole_number(digits: str) -> int | float:
    """Read an integer, or infinity for one that is too long to be meant."""
    return int(digits) if len(digits) <= MAX_DIGITS else float(digits)


def refuse_large_body(meta: Mapping[str, Any]) -> None:
    """Raise PayloadTooLarge by the Content-Length, before the body is read."""
    length = str(meta.get("CONTENT_LENGTH") or "0")
    limit = max_body_bytes(str(meta.get("PATH_INFO", "")))
    if length.isdigit() and int(length) > limit:
        raise PayloadTooLarge(f"Request body exceeds {limit} bytes")


def explain_media_type(error: UnsupportedMediaType) -> InvalidBody:
    """Answer a body that is not JSON as a schema error of the body, like the older service."""
    return InvalidBody("body", NOT_JSON)
