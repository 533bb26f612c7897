"""The audit log: append-only, with a hash chain per tenant that reveals changed and missing rows."""

import hashlib
import json
import uuid
from datetime import UTC
from typing import Any

from django.db import connection, transaction
from django.db.models import Model
from django.utils import timezone
from django.utils.text import camel_case_to_spaces

from tenants.errors import AuditChainBroken
from tenants.identifiers import PLATFORM_TENANT_ID, uuid7
from tenants.models import AuditEvent, Tenant
from tenants.scoping import tenant_scope
from tenants.storable import with_whole_characters

FIRST_PREVIOUS_HASH = bytes(32)


def record_event(
    *,
    tenant_id: uuid.UUID,
    actor_id: str,
    action: str,
    resource_type: str,
    resource_id: object = "",
    result: str = "ok",
    metadata: dict[str, Any] | None = None,
) -> AuditEvent:
    """Add one row to a tenant's chain, in the caller's transaction if there is one.

    metadata: ids, names of settings, counts; never feedback text, prompts, answers or keys.
    """
    with tenant_scope(tenant_id), transaction.atomic():
        _lock_chain(tenant_id)
        last = AuditEvent.objects.order_by("-sequence").only("sequence", "hash").first()
        event = AuditEvent(
            id=uuid7(),
            tenant_id=tenant_id,
            sequence=last.sequence + 1 if last else 1,
            timestamp=timezone.now(),
            actor_id=actor_id,
            action=action,
            resource_type=resource_type,
            resource_id=str(resource_id),
            result=result,
            metadata=with_whole_characters(metadata or {}),
            previous_hash=bytes(last.hash) if last else FIRST_PREVIOUS_HASH,
        )
        event.hash = hash_of(event)
        event.save(force_insert=True)
    return event


def record_act(row: Model, actor_id: str, action: str, metadata: dict[str, Any] | None = None) -> AuditEvent:
    """Record an act on a row, in the chain of its tenant, or of the platform when it has no tenant."""
    return record_event(
        tenant_id=row.pk if isinstance(row, Tenant) else getattr(row, "tenant_id", PLATFORM_TENANT_ID),
        actor_id=actor_id,
        action=action,
        resource_type=camel_case_to_spaces(type(row).__name__).replace(" ", "_"),
        resource_id=row.pk,
        metadata=metadata,
    )


def _lock_chain(tenant_id: uuid.UUID) -> None:
    """Let one writer at a time extend a tenant's chain. PostgreSQL releases the lock with the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"audit:{tenant_id}"])


def hash_of(event: AuditEvent) -> bytes:
    """Return the SHA-256 of the previous hash and every column, as JSON with sorted keys."""
    content = {
        "id": str(event.id),
        "tenant_id": str(event.tenant_id),
        "sequence": event.sequence,
        "timestamp": event.timestamp.astimezone(UTC).isoformat(),
        "actor_id": event.actor_id,
        "action": event.action,
        "resource_type": event.resource_type,
        "resource_id": event.resource_id,
        "result": event.result,
        "metadata": event.metadata,
    }
    written = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(bytes(event.previous_hash) + written.encode()).digest()


def verify_chain(tenant_id: uuid.UUID) -> int:
    """Verify a tenant's chain and return its number of rows. Raises AuditChainBroken."""
    expected_sequence, previous_hash = 1, FIRST_PREVIOUS_HASH
    with tenant_scope(tenant_id):
        for event in AuditEvent.objects.order_by("sequence").iterator():
            fits = event.sequence == expected_sequence and bytes(event.previous_hash) == previous_hash
            if not fits or hash_of(event) != bytes(event.hash):
                raise AuditChainBroken(expected_sequence)
            expected_sequence, previous_hash = event.sequence + 1, bytes(event.hash)
    return expected_sequence - 1
