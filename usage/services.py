"""What is done to prices. Every act is audited in the transaction that does it."""

import uuid
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from tenants.audit import record_act
from tenants.conflicts import conflict_on
from tenants.scoping import tenant_scope
from usage.models import ModelPrice, TokenClass


def set_price(
    *,
    tenant_id: uuid.UUID,
    model: str,
    token_class: TokenClass,
    price_per_million: Decimal,
    effective_from: datetime,
    actor_id: str,
) -> ModelPrice:
    """Set a price from a moment on; what was called before keeps its own. Raises Conflict on a moment already priced.

    tenant_id: the platform tenant's prices hold for everybody who has none of their own.
    """
    with conflict_on("one_price_per_class_and_moment"), tenant_scope(tenant_id), transaction.atomic():
        price: ModelPrice = ModelPrice.objects.create(
            model=model,
            token_class=token_class,
            price_per_million=price_per_million,
            effective_from=effective_from,
        )
        facts = {
            "model": model,
            "token_class": token_class,
            "price_per_million": str(price_per_million),
            "effective_from": effective_from.isoformat(),
        }
        record_act(price, actor_id, "price.set", facts)
    return price
