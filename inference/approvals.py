"""What is done to the model catalogue: a model is entered, reviewed, approved and deprecated, each time with a reason.

Deprecating and approving reach every process within the seconds that inference/catalogue.py remembers an answer.
"""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from inference.models import ModelCatalogEntry, ModelStatus
from tenants.audit import record_act
from tenants.conflicts import conflict_on
from tenants.errors import Forbidden
from tenants.models import Tenant
from tenants.scoping import tenant_scope

MOVES: Mapping[str, frozenset[ModelStatus]] = {
    ModelStatus.DRAFT: frozenset({ModelStatus.UNDER_REVIEW}),
    ModelStatus.UNDER_REVIEW: frozenset({ModelStatus.APPROVED, ModelStatus.DRAFT}),
    ModelStatus.APPROVED: frozenset({ModelStatus.DEPRECATED}),
    ModelStatus.DEPRECATED: frozenset({ModelStatus.UNDER_REVIEW}),
}


def enter_model(*, tenant: Tenant, actor_id: str, **facts: Any) -> ModelCatalogEntry:
    """Enter a model as a draft: it cannot be called yet. Raises Conflict for one that is entered already."""
    with conflict_on("one_entry_per_model_type_and_version"), tenant_scope(tenant.id), transaction.atomic():
        entry: ModelCatalogEntry = ModelCatalogEntry.objects.create(tenant=tenant, **facts)
        record_act(entry, actor_id, "model.entered", {"name": entry.name, "version": entry.version})
    return entry


def change_model(*, entry: ModelCatalogEntry, actor_id: str, **changes: Any) -> ModelCatalogEntry:
    """Change what is said about a model; its status moves by move_model only."""
    with tenant_scope(entry.tenant_id), transaction.atomic():
        for field, value in changes.items():
            setattr(entry, field, value)
        entry.save(update_fields=[*changes, "updated_at"])
        record_act(entry, actor_id, "model.changed", {"fields": sorted(changes)})
    return entry


def move_model(*, entry: ModelCatalogEntry, to: ModelStatus, reason: str, actor_id: str) -> ModelCatalogEntry:
    """Move a model to another status, for a reason that the audit log keeps. Raises Forbidden for one not in MOVES."""
    with tenant_scope(entry.tenant_id), transaction.atomic():
        current: ModelCatalogEntry = ModelCatalogEntry.objects.select_for_update().get(id=entry.id)
        if to not in MOVES[current.status]:
            raise Forbidden(f"A model that is {current.get_status_display().lower()} cannot become {to.label.lower()}")
        was, current.status = current.status, to
        current.save(update_fields=["status", "updated_at"])
        record_act(current, actor_id, f"model.{to}", {"from": was, "reason": reason})
    return current
