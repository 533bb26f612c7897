"""Section 0: who may call."""

from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest
from django.utils import timezone

from tenants.models import Tenant
from tests.support.envelope import error_of
from tests.support.factories import new_key
from tests.support.provider import ScriptedProvider
from tests.support.request_bodies import one
from tests.support.web_server import WebServer

PROTECTED = [
    ("POST", "/v1/summarize"),
    ("POST", "/v1/summarize-bulk"),
    ("POST", "/v1/summarize-aggregate"),
    ("POST", "/v1/analyze"),
    ("POST", "/v1/analyze-bulk"),
    ("POST", "/v1/detect-sensitive"),
    ("POST", "/v1/assign-codes"),
    ("POST", "/v1/assign_codes"),
    ("GET", "/v1/usage"),
    ("GET", "/v1/usage/all"),
    ("GET", "/v1/usage/all/by-tenant"),
    ("GET", "/v1/usage/all/by-operation"),
    ("GET", "/v1/admin/tenants"),
    ("POST", "/v1/admin/tenants"),
    ("GET", "/v1/admin/keys"),
    ("POST", "/v1/admin/keys"),
    ("GET", "/v1/records"),
    ("POST", "/v1/records"),
    ("GET", "/v1/records/0"),
    ("PATCH", "/v1/records/0"),
    ("DELETE", "/v1/records/0"),
]


@pytest.mark.parametrize(("method", "path"), PROTECTED)
def test_an_endpoint_without_a_key_is_401(stranger: httpx.Client, method: str, path: str) -> None:
    response = stranger.request(method, path)
    error = error_of(response, 401, "authentication_required")
    assert error["fields"] is None
    assert response.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "bEaReR"])
def test_the_scheme_is_read_without_regard_to_case(stranger: httpx.Client, key: str, scheme: str) -> None:
    response = stranger.post("/v1/summarize", json=one(""), headers={"Authorization": f"{scheme} {key}"})
    assert response.status_code == 200


@pytest.mark.parametrize(
    "written",
    ["{key}", "Token {key}", "Basic {key}", "Bearer", "Bearer wrong", "Bearer {key}x", "Bearer {key} more"],
)
def test_any_other_header_is_401(stranger: httpx.Client, key: str, written: str) -> None:
    authorization = written.format(key=key)
    response = stranger.post("/v1/summarize", json=one(), headers={"Authorization": authorization})
    assert "qfa_" not in response.text
    error_of(response, 401, "authentication_required")


def test_a_key_of_the_right_form_that_nobody_issued_is_401(
    server: WebServer, client_for: Callable[..., httpx.Client], key: str
) -> None:
    swapped = key[:20] + ("a" if key[20] != "a" else "b") + key[21:]
    error_of(client_for(server, swapped).post("/v1/summarize", json=one()), 401, "authentication_required")


def test_an_expired_key_is_401(server: WebServer, client_for: Callable[..., httpx.Client], tenant: Tenant) -> None:
    expired = new_key(tenant, expires_at=timezone.now() - timedelta(seconds=1))
    error_of(client_for(server, expired).post("/v1/summarize", json=one()), 401, "authentication_required")


def test_a_key_from_the_wrong_network_is_401(
    server: WebServer, client_for: Callable[..., httpx.Client], tenant: Tenant
) -> None:
    elsewhere = new_key(tenant, allowed_networks=["192.0.2.0/24"])
    error_of(client_for(server, elsewhere).post("/v1/summarize", json=one()), 401, "authentication_required")


@pytest.mark.parametrize("body", [b"{ broken", b"\xff\xfe", b"[]", b""])
def test_the_key_is_checked_before_the_body(stranger: httpx.Client, body: bytes) -> None:
    response = stranger.post("/v1/summarize", content=body, headers={"Content-Type": "text/plain"})
    error_of(response, 401, "authentication_required")


def test_an_ordinary_key_is_forbidden_where_a_superuser_key_is_needed(api: httpx.Client) -> None:
    for method, path in [("GET", "/v1/admin/tenants"), ("POST", "/v1/admin/keys"), ("GET", "/v1/usage/all/by-tenant")]:
        error_of(api.request(method, path), 403, "forbidden")


def test_a_key_without_the_scope_is_forbidden(
    server: WebServer, client_for: Callable[..., httpx.Client], tenant: Tenant
) -> None:
    narrow = client_for(server, new_key(tenant, scopes=["detect_sensitive"]))
    error_of(narrow.post("/v1/summarize", json=one("")), 403, "forbidden")
    assert narrow.post("/v1/detect-sensitive", json=one("")).status_code == 200


@pytest.mark.parametrize("path", ["/v1/health", "/v1/health/", "/v1/health/ready", "/v1/schema/", "/v1/docs/"])
def test_health_and_docs_need_no_key(stranger: httpx.Client, path: str) -> None:
    assert stranger.get(path).status_code == 200


def test_health_says_ok_and_which_version(stranger: httpx.Client) -> None:
    health = stranger.get("/v1/health").json()
    assert health["status"] == "ok"
    assert isinstance(health["version"], str)
    assert health["version"]


def test_a_refused_request_reaches_no_model(stranger: httpx.Client, provider: ScriptedProvider) -> None:
    stranger.post("/v1/summarize", json=one())
    assert provider.requests == []
