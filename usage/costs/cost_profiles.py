"""Cost profiles of a month: drafted from the ledger, compared with the providers' bills, then finalised.

A draft can be repeated at any time; a final month never changes. All changes are made in the scope of all tenants, and
audited in the platform tenant.
"""

import hashlib
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from tenants.audit import record_event
from tenants.identifiers import PLATFORM_TENANT_ID
from tenants.local_days import today
from tenants.scoping import all_tenants
from usage.costs.bills import ParsedBill, parse_bill
from usage.errors import MonthNotReady
from usage.metrics.registry import read
from usage.models import (
    BillLine,
    Budget,
    BudgetSpan,
    BudgetSubject,
    CallStatus,
    CostProfile,
    LLMCall,
    ProfileStatus,
    ProviderBill,
    ResourceType,
)
from usage.periods import month_of

CENT = Decimal("0.01")
Resource = tuple[str, str]


@dataclass
class _Bill:
    """The sum of a month's bills for one resource."""

    amount: Decimal = Decimal(0)
    token_count: int = 0
    gpu_hours: Decimal = Decimal(0)


def draft_month(day: date, *, actor_id: str) -> None:
    """Draft the profiles of a day's month, in place of earlier drafts. Raises MonthNotReady when it is final."""
    with _changing(day):
        _draft(day)
        _record(day, "cost_month.drafted", actor_id)


def upload_bill(day: date, *, provider: str, content: bytes, actor_id: str) -> ParsedBill:
    """Store a provider's bill in place of an earlier one, and draft the month again.

    Raises UnreadableBill, and stores nothing then; MonthNotReady when the month is final.
    """
    parsed, first = parse_bill(content), month_of(day).first
    with _changing(day):
        ProviderBill.objects.filter(window_start=first, provider__iexact=provider).delete()
        digest = hashlib.sha256(content).hexdigest()
        bill = ProviderBill.objects.create(
            tenant_id=PLATFORM_TENANT_ID, window_start=first, provider=provider, file_digest=digest
        )
        rows = [BillLine(tenant_id=PLATFORM_TENANT_ID, bill=bill, **vars(line)) for line in parsed.lines]
        BillLine.objects.bulk_create(rows)
        _draft(day)
        _record(day, "provider_bill.uploaded", actor_id, bill_id=str(bill.id), lines=len(parsed.lines), sha256=digest)
    return parsed


def prepare_final(day: date, *, accepts_missing_bill: bool = False) -> None:
    """Draft a month as it would be frozen. Raises MonthNotReady, which says what is missing."""
    with _changing(day):
        _ensure_ready(day, accepts_missing_bill)
        _draft(day)


def finalise_month(day: date, *, actor_id: str, accepts_missing_bill: bool = False) -> None:
    """Draft the month a last time and freeze it. Raises MonthNotReady, which says what is missing."""
    with _changing(day):
        has_bill = _ensure_ready(day, accepts_missing_bill)
        _draft(day)
        CostProfile.objects.filter(window_start=month_of(day).first).update(status=ProfileStatus.FINAL)
        _record(day, "cost_month.finalised", actor_id, has_bill=has_bill)


def _ensure_ready(day: date, accepts_missing_bill: bool) -> bool:
    """Raise MonthNotReady for a month that cannot be frozen yet; return whether it has a bill."""
    month = month_of(day)
    if month.end > today():
        raise MonthNotReady(_("The month is not over."))
    open_calls = LLMCall.objects.filter(
        status=CallStatus.PENDING, created_at__gte=month.starts_at, created_at__lt=month.ends_at
    )
    if open_calls.exists():
        raise MonthNotReady(_("Some calls of the month are still open. Try again in a few minutes."))
    has_bill = ProviderBill.objects.filter(window_start=month.first).exists()
    if not has_bill and not accepts_missing_bill:
        raise MonthNotReady(_("There is no bill to compare with."))
    return has_bill


def is_final(day: date) -> bool:
    """Tell whether a month is frozen, in the scope in force."""
    return CostProfile.objects.filter(window_start=month_of(day).first, status=ProfileStatus.FINAL).exists()


@contextmanager
def _changing(day: date) -> Iterator[None]:
    """Let one transaction at a time change a month. Raises MonthNotReady when it is final."""
    with all_tenants(), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"cost-month:{day:%Y-%m}"])
        if is_final(day):
            raise MonthNotReady(_("The month is final."))
        yield


