"""Read the models that may be called, and enter, review, approve and deprecate models.

Every change is audited. It takes effect in every process within CACHE_SECONDS.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from inference.connections import (
    LOCAL_EMBEDDING_MODEL,
    OFFLINE_MODEL,
    embedding_connection,
    generation_connection,
    judge_connection,
)
from inference.errors import ModelNotApproved
from inference.models import ModelCatalogEntry, ModelStatus, ModelType
from tenants.audit import record_act
from tenants.caching import cached_by_tenant
from tenants.conflicts import conflict_on
from tenants.errors import Forbidden
from tenants.identifiers import PLATFORM_TENANT_ID
from tenants.models import Tenant
from tenants.scoping import tenant_scope

CACHE_SECONDS = 10.0
RUN_HERE = {OFFLINE_MODEL, LOCAL_EMBEDDING_MODEL}
EXCEPTION_NOTE = "Approved by exception: named by the operator in the environment, without an evaluation."
MOVES: Mapping[str, frozenset[ModelStatus]] = {
    ModelStatus.DRAFT: frozenset({ModelStatus.UNDER_REVIEW}),
    ModelStatus.UNDER_REVIEW: frozenset({ModelStatus.APPROVED, ModelStatus.DRAFT}),
    ModelStatus.APPROVED: frozenset({ModelStatus.DEPRECATED}),
    ModelStatus.DEPRECATED: frozenset({ModelStatus.UNDER_REVIEW}),
}


@dataclass(frozen=True)
class ApprovedModel:
    """The part of a model's entry that a call needs.

    base_model: the model behind a deployment of another name, from the entry's metadata. It decides the parameters.
    """

    id: uuid.UUID
    base_model: str = ""


@cached_by_tenant(seconds=CACHE_SECONDS)
def approved_model(model: str) -> ApprovedModel:
    """Return the model's approved entry, the tenant's own or the platform's. Raises ModelNotApproved."""
    approved = ModelCatalogEntry.objects.filter(name=model, status=ModelStatus.APPROVED)
    row = approved.order_by("-updated_at").values_list("id", "metadata").first()
    if row is None:
        raise ModelNotApproved
    entry_id, metadata = row
    base_model = metadata.get("base_model") if isinstance(metadata, dict) else None
    return ApprovedModel(entry_id, base_model if isinstance(base_model, str) else "")


def names_of_models() -> Sequence[str]:
    """Return the names of all entries in the scope in force, whatever their status."""
    return list(ModelCatalogEntry.objects.values_list("name", flat=True).distinct())


def enter_operator_models() -> None:
    """Enter the models of the environment and the offline engine, approved with a recorded exception.

    An existing entry is not changed: a model that was deprecated in the catalogue stays refused.
    """
    connections = [generation_connection(), judge_connection(), embedding_connection()]
    for model in {OFFLINE_MODEL, *(connection.model for connection in connections if connection)}:
        with tenant_scope(PLATFORM_TENANT_ID), transaction.atomic():
            if ModelCatalogEntry.objects.filter(name=model).exists():
                continue
            entry, is_new = ModelCatalogEntry.objects.get_or_create(
                name=model,
                version="1",
                type=ModelType.BASE if model in RUN_HERE else ModelType.EXTERNAL,
                defaults={
                    "status": ModelStatus.APPROVED,
                    "owner_team": "Operator",
                    "metadata": {"approval_exception": True},
                    "evaluation_summary": EXCEPTION_NOTE,
                },
            )
            if is_new:
                action = "model.approved_by_exception"
                record_act(entry, "command:start", action, {"name": model})


def enter_model(*, tenant: Tenant, actor_id: str, **facts: Any) -> ModelCatalogEntry:
    """Enter a model as a draft, which cannot be called yet. Raises Conflict if the model is already entered."""
    with conflict_on("one_entry_per_model_type_and_version"), tenant_scope(tenant.id), transaction.atomic():
        entry: ModelCatalogEntry = ModelCatalogEntry.objects.create(tenant=tenant, **facts)
        record_act(entry, actor_id, "model.entered", {"name": entry.name, "version": entry.version})
    return entry


def change_model(*, entry: ModelCatalogEntry, actor_id: str, **changes: Any) -> ModelCatalogEntry:
    """Change the facts of a model. Its status is changed by move_model only."""
    with tenant_scope(entry.tenant_id), transaction.atomic():
        for field, value in changes.items():
            setattr(entry, field, value)
        entry.save(update_fields=[*changes, "updated_at"])
        record_act(entry, actor_id, "model.changed", {"fields": sorted(changes)})
    return entry


def move_model(*, entry: ModelCatalogEntry, to: ModelStatus, reason: str, actor_id: str) -> ModelCatalogEntry:
    """Move a model to another status; the reason goes into the audit log. Raises Forbidden for a move not in MOVES."""
    with tenant_scope(entry.tenant_id), transaction.atomic():
        current: ModelCatalogEntry = ModelCatalogEntry.objects.select_for_update().get(id=entry.id)
        if to not in MOVES[current.status]:
            raise Forbidden(f"A model that is {current.get_status_display().lower()} cannot become {to.label.lower()}")
        was, current.status = current.status, to
        current.save(update_fields=["status", "updated_at"])
        record_act(current, actor_id, f"model.{to}", {"from": was, "reason": reason})
    return current
