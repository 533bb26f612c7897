"""Section 2: the endpoints for superuser keys."""

import re
import uuid
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tenants.models import Tenant
from tests.support.envelope import error_of, fields_of
from tests.support.factories import new_tenant, unique_name
from tests.support.provider import ScriptedProvider
from tests.support.request_bodies import one
from tests.support.web_server import WebServer

TENANTS, KEYS = "/v1/admin/tenants", "/v1/admin/keys"


@pytest.fixture
def admin(
    server: WebServer, provider: ScriptedProvider, client_for: Callable[..., httpx.Client], superuser_key: str
) -> httpx.Client:
    return client_for(server, superuser_key)


def new_api_key(admin: httpx.Client, tenant: Tenant, **more: Any) -> dict[str, str]:
    body = {"key_name": unique_name("key"), "tenant_id": str(tenant.id)} | more
    response = admin.post(KEYS, json=body)
    assert response.status_code == 201, response.text
    created: dict[str, str] = response.json()
    return created


def test_a_tenant_is_opened_listed_and_closed(admin: httpx.Client) -> None:
    name = unique_name("Society")
    created = admin.post(TENANTS, json={"tenant_name": name})
    assert created.status_code == 201
    tenant_id = created.json()["tenant_id"]
    assert str(uuid.UUID(tenant_id)) == tenant_id
    listed = {each["tenant_id"]: each for each in admin.get(TENANTS).json()["tenants"]}
    assert listed[tenant_id] == {"tenant_id": tenant_id, "name": name, "allows_superusers": False}
    closed = admin.delete(f"{TENANTS}/{tenant_id}")
    assert (closed.status_code, closed.content) == (204, b"")
    assert tenant_id not in admin.get(TENANTS).text
    error_of(admin.delete(f"{TENANTS}/{tenant_id}"), 404, "not_found")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "tenant_name"),
        ({"tenant_name": ""}, "tenant_name"),
        ({"tenant_name": None}, "tenant_name"),
        ({"tenant_name": 5}, "tenant_name"),
        ({"tenant_name": "x" * 256}, "tenant_name"),
        ({"tenant_name": "x\x00y"}, "tenant_name"),
        ({"tenant_name": "x", "allows_superusers": "perhaps"}, "allows_superusers"),
        ({"tenant_name": "x", "allows_superusers": None}, "allows_superusers"),
    ],
)
def test_a_tenant_s_fields_are_held_to_their_bounds(admin: httpx.Client, body: dict[str, Any], field: str) -> None:
    assert list(fields_of(admin.post(TENANTS, json=body))) == [f"body.{field}"]


def test_a_tenant_s_name_may_have_255_characters_and_be_taken_twice_or_not(admin: httpx.Client) -> None:
    name = unique_name("S").ljust(255, "é")
    assert admin.post(TENANTS, json={"tenant_name": name, "allows_superusers": True}).status_code == 201
    assert admin.post(TENANTS, json={"tenant_name": name}).status_code in {201, 409}


def test_a_key_is_issued_used_listed_and_revoked_at_once(
    admin: httpx.Client, server: WebServer, client_for: Callable[..., httpx.Client], other_tenant: Tenant
) -> None:
    created = new_api_key(admin, other_tenant, key_name="CRM")
    assert set(created) == {"key_id", "api_key"}
    assert re.fullmatch(r"qfa_[0-9A-Za-z]{8}_[0-9A-Za-z]{38}", created["api_key"])
    user = client_for(server, created["api_key"])
    assert user.post("/v1/summarize", json=one("")).status_code == 200
    (listed,) = admin.get(KEYS, params={"tenant_id": str(other_tenant.id)}).json()["auth_keys"]
    assert {name: listed[name] for name in ("key_id", "name", "tenant_id", "is_superuser")} == {
        "key_id": created["key_id"],
        "name": "CRM",
        "tenant_id": str(other_tenant.id),
        "is_superuser": False,
    }
    assert created["api_key"][-38:] not in admin.get(KEYS).text
    assert admin.delete(f"{KEYS}/{created['key_id']}").status_code == 204
    error_of(user.post("/v1/summarize", json=one("")), 401, "authentication_required")
    error_of(admin.delete(f"{KEYS}/{created['key_id']}"), 404, "not_found")


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"key_name": ""}, "key_name"),
        ({"key_name": "x" * 256}, "key_name"),
        ({"key_name": None}, "key_name"),
        ({"tenant_id": ""}, "tenant_id"),
        ({"tenant_id": 7}, "tenant_id"),
        ({"tenant_id": "x" * 256}, "tenant_id"),
        ({"is_superuser": 3}, "is_superuser"),
        ({"allowed_networks": ["here"]}, "allowed_networks.0"),
        ({"expires_at": "soon"}, "expires_at"),
        ({"scopes": "all"}, "scopes"),
    ],
)
def test_a_key_s_fields_are_held_to_their_bounds(
    admin: httpx.Client, tenant: Tenant, changed: dict[str, Any], field: str
) -> None:
    body = {"key_name": "CRM", "tenant_id": str(tenant.id)} | changed
    assert list(fields_of(admin.post(KEYS, json=body))) == [f"body.{field}"]


