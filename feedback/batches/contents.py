"""The texts of batches: options, records and results, encrypted with the tenant's key.

A record's text is deleted as soon as its result is stored. The text of a record that failed or waits stays for another
attempt, until the batch expires.
"""

import json
import uuid
from typing import Any

from rest_framework.utils.encoders import JSONEncoder

from tenants.encryption.tenant_box import TenantBox

OPTIONS, CONTENT, RESULT = "options", "content", "result"


def seal(box: TenantBox, value: dict[str, Any], row_id: uuid.UUID, column: str) -> bytes:
    """Encrypt a JSON value for a column of a row."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), cls=JSONEncoder)
    return box.encrypt(text.encode("utf-8", "surrogatepass"), _context(row_id, column))


def unseal(box: TenantBox, encrypted: bytes | memoryview, row_id: uuid.UUID, column: str) -> dict[str, Any]:
    """Decrypt the JSON value of a column. Raises KeyDestroyed, WrongKey."""
    value: dict[str, Any] = json.loads(
        box.decrypt(bytes(encrypted), _context(row_id, column)).decode("utf-8", "surrogatepass")
    )
    return value


def _context(row_id: uuid.UUID, column: str) -> str:
    return f"feedback_batch.{column}:{row_id}"
