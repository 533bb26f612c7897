"""Change prices. Every change is audited in its transaction."""

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
    """Set a price from a moment on. Earlier calls keep their price.

    tenant_id: a price of the platform tenant applies to tenants without one of their own.
    Raises Conflict when the moment already has a price.
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
