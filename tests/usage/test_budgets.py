"""A budget is never exceeded, whatever runs at the same time, fails or is killed."""

import uuid
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
from django.db import IntegrityError, connection, connections
from django.urls import reverse
from django.utils import timezone

from tenants.models import Role, Tenant
from tenants.scoping import tenant_scope
from tests.support.budgets import TEN_CENTS, new_budget, open_row, set_tenant_price
from tests.support.factories import new_call
from tests.support.people import new_person, new_platform_admin, pages_for
from tests.support.provider import ScriptedProvider, server_error
from usage import ledger
from usage.budget_states import state_of
from usage.errors import BudgetExceeded, ModelHasNoPrice
from usage.models import Budget, BudgetPeriod, CallStatus, LLMCall, OperationRank, Rank
from usage.prices import TokenCounts

CALLS = 1000
THREADS = 16


def close(row: ledger.OpenRow, status: CallStatus, tokens: TokenCounts | None) -> None:
    ledger.close_row(row, status=status, latency_seconds=0.1, tokens=tokens)


def spent(budget: Budget) -> Decimal:
    with tenant_scope(budget.tenant_id):
        found: Decimal = BudgetPeriod.objects.get(budget=budget).spent_usd
    return found


def ledger_sum(tenant: Tenant) -> Decimal:
    with tenant_scope(tenant.id):
        return sum((row.cost_usd for row in LLMCall.objects.all()), Decimal(0))


class Crowd:
    """A thousand calls, sixteen at a time, and how each ended."""

    def __init__(self, tenant: Tenant, model: str, outcome: Any) -> None:
        self.tenant, self.model, self.outcome = tenant, model, outcome

    def run(self) -> Counter[str]:
        with ThreadPoolExecutor(THREADS) as pool:
            return Counter(pool.map(self.call, range(CALLS)))

    def call(self, number: int) -> str:
        try:
            with tenant_scope(self.tenant.id):
                row = open_row(self.model)
                ended = self.outcome(number)
                if ended != "killed":
                    status = CallStatus.OK if ended == "ok" else CallStatus.ERROR
                    close(row, status, TEN_CENTS if ended == "ok" else TokenCounts())
                return str(ended)
        except BudgetExceeded:
            return "refused"
        finally:
            connections.close_all()


def test_of_a_thousand_calls_of_ten_cents_exactly_fifty_fit_into_five_dollars(tenant: Tenant, model: str) -> None:
    budget = new_budget(tenant, "5.00")
    assert Crowd(tenant, model, lambda number: "ok").run() == {"ok": 50, "refused": 950}
    assert spent(budget) == ledger_sum(tenant) == 5


def test_with_failures_and_kills_the_budget_still_holds(tenant: Tenant, model: str) -> None:
    budget = new_budget(tenant, "5.00")
    outcomes = ("ok", "failed", "killed", "failed")
    ended = Crowd(tenant, model, lambda number: outcomes[number % 4]).run()
    assert ended["ok"] + ended["killed"] <= 50
    assert spent(budget) == ledger_sum(tenant) <= 5
    assert spent(budget) == (ended["ok"] + ended["killed"]) * Decimal("0.1")
    with tenant_scope(tenant.id):
        ledger.sweep(now=timezone.now() + timedelta(hours=1))
    assert spent(budget) == ledger_sum(tenant)


