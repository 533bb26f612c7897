"""Idempotency-Key: a request that is sent twice runs once, and both senders get the same answer.

An HMAC of the key and of the body, and the encrypted answer, are stored for a day. The claim of a running request has a
lease, so that a killed process blocks nobody.
"""

import base64
import hashlib
import hmac
import uuid
from dataclasses import dataclass
from datetime import timedelta

from cryptography.fernet import Fernet
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from tenants.errors import IdempotencyKeyReused, IdempotencyKeyRunning
from tenants.models import IdempotentRequest

LEASE_MARGIN = timedelta(seconds=30)


@dataclass(frozen=True)
class StoredAnswer:
    """The first answer. content: the bytes of its body."""

    status: int
    content: bytes
    request_id: uuid.UUID


@dataclass(frozen=True)
class Claim:
    """The right to run a request. It must be followed by store_answer or release."""

    id: uuid.UUID
    request_id: uuid.UUID


def claim(
    *, api_key_id: uuid.UUID, path: str, key: str, body: bytes, request_id: uuid.UUID, lease: timedelta
) -> Claim | StoredAnswer:
    """Claim a key, or return the answer to its first request.

    Raises IdempotencyKeyReused for another body, IdempotencyKeyRunning while the first request's lease lasts.
    """
    now = timezone.now()
    identity = {"api_key_id": api_key_id, "path": path, "key_digest": _digest("key", key.encode())}
    fresh = {
        "body_digest": _digest("body", body),
        "request_id": request_id,
        "lease_until": now + lease + LEASE_MARGIN,
        "expires_at": now + timedelta(hours=settings.IDEMPOTENCY_HOURS),
        "status": IdempotentRequest.Status.RUNNING,
        "response_status": None,
        "response_encrypted": None,
    }
    with transaction.atomic():
        found, is_new = IdempotentRequest.objects.get_or_create(**identity, defaults=fresh)
        if is_new:
            return Claim(found.id, request_id)
        found = IdempotentRequest.objects.select_for_update().get(id=found.id)
        if _is_free(found):
            IdempotentRequest.objects.filter(id=found.id).update(**fresh)
            return Claim(found.id, request_id)
    return _answer_of(found, fresh["body_digest"])


def _is_free(found: IdempotentRequest) -> bool:
    now = timezone.now()
    is_dead = found.status == IdempotentRequest.Status.RUNNING and found.lease_until < now
    return is_dead or found.expires_at < now


def _answer_of(found: IdempotentRequest, body_digest: object) -> StoredAnswer:
    if bytes(found.body_digest) != body_digest:
        raise IdempotencyKeyReused
    if found.status == IdempotentRequest.Status.RUNNING:
        raise IdempotencyKeyRunning
    content = _cipher().decrypt(bytes(found.response_encrypted or b""))
    return StoredAnswer(status=found.response_status or 200, content=content, request_id=found.request_id)


def store_answer(claimed: Claim, *, status: int, content: bytes) -> None:
    """Store the answer for later requests with the same key."""
    IdempotentRequest.objects.filter(id=claimed.id, request_id=claimed.request_id).update(
        status=IdempotentRequest.Status.DONE,
        response_status=status,
        response_encrypted=_cipher().encrypt(content),
    )


def release(claimed: Claim) -> None:
    """Delete a claim, because its answer may be another one next time."""
    IdempotentRequest.objects.filter(id=claimed.id, request_id=claimed.request_id).delete()


def delete_expired() -> int:
    """Delete expired answers in the scope in force; return their number."""
    deleted, _ = IdempotentRequest.objects.filter(expires_at__lt=timezone.now()).delete()
    return deleted


def delete_answers() -> int:
    """Delete all answers in the scope in force, which may contain feedback; return their number."""
    deleted, _ = IdempotentRequest.objects.filter(status=IdempotentRequest.Status.DONE).delete()
    return deleted


def _digest(purpose: str, content: bytes) -> bytes:
    key = hashlib.sha256(f"idempotency {purpose} {settings.SECRET_KEY}".encode()).digest()
    return hmac.digest(key, content, "sha256")


def _cipher() -> Fernet:
    key = hashlib.sha256(f"idempotency answers {settings.SECRET_KEY}".encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))
