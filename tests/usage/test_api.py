"""The usage endpoints on the real server, as the contract says."""

import os
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import psycopg
import pytest
from psycopg import sql

from tenants.models import Tenant
from tests.support.databases import DatabaseUrls, clone_template, join_server
from tests.support.factories import new_call
from tests.support.provider import ScriptedProvider, invalid_json
from tests.support.web_server import WebServer
from usage.models import CallStatus

BLOCK = {"total_calls", "failed_calls", "total_cost_usd", "call_duration", "input_tokens", "output_tokens"}
DISTRIBUTION = {"avg", "min", "max", "p5", "p95", "total"}
ALL = ("/v1/usage/all", "/v1/usage/all/by-tenant", "/v1/usage/all/by-operation")
EVERY = ("/v1/usage", *ALL)
NOTHING = dict.fromkeys(DISTRIBUTION, 0)


@pytest.fixture
def superuser(server: WebServer, superuser_key: str, client_for: Callable[..., httpx.Client]) -> httpx.Client:
    return client_for(server, superuser_key)


@pytest.fixture
def other_api(server: WebServer, other_key: str, client_for: Callable[..., httpx.Client]) -> httpx.Client:
    return client_for(server, other_key)


def read(client: httpx.Client, path: str = "/v1/usage", **parameters: str) -> Any:
    response = client.get(path, params=parameters)
    assert response.status_code == 200, response.text
    return response.json()


def test_usage_of_a_tenant_that_never_called_is_all_zero(api: httpx.Client, tenant: Tenant) -> None:
    block: dict[str, Any] = {"total_calls": 0, "failed_calls": 0, "total_cost_usd": 0.0}
    block |= dict.fromkeys(("call_duration", "input_tokens", "output_tokens"), NOTHING)
    expected: dict[str, Any] = {
        "tenant_id": str(tenant.id),
        "operations": [],
        "from": None,
        "to": None,
        "llm_call_stats": block,
    }
    assert read(api) == expected | block


def test_an_invocation_is_counted_once_and_its_calls_each(api: httpx.Client, tenant: Tenant) -> None:
    call_id = uuid.uuid4()
    new_call(tenant, call_id=call_id, status=CallStatus.ERROR, input_tokens=0, output_tokens=0, latency_seconds=9.0)
    new_call(tenant, call_id=call_id, input_tokens=70, output_tokens=7, latency_seconds=0.25, cost_usd=Decimal("0.5"))
    new_call(tenant, call_id=call_id, input_tokens=30, output_tokens=3, latency_seconds=0.75, cost_usd=Decimal("0.25"))
    found = read(api)
    assert (found["total_calls"], found["failed_calls"], found["total_cost_usd"]) == (1, 0, 0.75)
    assert found["call_duration"] == dict.fromkeys(DISTRIBUTION, 1000)
    assert found["input_tokens"] == dict.fromkeys(DISTRIBUTION, 100)
    calls = found["llm_call_stats"]
    assert (calls["total_calls"], calls["failed_calls"]) == (3, 1)
    assert calls["output_tokens"] == {
        "avg": 5.0,
        "min": 3.0,
        "max": 7.0,
        "p5": pytest.approx(3.2),
        "p95": pytest.approx(6.8),
        "total": 10,
    }
    assert set(calls) == BLOCK
    assert [operation["operation"] for operation in found["operations"]] == ["summarize"]
    assert set(found["operations"][0]) == BLOCK | {"operation", "llm_call_stats"}


def test_an_invocation_has_failed_only_when_all_its_rows_have(api: httpx.Client, tenant: Tenant) -> None:
    lost, saved = uuid.uuid4(), uuid.uuid4()
    new_call(tenant, call_id=lost, status=CallStatus.ERROR)
    new_call(tenant, call_id=lost, status=CallStatus.UNKNOWN)
    new_call(tenant, call_id=saved, status=CallStatus.ERROR)
    new_call(tenant, call_id=saved)
    found = read(api)
    assert (found["total_calls"], found["failed_calls"]) == (2, 1)
    assert (found["llm_call_stats"]["total_calls"], found["llm_call_stats"]["failed_calls"]) == (4, 3)


