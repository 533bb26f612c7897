"""Budgets, spending that brings them near their limits, and their notices."""

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils import timezone

from tenants.identifiers import PLATFORM_TENANT_ID
from tenants.models import Tenant
from tenants.scoping import all_tenants, tenant_scope
from tests.support.factories import ACTOR, open_attempt
from usage import ledger
from usage.models import Budget, BudgetNotice, BudgetPeriod, BudgetWebhook, TokenClass
from usage.notices import thresholds
from usage.prices import TokenCounts
from usage.services import set_price
from usage.tasks import mail_budget_notice, post_budget_notice

TEN_CENTS = TokenCounts(input_tokens=100_000)


def set_prices(model: str) -> None:
    for token_class in (TokenClass.INPUT, TokenClass.OUTPUT):
        set_price(
            tenant_id=PLATFORM_TENANT_ID,
            model=model,
            token_class=token_class,
            price_per_million=Decimal(1),
            effective_from=timezone.now() - timedelta(days=1),
            actor_id=ACTOR,
        )


def set_tenant_price(tenant: Tenant) -> None:
    """Price the scripted provider's model for one tenant."""
    for token_class in (TokenClass.INPUT, TokenClass.OUTPUT):
        set_price(
            tenant_id=tenant.id,
            model="openai/scripted",
            token_class=token_class,
            price_per_million=Decimal(1000),
            effective_from=timezone.now() - timedelta(days=1),
            actor_id=ACTOR,
        )


def new_budget(tenant: Tenant, limit: str, **columns: Any) -> Budget:
    """A budget that any operation may spend to the end, unless the columns say otherwise."""
    whole = {"low_stops_at": 100, "normal_stops_at": 100}
    with tenant_scope(tenant.id):
        budget: Budget = Budget.objects.create(limit_usd=Decimal(limit), **(whole | columns))
    return budget


def open_row(model: str, **columns: Any) -> ledger.OpenRow:
    return open_attempt(request_model=model, tokens=TEN_CENTS, **columns)


def spend(budget: Budget, amount: str) -> BudgetPeriod:
    """Bring a budget's running period to an amount."""
    with tenant_scope(budget.tenant_id):
        period, _ = BudgetPeriod.objects.update_or_create(
            budget=budget,
            starts_on=timezone.localdate().replace(day=1),
            defaults={"spent_usd": Decimal(amount)},
        )
    return period  # type: ignore[no-any-return]


def told(tenant: Tenant) -> list[str]:
    """The reasons that the people of a tenant were told."""
    with tenant_scope(tenant.id):
        return sorted(BudgetNotice.objects.values_list("reason", flat=True))


def new_webhook(tenant: Tenant, url: str) -> BudgetWebhook:
    with tenant_scope(tenant.id):
        webhook: BudgetWebhook = BudgetWebhook.objects.create(url=url)
    return webhook


def watch_all() -> None:
    with all_tenants():
        thresholds.watch()


def jobs_of(tenant: Tenant) -> list[tuple[str, dict[str, Any]]]:
    statement = "select task_name, args from procrastinate_jobs where args->>'tenant_id' = %s order by id"
    with connection.cursor() as cursor:
        cursor.execute(statement, [str(tenant.id)])
        return [(name, args if isinstance(args, dict) else json.loads(args)) for name, args in cursor.fetchall()]


def work_off(tenant: Tenant) -> None:
    """Do the jobs of a tenant as a worker would."""
    tasks = {thresholds.MAIL_JOB: mail_budget_notice, thresholds.POST_JOB: post_budget_notice}
    for name, arguments in jobs_of(tenant):
        tasks[name](**arguments)
