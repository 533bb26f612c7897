"""Redact what a record says about people, for storage, with the tenant's policy."""

import hashlib
import hmac
import html
import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from feedback.storing.record_input import REDACTED_COLUMNS, NewRecord
from inference.redaction.policy import RedactionPolicy
from inference.redaction.redactor import get_redactor
from tenants.models import Tenant

PLACEHOLDER_NUMBER = re.compile(r"(?<=[A-Z])_[0-9]+(?=>)")
NOT_SAID = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class RedactedText:
    """The redacted columns of a record. version: of the policy that redacted them."""

    content: str = field(repr=False)
    columns: Mapping[str, Any] = field(repr=False)
    metadata: Mapping[str, str] | None = field(repr=False)
    version: str


def policy_version(tenant: Tenant) -> str:
    """Return the version of the policy that redacts a tenant's records now."""
    return RedactionPolicy.from_dict(tenant.redaction_policy).version


def redacted(record: NewRecord, tenant: Tenant) -> RedactedText:
    """Redact a record on its own, so that its placeholders do not depend on its neighbours. Raises RedactionError."""
    policy = RedactionPolicy.from_dict(tenant.redaction_policy)
    session = get_redactor().open_session(policy)
    content = session.redact_for_storage(record.content)
    sent = {name: record.values[name] for name in REDACTED_COLUMNS if name in record.values}
    columns = {name: _each_text(value, session.redact_for_storage) for name, value in sent.items()}
    metadata = None if record.metadata is None else _each_text(dict(record.metadata), session.redact_for_storage)
    return RedactedText(content, columns, metadata, policy.version)


def redacted_columns(columns: Mapping[str, Any], tenant: Tenant) -> dict[str, Any]:
    """Redact columns that are changed alone."""
    session = get_redactor().open_session(RedactionPolicy.from_dict(tenant.redaction_policy))
    return {
        name: _each_text(value, session.redact_for_storage) if name in REDACTED_COLUMNS else value
        for name, value in columns.items()
    }


def input_digest(record: NewRecord, tenant_id: uuid.UUID) -> bytes:
    """Return the digest of everything in a record that is redacted, as it was sent."""
    sent = {name: record.values[name] for name in REDACTED_COLUMNS if name in record.values}
    written = json.dumps([record.content, sent, record.metadata], sort_keys=True)
    return _digest("input", tenant_id, written)


def content_digest(content: str, tenant_id: uuid.UUID) -> bytes:
    """Return the digest of the words of a text: equal for texts that differ in case, spaces and punctuation only.

    Empty for a text without words.
    """
    words = NOT_SAID.sub(" ", content.casefold()).strip()
    return _digest("content", tenant_id, words) if words else b""


def skeleton(text: str) -> str:
    """Return a redacted text without the numbers of placeholders, case and spaces, to compare stored copies of it."""
    return " ".join(PLACEHOLDER_NUMBER.sub("", html.unescape(text)).casefold().split())


def _digest(purpose: str, tenant_id: uuid.UUID, text: str) -> bytes:
    # With a key, because a plain hash of a short text can be found by trying texts.
    key = hashlib.sha256(f"records {purpose} {tenant_id} {settings.SECRET_KEY}".encode()).digest()
    return hmac.digest(key, text.encode(), "sha256")


def _each_text(value: Any, redact: Any) -> Any:
    """Redact a text, or the texts of a list or of an object's values. Keys are names of the tenant's own."""
    if isinstance(value, str):
        return redact(value) if value else value
    if isinstance(value, list):
        return [redact(item) for item in value]
    if isinstance(value, dict):
        return {key: redact(item) for key, item in value.items()}
    return value