def _draft(day: date) -> None:
    month = month_of(day)
    readings = read(["cost_usd", "tokens", "unpriced_calls"], month, by=["tenant_id", "model"])
    profiles = [
        CostProfile(
            tenant_id=tenant_id,
            resource_type=ResourceType.SERVING,
            resource_id=model,
            token_count=int(values["tokens"] or 0),
            unpriced_calls=int(values["unpriced_calls"] or 0),
            amount=Decimal(values["cost_usd"] or 0),
        )
        for (tenant_id, model), values in ((reading.key, reading.values) for reading in readings)
    ]
    profiles += _share_out(_bills_of(month.first, {profile.resource_id for profile in profiles}), profiles)
    limits = _monthly_limits()
    for profile in profiles:
        profile.window_start, profile.window_end = month.first, month.end
        limit = limits.get((profile.tenant_id, profile.resource_id))
        profile.budget_variance = None if limit is None else profile.amount - limit
    CostProfile.objects.filter(window_start=month.first).delete()
    CostProfile.objects.bulk_create(profiles)


def _bills_of(first: date, models: Iterable[str]) -> Mapping[Resource, _Bill]:
    """Add up the bills of a month by resource. Models have the names that the ledger uses."""
    ledger_names = _names_on_bills(models)
    bills: dict[Resource, _Bill] = defaultdict(_Bill)
    for line in BillLine.objects.filter(bill__window_start=first):
        bill = bills[line.resource_type, ledger_names.get(line.resource_id, line.resource_id)]
        bill.amount += line.amount
        bill.token_count += line.token_count
        bill.gpu_hours += line.gpu_hours
    return bills


def _names_on_bills(models: Iterable[str]) -> Mapping[str, str]:
    """Return the ledger's models by their names without the provider, where these are unambiguous."""
    by_short_name: dict[str, list[str]] = defaultdict(list)
    for model in models:
        by_short_name[model.partition("/")[2]].append(model)
    return {short: names[0] for short, names in by_short_name.items() if short and len(names) == 1}


def _share_out(bills: Mapping[Resource, _Bill], profiles: Sequence[CostProfile]) -> Sequence[CostProfile]:
    """Set the tenants' shares of the bills, and return profiles of billed resources that are not in the ledger."""
    users: dict[Resource, list[CostProfile]] = defaultdict(list)
    for profile in profiles:
        users[profile.resource_type, profile.resource_id].append(profile)
    unknown = []
    for (resource_type, resource_id), bill in bills.items():
        sharing = users.get((resource_type, resource_id))
        if not sharing:
            sharing = [
                CostProfile(
                    tenant_id=PLATFORM_TENANT_ID,
                    resource_type=resource_type,
                    resource_id=resource_id,
                    token_count=bill.token_count,
                    gpu_hours=bill.gpu_hours,
                )
            ]
            unknown += sharing
        weights = [profile.amount for profile in sharing]
        if not any(weights):  # a model without a price: divided by tokens
            weights = [Decimal(profile.token_count) for profile in sharing]
        for profile, share in zip(sharing, shares_of(bill.amount, weights), strict=True):
            profile.billed_amount = share
    return unknown


def shares_of(amount: Decimal, weights: Sequence[Decimal]) -> Sequence[Decimal]:
    """Divide an amount by weights, to the cent. The shares add up to the amount, rounded to the cent.

    Cents that remain after rounding down go to the shares that lost most. Weights that are all 0 count as equal.
    """
    whole = amount.quantize(CENT)
    total = sum(weights, Decimal(0))
    parts = [weight / total if total else Decimal(1) / len(weights) for weight in weights]
    exact = [whole * part for part in parts]
    shares = [share.quantize(CENT, ROUND_DOWN) for share in exact]
    step = CENT.copy_sign(whole)
    by_loss = sorted(range(len(shares)), key=lambda place: abs(exact[place] - shares[place]), reverse=True)
    for place in by_loss[: int(abs(whole - sum(shares, Decimal(0))) / CENT)]:
        shares[place] += step
    return shares


def _monthly_limits() -> Mapping[tuple[uuid.UUID, str], Decimal]:
    budgets = Budget.objects.filter(span=BudgetSpan.MONTH, subject=BudgetSubject.MODEL)
    return {(budget.tenant_id, budget.subject_value): budget.limit_usd for budget in budgets}


def _record(day: date, action: str, actor_id: str, **facts: Any) -> None:
    profiles = CostProfile.objects.filter(window_start=month_of(day).first)
    sums = profiles.aggregate(amount=Sum("amount"), billed=Sum("billed_amount"))
    totals = {name: str(value) for name, value in sums.items() if value is not None}
    record_event(
        tenant_id=PLATFORM_TENANT_ID,
        actor_id=actor_id,
        action=action,
        resource_type="costmonth",
        resource_id=f"{day:%Y-%m}",
        metadata={"profiles": profiles.count(), **totals, **facts},
    )