@pytest.mark.parametrize("tenant_id", [str(uuid.UUID(int=5)), "no-such-tenant"])
def test_a_key_for_an_unknown_tenant_is_404(admin: httpx.Client, tenant_id: str) -> None:
    error_of(admin.post(KEYS, json={"key_name": "CRM", "tenant_id": tenant_id}), 404, "not_found")


def test_a_superuser_key_needs_the_tenant_s_leave(admin: httpx.Client) -> None:
    closed = new_tenant(allows_superusers=False)
    body = {"key_name": "CRM", "tenant_id": str(closed.id), "is_superuser": True}
    error_of(admin.post(KEYS, json=body), 403, "forbidden")
    assert admin.post(KEYS, json=body | {"is_superuser": False}).status_code == 201


def test_a_name_taken_in_the_tenant_is_409(admin: httpx.Client, tenant: Tenant, other_tenant: Tenant) -> None:
    new_api_key(admin, tenant, key_name="The CRM")
    body = {"key_name": "The CRM", "tenant_id": str(tenant.id)}
    error_of(admin.post(KEYS, json=body), 409, "conflict")
    new_api_key(admin, other_tenant, key_name="The CRM")


def test_a_key_is_changed_and_rotated(
    admin: httpx.Client, server: WebServer, client_for: Callable[..., httpx.Client], tenant: Tenant
) -> None:
    first = new_api_key(admin, tenant, key_name="Rotating")
    changed = admin.patch(f"{KEYS}/{first['key_id']}", json={"scopes": ["detect_sensitive"]})
    assert changed.status_code == 200
    assert changed.json()["scopes"] == ["detect_sensitive"]
    error_of(client_for(server, first["api_key"]).post("/v1/summarize", json=one("")), 403, "forbidden")
    second = admin.post(f"{KEYS}/{first['key_id']}/rotate", json={"overlap_seconds": 0})
    assert second.status_code == 201
    error_of(
        client_for(server, first["api_key"]).post("/v1/detect-sensitive", json=one("")), 401, "authentication_required"
    )
    renewed = client_for(server, second.json()["api_key"])
    assert renewed.post("/v1/detect-sensitive", json=one("")).status_code == 200


@pytest.mark.parametrize("body", [{}, {"scope": ["summarize"], "keyname": "x"}])
def test_a_change_without_a_field_that_can_be_changed_is_422(
    admin: httpx.Client, tenant: Tenant, body: dict[str, Any]
) -> None:
    key_id = new_api_key(admin, tenant)["key_id"]
    for path in (f"{KEYS}/{key_id}", f"{TENANTS}/{tenant.id}"):
        assert fields_of(admin.patch(path, json=body))["body"].startswith("One of these fields is needed: ")
    assert admin.patch(f"{KEYS}/{key_id}", json=body | {"scopes": ["summarize"]}).status_code == 200


@pytest.mark.parametrize("path", [f"{TENANTS}/%00", f"{KEYS}/not-a-uuid", f"{KEYS}/{uuid.UUID(int=9)}", f"{TENANTS}/é"])
@pytest.mark.parametrize("method", ["DELETE", "PATCH"])
def test_an_unknown_id_is_404(admin: httpx.Client, method: str, path: str) -> None:
    error_of(admin.request(method, path, json={}), 404, "not_found")


def test_closing_a_tenant_ends_its_keys_at_once(
    admin: httpx.Client,
    server: WebServer,
    client_for: Callable[..., httpx.Client],
    other_key: str,
    other_tenant: Tenant,
) -> None:
    user = client_for(server, other_key)
    assert user.post("/v1/summarize", json=one("")).status_code == 200
    assert admin.delete(f"{TENANTS}/{other_tenant.id}").status_code == 204
    error_of(user.post("/v1/summarize", json=one("")), 401, "authentication_required")


def test_the_platform_s_own_tenant_is_not_listed_and_cannot_be_closed(admin: httpx.Client) -> None:
    listed = [each["tenant_id"] for each in admin.get(TENANTS).json()["tenants"]]
    assert str(uuid.UUID(int=0)) not in listed
    error_of(admin.delete(f"{TENANTS}/{uuid.UUID(int=0)}"), 404, "not_found")


def test_both_forms_of_an_admin_address_are_answered(admin: httpx.Client) -> None:
    assert admin.get(f"{TENANTS}/").status_code == admin.get(f"{KEYS}/").status_code == 200
    assert admin.post(f"{TENANTS}/", json={"tenant_name": unique_name("S")}).status_code == 201
