"""Requests a minute: a limit of a key or a tenant holds for it alone."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import httpx

from tenants import services
from tenants.access import Caller, find_caller
from tenants.errors import RateLimited
from tenants.models import RequestWindow, Tenant
from tenants.rest import rate_limits
from tenants.scoping import tenant_scope
from tests.support.factories import ACTOR, new_key
from tests.support.web_server import WebServer

ANYWHERE = "127.0.0.1"
MINUTE = datetime(2026, 7, 1, 9, 30, 10, tzinfo=UTC)


def limited_caller(tenant: Tenant, *, of_key: int | None = None, of_tenant: int | None = None) -> Caller:
    caller = find_caller(new_key(tenant), ANYWHERE)
    services.change_api_key(key=caller.key, actor_id=ACTOR, requests_per_minute=of_key)
    services.change_tenant(tenant=tenant, actor_id=ACTOR, requests_per_minute=of_tenant)
    return Caller(key=caller.key, tenant=tenant)


def requests_let_through(caller: Caller, attempts: int, at: datetime = MINUTE) -> int:
    let_through = 0
    for _ in range(attempts):
        with tenant_scope(caller.tenant.id):
            try:
                rate_limits.count_request(caller, at=at)
            except RateLimited:
                continue
        let_through += 1
    return let_through


def test_a_key_may_make_as_many_requests_a_minute_as_its_limit_says(tenant: Tenant, other_tenant: Tenant) -> None:
    assert requests_let_through(limited_caller(tenant, of_key=3), 5) == 3
    assert requests_let_through(limited_caller(other_tenant), 5) == 5


def test_a_tenant_s_limit_counts_all_its_keys_together(tenant: Tenant, other_tenant: Tenant) -> None:
    first, second = limited_caller(tenant, of_tenant=4), limited_caller(tenant, of_tenant=4)
    assert requests_let_through(first, 3) + requests_let_through(second, 3) == 4
    assert requests_let_through(limited_caller(other_tenant, of_tenant=4), 3) == 3


def test_the_count_begins_anew_with_the_next_minute(tenant: Tenant, other_tenant: Tenant) -> None:
    caller = limited_caller(tenant, of_key=2)
    assert requests_let_through(caller, 3) == 2
    assert requests_let_through(caller, 3, MINUTE + timedelta(minutes=1)) == 2


def test_processes_that_count_at_the_same_time_count_together(
    tenant: Tenant, other_tenant: Tenant, database: None
) -> None:
    caller = limited_caller(tenant, of_key=10)
    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(lambda _: requests_let_through(caller, 8), range(4))) == 10


def test_without_a_limit_nothing_is_counted(tenant: Tenant, other_tenant: Tenant) -> None:
    requests_let_through(limited_caller(tenant), 3)
    with tenant_scope(tenant.id):
        assert not RequestWindow.objects.exists()


def test_a_refusal_says_when_to_come_back(
    server: WebServer,
    client_for: Callable[..., httpx.Client],
    tenant: Tenant,
    other_tenant: Tenant,
    key: str,
    other_key: str,
) -> None:
    caller = find_caller(key, ANYWHERE)
    services.change_api_key(key=caller.key, actor_id=ACTOR, requests_per_minute=1)
    empty = {"feedback_record": {"id": "r", "content": ""}}
    answers = [client_for(server, key).post("/v1/summarize", json=empty) for _ in range(4)]
    refused = answers[-1]
    assert refused.status_code == 429
    assert refused.json()["error"]["code"] == "rate_limited"
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert refused.headers["RateLimit-Policy"] == '"requests";q=1;w=60'
    assert refused.headers["RateLimit"].startswith('"requests";r=0;t=')
    assert client_for(server, other_key).post("/v1/summarize", json=empty).status_code == 200
