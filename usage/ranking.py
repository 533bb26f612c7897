"""The ranks of operations: the lower ones stop first as a budget is spent.

A tenant's own rank comes before the platform's, and that before the one that the operation declares. The detection of
sensitive content is essential whatever anybody sets: a constraint of the database holds it.
"""

from collections.abc import Mapping

from tenants.caching import cached_by_tenant
from tenants.identifiers import PLATFORM_TENANT_ID
from usage.models import OperationRank, Rank

CACHE_SECONDS = 10.0

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


@cached_by_tenant(seconds=CACHE_SECONDS)
def ranks_in_force() -> Mapping[str, Rank]:
    """Return the ranks that differ from the normal one, for the tenant in scope."""
    rows = list(OperationRank.objects.all())
    of_platform = {row.operation: Rank(row.rank) for row in rows if row.tenant_id == PLATFORM_TENANT_ID}
    of_tenant = {row.operation: Rank(row.rank) for row in rows if row.tenant_id != PLATFORM_TENANT_ID}
    return {**declared_ranks(), **of_platform, **of_tenant}
