"""The resources of a month's cost profiles, over the tenants in scope."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby

from tenants.identifiers import PLATFORM_TENANT_ID
from usage.models import CostProfile


@dataclass(frozen=True)
class Amounts:
    """A cost by the ledger and by the bills. billed: None without a bill."""

    amount: Decimal
    billed: Decimal | None

    @property
    def variance(self) -> Decimal | None:
        return None if self.billed is None else self.billed - self.amount

    @property
    def variance_share(self) -> float | None:
        return None if self.variance is None or not self.amount else float(self.variance / self.amount)


@dataclass(frozen=True)
class ResourceLine(Amounts):
    """One resource over the tenants shown."""

    resource_type: str
    resource_id: str
    token_count: int
    gpu_hours: Decimal
    unpriced_calls: int
    profiles: Sequence[CostProfile]

    @property
    def is_only_billed(self) -> bool:
        """Tell whether the ledger has no calls of the resource. Calls without cost or price count as calls."""
        is_of_tenants = any(profile.tenant_id != PLATFORM_TENANT_ID for profile in self.profiles)
        has_calls = self.amount or self.unpriced_calls or is_of_tenants
        return bool(self.billed) and not has_calls


def profiles_of(first: date) -> Sequence[CostProfile]:
    profiles = CostProfile.objects.filter(window_start=first).select_related("tenant")
    return list(profiles.order_by("resource_type", "resource_id", "tenant__name"))


def lines_of(first: date) -> Iterator[ResourceLine]:
    by_resource = groupby(profiles_of(first), key=lambda profile: (profile.resource_type, profile.resource_id))
    for (_type, resource_id), group in by_resource:
        profiles = list(group)
        shares = [profile.billed_amount for profile in profiles if profile.billed_amount is not None]
        yield ResourceLine(
            resource_type=str(profiles[0].get_resource_type_display()),
            resource_id=resource_id,
            token_count=sum(profile.token_count for profile in profiles),
            gpu_hours=sum((profile.gpu_hours for profile in profiles), Decimal(0)),
            amount=sum((profile.amount for profile in profiles), Decimal(0)),
            billed=sum(shares, Decimal(0)) if shares else None,
            unpriced_calls=sum(profile.unpriced_calls for profile in profiles),
            profiles=profiles,
        )


def total_of(lines: Sequence[Amounts]) -> Amounts:
    """Return the total of all lines. Costs that are not billed count in the variance."""
    billed = [line.billed for line in lines if line.billed is not None]
    return Amounts(sum((line.amount for line in lines), Decimal(0)), sum(billed, Decimal(0)) if billed else None)
