"""A month is drafted from the ledger, compared with the provider's bill, and frozen, to the cent."""

import io
import itertools
import re
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from tenants.identifiers import PLATFORM_TENANT_ID
from tenants.models import AuditEvent, Role, Tenant
from tenants.scoping import all_tenants, tenant_scope
from tests.support.budgets import new_budget
from tests.support.factories import ACTOR, new_call
from tests.support.final_acts import UNDERSTOOD, said_yes
from tests.support.people import new_person, new_platform_admin, pages_for
from usage.costs import cost_profiles
from usage.costs.bills import parse_bill
from usage.errors import MonthNotReady, UnreadableBill
from usage.models import BillLine, CallStatus, CostProfile, ResourceType

TAG = re.compile("<[^>]*>")
_years = itertools.count(int(uuid.uuid4().hex[:3], 16) % 900 + 100)


@pytest.fixture
def month(database: None) -> date:
    """A month that no other test of this run has calls in."""
    return date(next(_years), 3, 1)


def call_in(month: date, tenant: Tenant, model: str, cost: str, **columns: Any) -> None:
    moment = datetime(month.year, month.month, 15, 12, tzinfo=UTC)
    new_call(tenant, created_at=moment, request_model=model, cost_usd=Decimal(cost), **columns)


def bill(*lines: str, header: str = "resource_id,amount,currency,resource_type,gpu_hours") -> bytes:
    return "\r\n".join([header, *lines, ""]).encode()


def upload(month: date, content: bytes, provider: str = "Azure") -> None:
    cost_profiles.upload_bill(month, provider=provider, content=content, actor_id=ACTOR)


def found(month: date, tenant_id: Any) -> list[CostProfile]:
    with tenant_scope(tenant_id):
        return list(CostProfile.objects.filter(window_start=month))


def test_a_draft_is_the_ledger_of_the_month_by_tenant_and_model(
    month: date, tenant: Tenant, other_tenant: Tenant
) -> None:
    call_in(month, tenant, "azure/gpt-4o", "1.25")
    call_in(month, tenant, "azure/gpt-4o", "2.50", input_tokens=1000)
    call_in(month, other_tenant, "azure/gpt-4o", "4.00")
    call_in(month, other_tenant, "openai/unheard-of", "0", price_unknown=True)
    new_budget(tenant, "3.00", subject="model", subject_value="azure/gpt-4o")
    cost_profiles.draft_month(month, actor_id=ACTOR)
    (own,) = found(month, tenant.id)
    assert (own.amount, own.token_count, own.budget_variance) == (Decimal("3.75"), 1120, Decimal("0.75"))
    assert (own.window_end, own.status, own.billed_amount) == (date(month.year, 4, 1), "draft", None)
    unpriced = [each.unpriced_calls for each in found(month, other_tenant.id)]
    assert sorted(unpriced) == [0, 1]


def test_a_bill_is_divided_in_proportion_to_the_ledger(month: date, tenant: Tenant, other_tenant: Tenant) -> None:
    call_in(month, tenant, "azure/gpt-4o", "1.00")
    call_in(month, other_tenant, "azure/gpt-4o", "2.00")
    call_in(month, tenant, "openai/unheard-of", "0", price_unknown=True)
    upload(month, bill("gpt-4o,5.00,USD,,", "openai/unheard-of,0.10,USD,,", "ner-weights,7.25,USD,training,3.5"))
    by_model = {each.resource_id: each for each in found(month, tenant.id)}
    assert by_model["azure/gpt-4o"].billed_amount == Decimal("1.67")
    assert by_model["openai/unheard-of"].billed_amount == Decimal("0.10")
    assert [each.billed_amount for each in found(month, other_tenant.id)] == [Decimal("3.33")]
    (training,) = found(month, PLATFORM_TENANT_ID)
    assert (training.resource_type, training.gpu_hours) == (ResourceType.TRAINING, Decimal("3.5"))
    assert (training.amount, training.billed_amount) == (Decimal(0), Decimal("7.25"))


def test_a_new_bill_replaces_that_of_its_provider_only(month: date, tenant: Tenant) -> None:
    call_in(month, tenant, "azure/gpt-4o", "1.00")
    upload(month, bill("azure/gpt-4o,5.00,USD,,"))
    upload(month, bill("azure/gpt-4o,6.00,USD,,"))
    upload(month, bill("azure/gpt-4o,-1.00,USD,,"), provider="Credits")
    assert [each.billed_amount for each in found(month, tenant.id)] == [Decimal("5.00")]


