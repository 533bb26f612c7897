"""Refused requests, kept for an administrator to see: the CRM shows no error when a request of its fails."""

import logging
import uuid
from datetime import timedelta

from django.db import DatabaseError
from django.utils import timezone

from tenants.models import RefusedRequest
from tenants.scoping import tenant_scope

KEPT_DAYS = 30

logger = logging.getLogger(__name__)


def record_refusal(
    *,
    tenant_id: uuid.UUID,
    api_key_id: uuid.UUID,
    request_id: uuid.UUID,
    method: str,
    path: str,
    status: int,
    code: str,
    field: str,
) -> None:
    """Keep when, which key, where and why; no text. Without a database the refusal itself still goes out."""
    try:
        with tenant_scope(tenant_id):
            RefusedRequest.objects.create(
                api_key_id=api_key_id,
                request_id=request_id,
                method=method[:8],
                path=path[:255],
                status=status,
                code=code,
                field=field[:255].replace("\x00", ""),
            )
    except DatabaseError as error:
        logger.warning("a refused request was not recorded: %s", type(error).__name__)


def delete_old_refusals() -> int:
    """Delete refusals older than KEPT_DAYS, in the scope in force; return how many."""
    horizon = timezone.now() - timedelta(days=KEPT_DAYS)
    deleted, _ = RefusedRequest.objects.filter(timestamp__lt=horizon).delete()
    return int(deleted)