def test_billed_calls_count_in_totals_and_successful_ones_in_distributions(api: httpx.Client, tenant: Tenant) -> None:
    for status in CallStatus:
        new_call(tenant, status=status, input_tokens=10, output_tokens=2, cost_usd=Decimal("0.1"))
    found = read(api)
    assert found["total_cost_usd"] == 0.4
    assert found["input_tokens"] == {"avg": 10.0, "min": 10.0, "max": 10.0, "p5": 10.0, "p95": 10.0, "total": 40}
    assert (found["total_calls"], found["failed_calls"]) == (4, 2)  # the pending one has not failed yet


def test_operations_come_by_cost_then_name(api: httpx.Client, tenant: Tenant) -> None:
    for operation, cost in {"summarize": "1", "analyze": "2", "detect_sensitive": "1", "": "0.5"}.items():
        new_call(tenant, operation=operation, cost_usd=Decimal(cost))
    names = [operation["operation"] for operation in read(api)["operations"]]
    assert names == ["analyze", "detect_sensitive", "summarize", "unknown"]


def test_calls_at_from_are_in_and_calls_at_to_are_out(api: httpx.Client, tenant: Tenant) -> None:
    start = datetime(2026, 3, 1, tzinfo=UTC)
    for seconds in (-1, 0, 59, 60):
        new_call(tenant, created_at=start + timedelta(seconds=seconds))
    found = read(api, **{"from": "2026-03-01T01:00:00+01:00", "to": "2026-02-28T18:01:00-06:00"})
    assert found["total_calls"] == 2
    assert (found["from"], found["to"]) == ("2026-03-01T00:00:00Z", "2026-03-01T00:01:00Z")


@pytest.mark.parametrize("path", EVERY)
@pytest.mark.parametrize("naive", ["2026-03-01", "2026-03-01T00:00:00", "2026-03-01 00:00"])
@pytest.mark.parametrize("name", ["from", "to"])
def test_a_moment_without_offset_is_refused(superuser: httpx.Client, path: str, name: str, naive: str) -> None:
    response = superuser.get(path, params={name: naive})
    error = response.json()["error"]
    assert response.status_code == 422
    assert error["code"] == "validation_error"
    assert error["message"] == f"'{name}' must be timezone-aware"
    assert error["fields"] is None


@pytest.mark.parametrize("path", EVERY)
@pytest.mark.parametrize("end", ["2026-03-01T00:00:00Z", "2026-02-28T00:00:00Z"])
def test_a_window_that_ends_before_it_starts_is_refused(superuser: httpx.Client, path: str, end: str) -> None:
    response = superuser.get(path, params={"from": "2026-03-01T00:00:00Z", "to": end})
    error = response.json()["error"]
    assert response.status_code == 422
    assert (error["message"], error["fields"]) == ("'to' must be strictly greater than 'from'", None)


@pytest.mark.parametrize("path", EVERY)
@pytest.mark.parametrize("bad", ["yesterday", "", "2026-13-01T00:00:00Z", "0001-01-01T00:00:00+05:00", "\x00", "١"])
def test_an_unreadable_moment_is_refused_with_its_field(superuser: httpx.Client, path: str, bad: str) -> None:
    response = superuser.get(path, params={"from": bad, "to": bad})
    error = response.json()["error"]
    assert response.status_code == 422
    assert error["message"] == "Request validation failed"
    assert [issue["field"] for issue in error["fields"]] == ["query.from", "query.to"]


def test_a_plus_that_was_not_encoded_is_read_as_one(api: httpx.Client) -> None:
    response = api.get("/v1/usage?from=2026-03-01T00:00:00+00:00&to=2026-03-02T02:00:00+0200")
    assert response.status_code == 200
    assert (response.json()["from"], response.json()["to"]) == ("2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z")


@pytest.mark.parametrize("path", ALL)
def test_an_ordinary_key_may_not_see_all_tenants(api: httpx.Client, path: str) -> None:
    response = api.get(path)
    assert (response.status_code, response.json()["error"]["code"]) == (403, "forbidden")


def test_no_key_no_usage(server: WebServer, client_for: Callable[..., httpx.Client]) -> None:
    assert [client_for(server).get(path).status_code for path in EVERY] == [401] * 4


def test_another_tenants_calls_are_not_in_ones_own_usage(
    api: httpx.Client, other_api: httpx.Client, tenant: Tenant, other_tenant: Tenant
) -> None:
    new_call(other_tenant)
    assert read(api)["total_calls"] == 0
    assert read(other_api)["total_calls"] == 1
    assert read(other_api)["tenant_id"] == str(other_tenant.id)