@given(
    amount=st.decimals(-10_000, 10_000, places=2),
    weights=st.lists(st.decimals(0, 1000, places=10), min_size=1, max_size=30),
)
def test_shares_add_up_to_the_cent(amount: Decimal, weights: list[Decimal]) -> None:
    shares = cost_profiles.shares_of(amount, weights)
    assert sum(shares) == amount
    total = sum(weights)
    for share, weight in zip(shares, weights, strict=True):
        part = weight / total if total else Decimal(1) / len(weights)
        assert abs(share - amount * part) <= Decimal("0.011")


def test_a_final_month_is_frozen_in_the_database_and_audited(month: date, tenant: Tenant) -> None:
    call_in(month, tenant, "azure/gpt-4o", "1.00")
    upload(month, bill("azure/gpt-4o,1.10,USD,,"))
    cost_profiles.finalise_month(month, actor_id=ACTOR)
    call_in(month, tenant, "azure/gpt-4o", "99.00")
    changes: tuple[Callable[[], None], ...] = (
        lambda: cost_profiles.draft_month(month, actor_id=ACTOR),
        lambda: upload(month, bill("azure/gpt-4o,2.00,USD,,")),
        lambda: cost_profiles.finalise_month(month, actor_id=ACTOR),
    )
    for change in changes:
        with pytest.raises(MonthNotReady, match="final"):
            change()
    with all_tenants():
        frozen = CostProfile.objects.filter(window_start=month)
        for write in (lambda: frozen.update(amount=0), frozen.delete):
            with pytest.raises(DatabaseError, match="frozen"), transaction.atomic():
                write()
    (own,) = found(month, tenant.id)
    assert (own.amount, own.billed_amount, own.status) == (Decimal(1), Decimal("1.10"), "final")
    with tenant_scope(PLATFORM_TENANT_ID):
        events = AuditEvent.objects.filter(resource_type="costmonth", resource_id=f"{month:%Y-%m}")
        assert set(events.values_list("action", flat=True)) == {"provider_bill.uploaded", "cost_month.finalised"}


@pytest.mark.parametrize("has_bill", [True, False])
def test_the_audit_log_says_whether_there_was_a_bill_whatever_was_ticked(
    month: date, tenant: Tenant, has_bill: bool
) -> None:
    call_in(month, tenant, "azure/gpt-4o", "1.00")
    if has_bill:
        upload(month, bill("gpt-4o,1.10,USD,,"))
    cost_profiles.finalise_month(month, actor_id=ACTOR, accepts_missing_bill=True)
    with tenant_scope(PLATFORM_TENANT_ID):
        events = AuditEvent.objects.filter(resource_type="costmonth", resource_id=f"{month:%Y-%m}")
        (made_final,) = events.filter(action="cost_month.finalised")
    assert made_final.metadata["has_bill"] is has_bill


def test_a_month_without_a_bill_or_with_open_calls_is_not_final(month: date, tenant: Tenant) -> None:
    call_in(month, tenant, "azure/gpt-4o", "1.00")
    with pytest.raises(MonthNotReady, match="no bill"):
        cost_profiles.finalise_month(month, actor_id=ACTOR)
    cost_profiles.finalise_month(month, actor_id=ACTOR, accepts_missing_bill=True)
    running = date(month.year, 5, 1)
    call_in(running, tenant, "azure/gpt-4o", "1.00", status=CallStatus.PENDING)
    with pytest.raises(MonthNotReady, match="open"):
        cost_profiles.finalise_month(running, actor_id=ACTOR, accepts_missing_bill=True)
    with pytest.raises(MonthNotReady, match="not over"):
        cost_profiles.finalise_month(date.today(), actor_id=ACTOR)  # noqa: DTZ011 (this month, in any zone)


# Bills


def test_columns_are_found_by_the_names_of_providers_exports() -> None:
    content = "﻿MeterName;Quantity;CostInBillingCurrency;BillingCurrency\ngpt-4o;1;12.5;usd\n\n".encode()
    (line,) = parse_bill(content).lines
    assert (line.line_number, line.resource_id, line.amount) == (2, "gpt-4o", Decimal("12.5"))
    assert line.resource_type == ResourceType.SERVING


@pytest.mark.parametrize(
    ("line", "column"),
    [
        (",1,USD,,", "resource_id"),
        ("=HYPERLINK(1),1,USD,,", "resource_id"),
        ("@SUM(A1),1,USD,,", "resource_id"),
        ("m,,USD,,", "amount"),
        ("m,=1+1,USD,,", "amount"),
        ("m,NaN,USD,,", "amount"),
        ("m,Infinity,USD,,", "amount"),
        ("m,1e400,USD,,", "amount"),
        ("m,1_0,USD,,", "amount"),
        ("m,١٢,USD,,", "amount"),
        ('m,"1,234.56",USD,,', "amount"),
        ("m,1,EUR,,", "currency"),
        ("m,1,USD,tuning,", "resource_type"),
        ("m,1,USD,,-1", "gpu_hours"),
        ("m,1,USD,,1000001", "gpu_hours"),
    ],
)
def test_a_wrong_cell_is_named_by_line_and_column(line: str, column: str) -> None:
    with pytest.raises(UnreadableBill) as refused:
        parse_bill(bill("good,1,USD,,", line))
    (problem,) = refused.value.problems
    assert problem.startswith(f"Line 3, {column}:")


