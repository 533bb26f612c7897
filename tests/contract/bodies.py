"""What the contract's tests send, and how they read the error envelope."""

import re
import uuid
from datetime import datetime
from typing import Any

import httpx

ERROR_KEYS = {"code", "message", "request_id", "timestamp", "fields", "details"}
CONTENT = "The water point beside the school has been dry since the flood."


def record(content: str = CONTENT, *, record_id: str = "r1", **metadata: Any) -> dict[str, Any]:
    """A v2 feedback record; without metadata the key is left out."""
    return {"id": record_id, "content": content} | ({"metadata": metadata} if metadata else {})


def one(content: str = CONTENT, **more: Any) -> dict[str, Any]:
    """The v2 body of an operation on one record."""
    return {"feedback_record": record(content)} | more


def many(*contents: str, **more: Any) -> dict[str, Any]:
    """The v2 body of a bulk operation, with records r1, r2, ..."""
    records = [record(content, record_id=f"r{number}") for number, content in enumerate(contents, start=1)]
    return {"feedback_records": records} | more


def question(*contents: str, **more: Any) -> dict[str, Any]:
    """The body of analyze-bulk."""
    return many(*contents, **({"prompt": "What do people need most?"} | more))


def dated(content: str = CONTENT, *, record_id: str = "r1", **changed: Any) -> dict[str, Any]:
    """A v1 record as summarize takes it, with all its required metadata."""
    metadata = {
        "created": "2026-07-01T09:30:00",
        "feedback_record_id": "f1",
        "coding_level_1": "",
        "coding_level_2": "",
        "coding_level_3": "",
    }
    return {"id": record_id, "content": content, "metadata": metadata | changed}


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