def test_superusers_see_tenants_with_calls_side_by_side(
    superuser: httpx.Client, tenant: Tenant, other_tenant: Tenant
) -> None:
    moment = datetime(2011, 1, 1, tzinfo=UTC) + timedelta(seconds=tenant.id.int % 10**8)
    window = {"from": moment.isoformat(), "to": (moment + timedelta(microseconds=1)).isoformat()}
    shared = uuid.uuid4()  # the same call id in two tenants stays two invocations
    new_call(other_tenant, created_at=moment, call_id=shared, cost_usd=Decimal("0.25"))
    new_call(tenant, created_at=moment, call_id=shared, cost_usd=Decimal(2))
    new_call(tenant, created_at=moment, operation="analyze", cost_usd=Decimal(1))
    by_tenant = read(superuser, "/v1/usage/all/by-tenant", **window)
    assert set(by_tenant) == {"from", "to", "tenants", "total"}
    assert [each["tenant_id"] for each in by_tenant["tenants"]] == sorted(map(str, (tenant.id, other_tenant.id)))
    assert set(by_tenant["total"]) == BLOCK | {"tenant_id", "llm_call_stats", "operations"}
    assert by_tenant["total"]["tenant_id"] is None
    assert (by_tenant["total"]["total_calls"], by_tenant["total"]["total_cost_usd"]) == (3, 3.25)

    flat = read(superuser, "/v1/usage/all", **window)
    assert set(flat) == {"from", "to", "tenants", "total"}
    assert {frozenset(each) for each in (*flat["tenants"], flat["total"])} == {frozenset(BLOCK | {"tenant_id"})}
    assert set(flat["total"]["call_duration"]) == DISTRIBUTION - {"total"}
    assert set(flat["total"]["input_tokens"]) == DISTRIBUTION

    by_operation = read(superuser, "/v1/usage/all/by-operation", **window)
    assert set(by_operation) == {"from", "to", "operations", "total"}
    assert [each["operation"] for each in by_operation["operations"]] == ["summarize", "analyze"]
    assert [len(each["tenants"]) for each in by_operation["operations"]] == [2, 1]
    assert set(by_operation["operations"][0]) == BLOCK | {"operation", "llm_call_stats", "tenants"}
    assert set(by_operation["operations"][0]["tenants"][0]) == BLOCK | {"tenant_id", "llm_call_stats"}


def test_usage_has_the_token_counts_of_the_provider(
    api: httpx.Client, provider: ScriptedProvider, tenant: Tenant
) -> None:
    provider.enqueue(invalid_json())
    record = {"id": "r1", "content": "The well has been dry since Monday."}
    assert api.post("/v1/summarize", json={"feedback_record": record}).status_code == 200
    found = read(api)
    counted = [request.usage for request in provider.requests if request.usage]
    assert (found["total_calls"], found["failed_calls"]) == (1, 0)
    assert found["llm_call_stats"]["total_calls"] == len(provider.requests)
    answered = [request for request in provider.requests if request.answered and request.usage]
    assert found["output_tokens"]["avg"] == sum(request.usage.output_tokens for request in answered if request.usage)
    assert found["input_tokens"]["total"] >= sum(usage.input_tokens for usage in counted)
    assert api.get("/v1/usage/").json()["total_calls"] == 1


@pytest.fixture
def doomed(database_urls: DatabaseUrls) -> DatabaseUrls:
    """A migrated database that a test may drop."""
    run_directory = Path(os.environ["QFA_TEST_RUN"])
    return clone_template(join_server(run_directory, os.environ), run_directory, f"doomed_{uuid.uuid4().hex[:8]}")


def drop(database: DatabaseUrls) -> None:
    name = urlsplit(database.owner_url).path.strip("/")
    with psycopg.connect(database.named("postgres").owner_url, autocommit=True) as connection:
        connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


def test_usage_says_so_when_the_database_is_down(
    start_server: Callable[..., WebServer],
    doomed: DatabaseUrls,
    superuser_key: str,
    client_for: Callable[..., httpx.Client],
) -> None:
    client = client_for(start_server(**doomed.environment), superuser_key)
    drop(doomed)
    with ThreadPoolExecutor(len(EVERY)) as pool:
        responses = list(pool.map(client.get, EVERY))
    for response in responses:
        assert (response.status_code, response.json()["error"]["code"]) == (503, "usage_backend_unavailable")
        assert response.headers["Retry-After"] == "5"