@pytest.mark.parametrize(
    "content",
    [b"", b"resource_id,amount\nm,1\n", b"\xff\xfe", b"resource_id,amount,currency\n", b"a\x00,b\n" * 3],
)
def test_a_file_that_is_not_a_bill_is_refused(content: bytes) -> None:
    with pytest.raises(UnreadableBill) as refused:
        parse_bill(content)
    assert refused.value.problems


def test_nothing_is_stored_of_a_bill_with_a_wrong_line(month: date, tenant: Tenant) -> None:
    upload(month, bill("m,1,USD,,"))
    with pytest.raises(UnreadableBill):
        upload(month, bill("m,2,USD,,", "m,x,USD,,", "m,y,USD,,"))
    with all_tenants():
        amounts = BillLine.objects.filter(bill__window_start=month).values_list("amount", flat=True)
        assert list(amounts) == [1]


def test_the_largest_bill_and_the_smallest_number_fit(month: date, tenant: Tenant) -> None:
    header = "resource_id,amount,currency,token_count,gpu_hours"
    upload(month, bill(*["m,1e9,USD,1e13,1e6"] * 20_000, header=header))
    upload(month, bill("m,1e-999999,USD,1e-999999,1e-999999", header=header), provider="Other")
    (line,) = found(month, PLATFORM_TENANT_ID)
    assert line.billed_amount == Decimal(2 * 10**13)
    assert (line.token_count, line.gpu_hours) == (2 * 10**17, Decimal(2 * 10**10))


# Pages


@pytest.fixture
def staff(database: None) -> Client:
    return pages_for(new_platform_admin())


def test_the_platform_team_closes_a_month_in_the_browser(month: date, tenant: Tenant, staff: Client) -> None:
    address = f"/usage/months/{month.year}/3/"
    call_in(month, tenant, "azure/gpt-4o", "10.00")
    assert staff.post(address, {"act": "draft"}).status_code == 302
    wrong = staff.post(address, {"act": "bill", "provider": "Azure", "file": io.BytesIO(bill("m,x,USD,,"))})
    assert wrong.status_code == 422
    assert "Line 2, amount:" in wrong.content.decode()
    assert "This field is required" in staff.post(address, {"act": "bill"}).content.decode()
    right = {"act": "bill", "provider": "Azure", "file": io.BytesIO(bill("azure/gpt-4o,12.50,USD,,"))}
    assert staff.post(address, right).status_code == 302
    page = staff.get(address).content.decode()
    assert "2.50" in page
    assert "+25.0 %" in page
    assert said_yes(staff, address, {"act": "finalise"}).status_code == 302
    assert "Change this month" not in staff.get(address).content.decode()
    exported = staff.get(f"{address}export.csv").content.decode()
    assert tenant.name in exported
    assert "12.5" in exported


def test_a_month_is_frozen_once_its_amounts_were_shown(month: date, tenant: Tenant, staff: Client) -> None:
    address = f"/usage/months/{month.year}/3/"
    call_in(month, tenant, "azure/gpt-4o", "10.00")
    call_in(month, tenant, "own/unheard-of", "0", price_unknown=True)
    upload(month, bill("azure/gpt-4o,19.70,USD,,"))
    asked = staff.post(address, {"act": "finalise"})
    page = TAG.sub(" ", asked.content.decode())
    for fact in ("March", "10.00 USD", "19.70 USD", "9.70 USD", "Azure", "1 call has no price", "+97.0 %"):
        assert fact in page
    with all_tenants():
        assert not cost_profiles.is_final(month)
    understood = UNDERSTOOD.search(asked.content.decode())
    assert understood
    call_in(month, tenant, "azure/gpt-4o", "0.30")
    asked_again = staff.post(address, {"act": "finalise", "understood": understood[1]})
    assert "10.30 USD" in asked_again.content.decode(), "what is frozen is what was shown"
    assert said_yes(staff, address, {"act": "finalise"}).status_code == 302
    with all_tenants():
        assert cost_profiles.is_final(month)


def test_a_month_that_is_not_ready_is_not_asked_about(month: date, tenant: Tenant, staff: Client) -> None:
    call_in(month, tenant, "azure/gpt-4o", "10.00")
    answer = staff.post(f"/usage/months/{month.year}/3/", {"act": "finalise"})
    assert (answer.status_code, "There is no bill to compare with." in answer.content.decode()) == (422, True)


