"""How the tenant in scope codes, unless a request says otherwise."""

import time
import uuid
from dataclasses import dataclass

from coding.models import CodingPolicy, Strategy
from tenants.scoping import current_tenant_id

REMEMBERED_SECONDS = 10.0


@dataclass(frozen=True)
class CodingChoice:
    """uses_judge: for the strategies of one call; level by level judges always, offline never."""

    strategy: Strategy = Strategy.LEVEL_BY_LEVEL
    uses_judge: bool = True


_remembered: dict[uuid.UUID, tuple[float, CodingChoice]] = {}


def coding_choice() -> CodingChoice:
    """Return the tenant's choice, at most ten seconds old."""
    tenant_id = current_tenant_id()
    read_at, choice = _remembered.get(tenant_id, (0.0, CodingChoice()))
    if not read_at or time.monotonic() - read_at > REMEMBERED_SECONDS:
        policy = CodingPolicy.objects.first()
        choice = CodingChoice(Strategy(policy.strategy), policy.uses_judge) if policy else CodingChoice()
        _remembered[tenant_id] = (time.monotonic(), choice)
    return choice