def test_a_reservation_is_one_statement_a_budget(tenant: Tenant, model: str) -> None:
    new_budget(tenant, "5.00")
    with tenant_scope(tenant.id):
        open_row(model)
        statements: list[str] = []

        def noting(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
            statements.append(sql.split(maxsplit=1)[0].lower())
            return execute(sql, *rest)

        with connection.execute_wrapper(noting):
            open_row(model)
    assert statements == ["insert", "update"]


def test_the_unspent_part_of_a_reservation_is_returned(tenant: Tenant, model: str) -> None:
    budget = new_budget(tenant, "0.15")
    with tenant_scope(tenant.id):
        row = open_row(model)
        with pytest.raises(BudgetExceeded) as refused:
            open_row(model)
        close(row, CallStatus.OK, TokenCounts(input_tokens=40_000))
        open_row(model)
    assert refused.value.left_usd == Decimal("0.05")
    assert spent(budget) == ledger_sum(tenant) == Decimal("0.14")


def test_a_call_of_unknown_outcome_stays_at_its_worst_case(tenant: Tenant, model: str) -> None:
    budget = new_budget(tenant, "1.00")
    with tenant_scope(tenant.id):
        close(open_row(model), CallStatus.UNKNOWN, None)
    assert spent(budget) == ledger_sum(tenant) == Decimal("0.1")


def test_a_refused_call_leaves_no_row(tenant: Tenant, model: str) -> None:
    new_budget(tenant, "0.05")
    with tenant_scope(tenant.id):
        with pytest.raises(BudgetExceeded):
            open_row(model)
        assert LLMCall.objects.count() == 0


def test_every_budget_a_call_falls_under_must_have_enough(tenant: Tenant, model: str) -> None:
    key_id = uuid.uuid4()
    whole = new_budget(tenant, "1.00", span="day")
    of_key = new_budget(tenant, "0.10", subject="api_key", subject_value=str(key_id))
    of_other = new_budget(tenant, "0.01", subject="operation", subject_value="analyze")
    of_model = new_budget(tenant, "0.30", subject="model", subject_value=model)
    with tenant_scope(tenant.id):
        open_row(model, api_key_id=key_id)
        with pytest.raises(BudgetExceeded) as refused:
            open_row(model, api_key_id=key_id)
        open_row(model)
        assert not BudgetPeriod.objects.filter(budget=of_other).exists()
    assert refused.value.subject == "api_key"
    assert (spent(whole), spent(of_key), spent(of_model)) == (Decimal("0.2"), Decimal("0.1"), Decimal("0.2"))


def takes(model: str, operation: str) -> bool:
    """Tell whether one more call of ten cents is admitted."""
    try:
        open_row(model, operation=operation)
    except BudgetExceeded:
        return False
    return True


def test_bulk_work_stops_first_and_the_detection_of_sensitive_content_last(
    tenant: Tenant, other_tenant: Tenant, model: str
) -> None:
    budget = new_budget(tenant, "1.00", low_stops_at=50, normal_stops_at=80)
    new_budget(other_tenant, "1.00", low_stops_at=0, normal_stops_at=0)
    with tenant_scope(tenant.id):
        assert [takes(model, "summarize_aggregate") for _ in range(6)] == [True] * 5 + [False]
        assert [takes(model, "summarize") for _ in range(4)] == [True] * 3 + [False]
        assert not takes(model, "analyze")
        assert [takes(model, "detect_sensitive") for _ in range(3)] == [True, True, False]
    assert spent(budget) == 1
    with tenant_scope(other_tenant.id):
        assert not takes(model, "summarize")
        assert takes(model, "detect_sensitive")


def test_a_tenant_ranks_operations_as_it_needs(tenant: Tenant, other_tenant: Tenant, model: str) -> None:
    for each in (tenant, other_tenant):
        new_budget(each, "1.00", low_stops_at=0, normal_stops_at=0)
    with tenant_scope(tenant.id):
        OperationRank.objects.create(operation="assign_codes", rank=Rank.ESSENTIAL)
        assert takes(model, "assign_codes")
    with tenant_scope(other_tenant.id):
        assert not takes(model, "assign_codes")


def test_nobody_can_rank_the_detection_of_sensitive_content_lower(tenant: Tenant) -> None:
    with tenant_scope(tenant.id), pytest.raises(IntegrityError):
        OperationRank.objects.create(operation="detect_sensitive", rank=Rank.NORMAL)


def test_a_new_budget_reserves_a_part_from_bulk_work(tenant: Tenant) -> None:
    with tenant_scope(tenant.id):
        budget = Budget.objects.create(limit_usd=Decimal(200))
    assert [budget.part_for(rank) for rank in Rank] == [160, 200, 200]


def test_a_budget_begins_with_what_the_ledger_says_was_spent(tenant: Tenant, model: str) -> None:
    new_call(tenant, cost_usd=Decimal("0.95"))
    budget = new_budget(tenant, "1.00")
    with tenant_scope(tenant.id), pytest.raises(BudgetExceeded):
        open_row(model)
    assert spent(budget) == Decimal("0.95")


def test_a_budget_can_refuse_models_without_a_price(tenant: Tenant, other_tenant: Tenant) -> None:
    new_budget(tenant, "1.00", refuses_unpriced_models=True)
    new_budget(other_tenant, "1.00")
    with tenant_scope(tenant.id), pytest.raises(ModelHasNoPrice):
        open_row("openai/unheard-of")
    with tenant_scope(other_tenant.id):
        assert open_row("openai/unheard-of").price is None


def test_a_budget_does_not_limit_another_tenant(tenant: Tenant, other_tenant: Tenant, model: str) -> None:
    new_budget(tenant, "0.00")
    with tenant_scope(other_tenant.id):
        open_row(model)


def test_a_request_over_budget_is_402_and_nothing_is_sent(
    api: httpx.Client, tenant: Tenant, provider: ScriptedProvider
) -> None:
    set_tenant_price(tenant)
    new_budget(tenant, "0.00")
    body = {"feedback_record": {"id": "r", "content": "The well is dry."}}
    response = api.post("/v1/summarize", json=body)
    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (402, "budget_exceeded")
    assert (error["details"]["budget"], error["details"]["rank"], error["details"]["left_usd"]) == (
        "tenant",
        "normal",
        0.0,
    )
    assert provider.requests == []


def test_failed_calls_return_the_whole_reservation_and_answered_ones_the_unspent_part(
    api: httpx.Client, tenant: Tenant, provider: ScriptedProvider
) -> None:
    set_tenant_price(tenant)
    budget = new_budget(tenant, "100.00")
    body = {"feedback_record": {"id": "r", "content": "The well is dry."}}
    provider.enqueue(server_error(), server_error(), server_error())
    assert api.post("/v1/summarize", json=body).status_code == 502
    assert spent(budget) == ledger_sum(tenant) == 0  # given back
    assert api.post("/v1/summarize", json=body).status_code == 200
    assert spent(budget) == ledger_sum(tenant) > 0


def test_a_manager_sees_what_is_left_and_cannot_change_it(tenant: Tenant) -> None:
    budget = new_budget(tenant, "2.00")
    new_call(tenant, cost_usd=Decimal("1.50"))
    with tenant_scope(tenant.id):
        assert state_of(budget).share == 0.75
    client = pages_for(new_person((tenant, Role.TENANT_MANAGER)))
    assert "0.5000" in client.get("/admin/usage/budget/").content.decode()
    assert "75.0 %" in client.get("/admin/").content.decode()
    assert client.post(f"/admin/usage/budget/{budget.id}/change/", {"limit_usd": "9"}).status_code == 403


def test_a_second_budget_for_the_same_is_refused_on_its_page(tenant: Tenant) -> None:
    client = pages_for(new_platform_admin())
    client.post(reverse("admin:pick_tenant"), {"tenant_id": str(tenant.id)})
    budget = {"subject": "tenant", "span": "month", "limit_usd": "5", "low_stops_at": "80", "normal_stops_at": "100"}
    address = reverse("admin:usage_budget_add")
    assert client.post(address, budget).status_code == 302
    assert "It exists already" in client.post(address, budget, follow=True).content.decode()
    with tenant_scope(tenant.id):
        assert Budget.objects.count() == 1


def test_a_budget_cannot_change_its_subject(tenant: Tenant) -> None:
    budget = new_budget(tenant, "5.00", subject="model", subject_value="openai/unused")
    address = reverse("admin:usage_budget_change", args=[budget.id])
    changed = {"subject": "tenant", "subject_value": "", "span": "day", "limit_usd": "9.00"}
    client = pages_for(new_platform_admin())
    assert client.post(address, {**changed, "low_stops_at": "80", "normal_stops_at": "100"}).status_code == 302
    with tenant_scope(tenant.id):
        found = Budget.objects.get()
    assert (found.subject, found.subject_value, found.span) == ("model", "openai/unused", "month")
    assert found.limit_usd == 9