@pytest.mark.parametrize(
    "called",
    [
        *("Total", "TOTAL", "Grand Total", "Subtotal", "Sub-total:", "Total (USD)", "Total amount", " total "),
        *("Somme", "Montant total", "Suma", "Suma total", "Importe total", "Gesamtsumme", "Totaal", "Итого"),
        *("الإجمالي", "المجموع الكلي"),
    ],
)
def test_a_total_is_no_line_of_a_bill(called: str) -> None:
    read = parse_bill(bill("m,10.05,USD,,", "n,-0.05,USD,,", f"{called},10.00,,,"))
    assert [line.amount for line in read.lines] == [Decimal("10.05"), Decimal("-0.05")]
    assert read.totals == [4]


def test_subtotals_and_a_total_are_checked_against_their_lines() -> None:
    lines = ("a,1,USD,,", "b,2,USD,,", "Subtotal,3,USD,,", "c,4,USD,,", "Subtotal,4,USD,,", "Total,7,USD,,")
    assert parse_bill(bill(*lines)).totals == [4, 6, 7]
    with pytest.raises(UnreadableBill) as refused:
        parse_bill(bill(*lines[:-1], "Total,8,USD,,"))
    assert "Line 7, amount: the total is 8.00, the lines above it add up to 7.00" in refused.value.problems[0]


def test_a_total_that_names_no_resource_is_found_by_its_other_cells() -> None:
    header = "day,resource_id,amount,currency"
    read = parse_bill(bill("1,m,2.00,USD", "2,n,3.00,USD", "Total,,5.00,USD", header=header))
    assert (len(read.lines), read.totals) == (2, [4])


@pytest.mark.parametrize("called", ["total-fusion/7b", "azure/total", "summer", "somme/large", "Totally"])
def test_a_model_whose_name_begins_like_a_total_is_a_line(called: str) -> None:
    assert len(parse_bill(bill("m,1,USD,,", f"{called},1,USD,,")).lines) == 2


def test_the_same_provider_in_other_letters_brings_the_same_bill(month: date, tenant: Tenant, staff: Client) -> None:
    call_in(month, tenant, "azure/gpt-4o", "10.00")
    upload(month, bill("azure/gpt-4o,10.00,USD,,"), provider="Azure")
    upload(month, bill("azure/gpt-4o,11.00,USD,,", "Total,11.00,USD,,"), provider="azure")
    page = staff.get(f"/usage/months/{month.year}/3/").content.decode()
    assert "11.00" in page
    assert "21.00" not in page


def test_an_uploaded_bill_says_what_was_read_of_it(month: date, tenant: Tenant, staff: Client) -> None:
    content = bill("azure/gpt-4o,12.50,USD,,", "own/x,1.25,USD,,", "Total,13.75,,,")
    posted = {"act": "bill", "provider": "Azure", "file": io.BytesIO(content)}
    page = staff.post(f"/usage/months/{month.year}/3/", posted, follow=True).content.decode()
    assert "Bill read: 2 lines, 13.75 USD." in page
    assert "Totals were not counted as lines: line 4." in page


def test_only_resources_without_calls_are_marked_as_not_in_the_ledger(
    month: date, tenant: Tenant, staff: Client
) -> None:
    call_in(month, tenant, "own/free", "0")
    call_in(month, tenant, "own/unheard-of", "0", price_unknown=True)
    upload(month, bill("own/free,12.34,USD,,", "own/unheard-of,1.00,USD,,"))
    address = f"/usage/months/{month.year}/3/"
    assert "not in the ledger" not in staff.get(address).content.decode()
    upload(month, bill("ner-weights,7.25,USD,training,3.5"), provider="Elsewhere")
    assert staff.get(address).content.decode().count("not in the ledger") == 1


def test_a_manager_reads_months_of_the_tenant_and_changes_none(
    month: date, tenant: Tenant, other_tenant: Tenant, staff: Client
) -> None:
    call_in(month, tenant, "azure/own-model", "1.00")
    call_in(month, other_tenant, "azure/other-model", "2.00")
    upload(month, bill("azure/own-model,1.00,USD,,", "secret-training,3.00,USD,training,"))
    manager = pages_for(new_person((tenant, Role.TENANT_MANAGER)))
    for address in (f"/usage/months/{month.year}/3/", f"/usage/months/{month.year}/3/export.csv"):
        page = manager.get(address).content.decode()
        assert "azure/own-model" in page
        assert "azure/other-model" not in page
        assert "secret-training" not in page
        assert other_tenant.name not in page
        assert pages_for(new_person((tenant, Role.REVIEWER))).get(address).status_code == 403
    for act in ("draft", "bill", "finalise"):
        assert manager.post(f"/usage/months/{month.year}/3/", {"act": act}).status_code == 403
    assert manager.get("/usage/months/").status_code == 302
    assert manager.get("/usage/months/2026/13/").status_code == 404
