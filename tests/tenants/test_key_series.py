"""A key and its successors count as one: for budgets, limits, Idempotency-Keys, reports and people's forms."""

import importlib
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from django.apps import apps
from django.db import transaction

from tenants import services
from tenants.access import Caller, find_caller
from tenants.errors import RateLimited
from tenants.models import ApiKey, Tenant
from tenants.rest import rate_limits
from tenants.scoping import all_tenants, tenant_scope
from tenants.services import names_of_keys
from tests.support.budgets import new_budget, set_tenant_price
from tests.support.factories import ACTOR, new_key, unique_name
from tests.support.provider import ScriptedProvider
from tests.support.web_server import WebServer
from usage.forms import BudgetForm
from usage.models import Budget, LLMCall

ClientFor = Callable[..., httpx.Client]
MINUTE = datetime(2026, 7, 1, 9, 30, 10, tzinfo=UTC)
SUMMARIZE = {"feedback_record": {"id": "r", "content": "The well is dry."}}


def rotated(tenant: Tenant, times: int = 2) -> tuple[list[str], list[ApiKey]]:
    """The texts and the rows of a key and of its successors, all of which work."""
    texts = [new_key(tenant)]
    rows = [find_caller(texts[0], "127.0.0.1").key]
    for _ in range(times):
        issued = services.rotate_api_key(key=rows[-1], actor_id=ACTOR, overlap=timedelta(hours=1))
        texts.append(issued.text)
        rows.append(issued.key)
    return texts, rows


def test_successors_have_ids_of_their_own_and_one_series(tenant: Tenant, other_tenant: Tenant) -> None:
    _, keys = rotated(tenant)
    assert len({key.id for key in keys}) == 3
    assert {key.series_id for key in keys} == {keys[0].id}
    assert rotated(other_tenant)[1][0].series_id != keys[0].id


@pytest.mark.parametrize("number", [0, 1, 2])
def test_no_key_of_a_series_escapes_its_budget(
    tenant: Tenant,
    other_tenant: Tenant,
    server: WebServer,
    client_for: ClientFor,
    provider: ScriptedProvider,
    number: int,
) -> None:
    texts, keys = rotated(tenant)
    set_tenant_price(tenant)
    new_budget(tenant, "0.00", subject="api_key", subject_value=str(keys[0].id))
    refused = client_for(server, texts[number]).post("/v1/summarize", json=SUMMARIZE)
    assert (refused.status_code, refused.json()["error"]["details"]["budget"]) == (402, "api_key")
    assert provider.requests == []
    for free in (new_key(tenant), new_key(other_tenant)):
        assert client_for(server, free).post("/v1/summarize", json=SUMMARIZE).status_code == 200


def test_a_successor_repeats_a_request_of_its_predecessor_without_cost(
    tenant: Tenant, other_tenant: Tenant, server: WebServer, client_for: ClientFor, provider: ScriptedProvider
) -> None:
    texts, _ = rotated(tenant)
    headers = {"Idempotency-Key": unique_name("request")}
    first, *again = [client_for(server, text).post("/v1/summarize", json=SUMMARIZE, headers=headers) for text in texts]
    calls = len(provider.requests)
    assert first.status_code == 200
    assert [(answer.content, answer.headers.get("Idempotency-Replayed")) for answer in again] == [
        (first.content, "true")
    ] * 2
    other = client_for(server, new_key(other_tenant)).post("/v1/summarize", json=SUMMARIZE, headers=headers)
    assert "Idempotency-Replayed" not in other.headers
    assert len(provider.requests) > calls


def test_a_rotation_in_the_overlap_doubles_no_limit(tenant: Tenant, other_tenant: Tenant) -> None:
    text = new_key(tenant, requests_per_minute=3)
    key = find_caller(text, "127.0.0.1").key
    successor = services.rotate_api_key(key=key, actor_id=ACTOR, overlap=timedelta(hours=1)).key
    let_through = 0
    with tenant_scope(tenant.id):
        for caller in [Caller(key, tenant), Caller(successor, tenant)] * 3:
            try:
                rate_limits.count_request(caller, at=MINUTE)
            except RateLimited:
                continue
            let_through += 1
    assert let_through == 3


def test_the_ledger_goes_on_with_one_key_under_the_newest_name(
    tenant: Tenant, server: WebServer, client_for: ClientFor
) -> None:
    texts, keys = rotated(tenant)
    for text in texts:
        assert client_for(server, text).post("/v1/summarize", json=SUMMARIZE).status_code == 200
    with tenant_scope(tenant.id):
        first = keys[0].id
        assert set(LLMCall.objects.values_list("api_key_id", flat=True)) == {first}
        assert names_of_keys([first]) == {first: keys[-1].name}
        services.delete_api_key(key=keys[0], actor_id=ACTOR)
        assert names_of_keys([first, uuid.uuid4()]) == {first: keys[-1].name}


def test_a_budget_for_a_successor_is_one_for_the_series(tenant: Tenant) -> None:
    _, keys = rotated(tenant)
    with tenant_scope(tenant.id):
        form = BudgetForm(
            {
                "subject": "api_key",
                "subject_value": keys[-1].name,
                "span": "month",
                "limit_usd": "5",
                "low_stops_at": "80",
                "normal_stops_at": "100",
            }
        )
        assert form.is_valid(), form.errors
        assert form.cleaned_data["subject_value"] == str(keys[0].id)


def test_keys_that_were_rotated_before_join_their_series_by_the_audit_log(tenant: Tenant, other_tenant: Tenant) -> None:
    _, keys = rotated(tenant)
    alone = find_caller(new_key(other_tenant), "127.0.0.1").key
    budget = new_budget(tenant, "1.00", subject="api_key", subject_value=str(keys[2].id))
    join_series = importlib.import_module("tenants.migrations.0008_rotated_keys_join_their_series").join_series
    name_first_keys = importlib.import_module("usage.migrations.0017_budgets_limit_series_of_keys").name_first_keys
    with all_tenants(), transaction.atomic():
        ApiKey.objects.filter(tenant_id__in=(tenant.id, other_tenant.id)).update(first_key_id=None)
        join_series(apps, None)
        name_first_keys(apps, None)
        found = dict(ApiKey.objects.filter(tenant_id=tenant.id).values_list("id", "first_key_id"))
        assert found == {keys[0].id: None, keys[1].id: keys[0].id, keys[2].id: keys[0].id}
        assert ApiKey.objects.get(id=alone.id).first_key_id is None
        assert Budget.objects.get(id=budget.id).subject_value == str(keys[0].id)
