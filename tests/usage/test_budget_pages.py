"""The pages of budgets: subjects must exist, keys are shown by name, and the expected end is shown."""

from datetime import UTC, date, datetime
from decimal import Decimal
from html import unescape

import pytest
from django.urls import reverse

from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tests.support.factories import new_named_key
from tests.support.people import new_platform_admin, pages_for
from usage.budget_states import state_of
from usage.models import Budget, BudgetPeriod

BUDGET = {"span": "month", "limit_usd": "5", "low_stops_at": "80", "normal_stops_at": "100"}


@pytest.mark.parametrize(
    ("subject", "written", "said"),
    [
        ("operation", "asign_codes", "Unknown operation. Choose one of: analyze"),
        ("operation", "", "Enter what the budget limits."),
        ("api_key", "Nobody's key", "This tenant has no key of that name. Its keys: CRM."),
        ("tenant", "x", "Leave this empty"),
        ("model", "a\x00b", "Null characters are not allowed."),
    ],
)
def test_a_budget_on_an_unknown_subject_is_refused_and_breaks_no_page(
    tenant: Tenant, other_tenant: Tenant, subject: str, written: str, said: str
) -> None:
    new_named_key(tenant, "CRM")
    new_named_key(other_tenant, "Nobody's key")
    client = pages_for(new_platform_admin())
    client.post(reverse("admin:pick_tenant"), {"tenant_id": str(tenant.id)})
    answer = client.post(reverse("admin:usage_budget_add"), {**BUDGET, "subject": subject, "subject_value": written})
    assert said in unescape(answer.content.decode())
    assert client.get(reverse("usage:report")).status_code == 200
    with tenant_scope(tenant.id):
        assert not Budget.objects.exists()


def test_a_budget_for_a_key_is_asked_for_and_shown_by_its_name(tenant: Tenant, other_tenant: Tenant) -> None:
    key = new_named_key(tenant, "Field office")
    client = pages_for(new_platform_admin())
    client.post(reverse("admin:pick_tenant"), {"tenant_id": str(tenant.id)})
    budget = {**BUDGET, "subject": "api_key", "subject_value": "Field office"}
    assert client.post(reverse("admin:usage_budget_add"), budget).status_code == 302
    with tenant_scope(tenant.id):
        assert Budget.objects.get().subject_value == str(key.id)
    for page in ("usage:report", "admin:usage_budget_changelist"):
        assert "Field office" in client.get(reverse(page)).content.decode()


@pytest.mark.parametrize(
    ("day", "limit", "spent_usd", "ends_on"),
    [
        (15, "10", "5", date(2026, 3, 29)),  # half of it in 14 days: in the last days of a long month too
        (15, "10", "4", None),
        (2, "999999999999", "0.0000000001", None),  # at this pace it lasts longer than any calendar
        (15, "10", "10", date(2026, 3, 15)),
        (15, "10", "0", None),
    ],
)
def test_the_day_on_which_a_budget_will_be_spent_is_shown_when_it_is_in_the_period(
    tenant: Tenant, other_tenant: Tenant, day: int, limit: str, spent_usd: str, ends_on: date | None
) -> None:
    with tenant_scope(tenant.id):
        budget = Budget.objects.create(limit_usd=Decimal(limit))
        BudgetPeriod.objects.create(budget=budget, starts_on=date(2026, 3, 1), spent_usd=Decimal(spent_usd))
        assert state_of(budget, datetime(2026, 3, day, tzinfo=UTC)).ends_on == ends_on
    with tenant_scope(other_tenant.id):
        assert not Budget.objects.exists()
