"""Choose the strategy of the tenant in scope, unless a request names another one."""

from dataclasses import dataclass

from coding.models import CodingPolicy, Strategy
from tenants.caching import cached_by_tenant

CACHE_SECONDS = 10.0


@dataclass(frozen=True)
class CodingChoice:
    """A choice. uses_judge: for one-call strategies; level by level always judges, offline never does."""

    strategy: Strategy = Strategy.LEVEL_BY_LEVEL
    uses_judge: bool = True


@cached_by_tenant(seconds=CACHE_SECONDS)
def coding_choice() -> CodingChoice:
    """Return the tenant's choice, at most CACHE_SECONDS old."""
    policy = CodingPolicy.objects.first()
    return CodingChoice(Strategy(policy.strategy), policy.uses_judge) if policy else CodingChoice()
