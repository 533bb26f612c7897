"""Request bodies of the contract's tests, and a reader of the error envelope."""

from typing import Any

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
