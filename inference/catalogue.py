"""Which models may be called: the approved entries of the catalogue, and those the operator names at start."""

import uuid

from django.db import transaction

from inference.connections import OFFLINE_MODEL, generation_connection, judge_connection
from inference.errors import ModelNotApproved
from inference.models import ModelCatalogEntry, ModelStatus, ModelType
from tenants.audit import record_act
from tenants.caching import cached_by_tenant
from tenants.identifiers import PLATFORM_TENANT_ID
from tenants.scoping import tenant_scope

CACHE_SECONDS = 10.0
EXCEPTION_NOTE = "Approved by exception: named by the operator in the environment, without an evaluation."


@cached_by_tenant(seconds=CACHE_SECONDS)
def approved_entry_id(model: str) -> uuid.UUID:
    """Return the id of the model's approved entry, the tenant's own or the platform's. Raises ModelNotApproved."""
    approved = ModelCatalogEntry.objects.filter(name=model, status=ModelStatus.APPROVED)
    entry_id: uuid.UUID | None = approved.order_by("-updated_at").values_list("id", flat=True).first()
    if entry_id is None:
        raise ModelNotApproved
    return entry_id


def enter_operator_models() -> None:
    """Enter the models of the environment and the offline engine, approved with a recorded exception.

    An entry that exists is left as it is: a model that was deprecated in the catalogue stays refused.
    """
    for model in {OFFLINE_MODEL, generation_connection().model, judge_connection().model}:
        with tenant_scope(PLATFORM_TENANT_ID), transaction.atomic():
            if ModelCatalogEntry.objects.filter(name=model).exists():
                continue
            entry, is_new = ModelCatalogEntry.objects.get_or_create(
                name=model,
                version="1",
                type=ModelType.BASE if model == OFFLINE_MODEL else ModelType.EXTERNAL,
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
