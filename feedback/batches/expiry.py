"""Delete what batches store when it is not needed any more."""

import uuid

from django.apps import apps
from django.utils import timezone

from tenants.scoping import all_tenants, tenant_scope


def delete_expired() -> int:
    """Delete the records and results of expired batches; return the number of batches. Their figures stay."""
    batches, items = apps.get_model("feedback", "Batch"), apps.get_model("feedback", "BatchItem")
    with all_tenants():
        expired = list(batches._default_manager.filter(expires_at__lt=timezone.now()).values_list("id", "tenant"))
    for batch_id, tenant_id in expired:
        with tenant_scope(tenant_id):
            items._default_manager.filter(batch=batch_id).delete()
            batches._default_manager.filter(id=batch_id).update(expires_at=None, options_encrypted=b"")
    return len(expired)


def erase_content(tenant_id: uuid.UUID) -> None:
    """Delete a tenant's batches, in the scope and transaction of closing it."""
    for name in ("BatchItem", "Batch"):
        apps.get_model("feedback", name)._default_manager.filter(tenant_id=tenant_id).delete()
