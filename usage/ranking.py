"""Which operations stop first as a budget is spent.

A tenant's own rank comes before the platform's, and that before the one that the operation declares. The detection of
sensitive content is essential whatever anybody sets: a constraint of the database holds it.
"""

import time
import uuid
from collections.abc import Mapping

from tenants.identifiers import PLATFORM_TENANT_ID
from tenants.scoping import current_tenant_id
from usage.models import OperationRank, Rank

REMEMBERED_SECONDS = 10.0

_remembered: dict[uuid.UUID, tuple[float, Mapping[str, Rank]]] = {}


_declared: dict[str, Rank] = {}


def register_rank(operation: str, rank: Rank) -> None:
    """Give an operation the rank that it declares."""
    _declared[operation] = rank


def declared_ranks() -> Mapping[str, Rank]:
    """Return the ranks that operations declare for themselves, without the normal ones."""
    return {operation: rank for operation, rank in _declared.items() if rank is not Rank.NORMAL}


def rank_of(operation: str) -> Rank:
    """Return the rank of an operation for the tenant in scope."""
    return ranks_in_force().get(operation, Rank.NORMAL)


def ranks_in_force() -> Mapping[str, Rank]:
    """Return every rank that is not normal by default, for the tenant in scope, as of the last seconds."""
    tenant_id = current_tenant_id()
    read_at, ranks = _remembered.get(tenant_id, (0.0, {}))
    if not read_at or time.monotonic() - read_at > REMEMBERED_SECONDS:
        ranks = _read_ranks()
        _remembered[tenant_id] = (time.monotonic(), ranks)
    return ranks


def _read_ranks() -> Mapping[str, Rank]:
    rows = list(OperationRank.objects.all())
    of_platform = {row.operation: Rank(row.rank) for row in rows if row.tenant_id == PLATFORM_TENANT_ID}
    of_tenant = {row.operation: Rank(row.rank) for row in rows if row.tenant_id != PLATFORM_TENANT_ID}
    return {**declared_ranks(), **of_platform, **of_tenant}
