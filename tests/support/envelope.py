"""How tests read the error envelope of the contract."""

import re
import uuid
from datetime import datetime
from typing import Any

import httpx

ERROR_KEYS = {"code", "message", "request_id", "timestamp", "fields", "details"}


def error_of(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """Return the error of an answer after holding it to the envelope."""
    assert response.status_code == status, response.text
    assert response.headers["Content-Type"].startswith("application/json")
    body = response.json()
    assert set(body) == {"error"}
    error: dict[str, Any] = body["error"]
    assert set(error) == ERROR_KEYS
    assert error["code"] == code
    assert error["request_id"] == request_id_of(response)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", error["timestamp"])
    assert datetime.fromisoformat(error["timestamp"]).tzinfo is not None
    return error


def request_id_of(response: httpx.Response) -> str:
    """Return the X-Request-ID after holding it to its form."""
    request_id = response.headers["X-Request-ID"]
    assert str(uuid.UUID(request_id)) == request_id
    assert uuid.UUID(request_id).version == 4
    return request_id


def fields_of(response: httpx.Response) -> dict[str, str]:
    """Return the issues of a schema error by field."""
    error = error_of(response, 422, "validation_error")
    assert error["message"] == "Request validation failed"
    assert all(set(entry) == {"field", "issue"} for entry in error["fields"])
    return {entry["field"]: entry["issue"] for entry in error["fields"]}
