"""Browser sessions: a stranger can make them do nothing, before or after the sign-in."""

from collections.abc import Callable

import httpx
import pytest
from django.test import Client

from tenants.models import Role, Tenant
from tests.support.factories import PASSWORD, new_member
from tests.support.web_server import WebServer

LOGIN = "/admin/login/"


@pytest.fixture
def username(tenant: Tenant) -> str:
    return str(new_member(tenant, Role.VIEWER, password=PASSWORD).username)


def _token(page: httpx.Response) -> str:
    return page.text.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]


def _sign_in(client: httpx.Client, username: str) -> httpx.Response:
    fields = {"username": username, "password": PASSWORD, "csrfmiddlewaretoken": _token(client.get(LOGIN))}
    return client.post(LOGIN, data=fields, headers={"Referer": f"{client.base_url}{LOGIN}"})


def test_a_session_that_was_planted_before_the_sign_in_is_worth_nothing_after_it(
    server: WebServer, client_for: Callable[..., httpx.Client], username: str
) -> None:
    browser, thief = client_for(server), client_for(server)
    planted = Client().session
    planted["planted"] = "yes"
    planted.save()
    for client in (browser, thief):
        client.cookies.set("sessionid", str(planted.session_key))
    assert _sign_in(browser, username).status_code == 302
    assert browser.get("/admin/").status_code == 200
    assert thief.get("/admin/").status_code == 302


def test_cookies_are_kept_from_scripts_and_from_other_sites(
    server: WebServer, client_for: Callable[..., httpx.Client], username: str
) -> None:
    browser = client_for(server)
    [session] = [
        cookie for cookie in _sign_in(browser, username).headers.get_list("Set-Cookie") if "sessionid" in cookie
    ]
    assert "HttpOnly" in session
    assert "SameSite=Lax" in session
    assert "SameSite=Lax" in browser.get(LOGIN).headers["Set-Cookie"]


def test_cookies_travel_encrypted_only_behind_https(
    start_server: Callable[..., WebServer], client_for: Callable[..., httpx.Client]
) -> None:
    server = start_server(BEHIND_HTTPS="true")
    answer = client_for(server).get(LOGIN, headers={"X-Forwarded-Proto": "https"})
    assert "; Secure" in answer.headers["Set-Cookie"]
    assert "max-age=" in answer.headers["Strict-Transport-Security"]


@pytest.mark.parametrize("path", [LOGIN, "/admin/logout/", "/admin/tenant/"])
def test_a_form_from_elsewhere_is_refused(
    server: WebServer, client_for: Callable[..., httpx.Client], username: str, path: str
) -> None:
    browser = client_for(server)
    assert _sign_in(browser, username).status_code == 302
    assert browser.post(path, data={"username": username, "password": PASSWORD}).status_code == 403
    forged = {"csrfmiddlewaretoken": "a" * 64}
    assert browser.post(path, data=forged, headers={"Origin": "https://elsewhere.example"}).status_code == 403
    assert browser.get("/admin/").status_code == 200


def test_a_session_opens_no_rest_endpoint(
    server: WebServer, client_for: Callable[..., httpx.Client], username: str
) -> None:
    browser = client_for(server)
    assert _sign_in(browser, username).status_code == 302
    assert browser.get("/v1/usage").status_code == 401


@pytest.mark.parametrize("name", ["api_key", "access_token", "Authorization", "key"])
def test_a_key_in_the_address_opens_nothing_and_is_not_logged(
    server: WebServer, client_for: Callable[..., httpx.Client], key: str, other_tenant: Tenant, name: str
) -> None:
    stranger = client_for(server)
    for value in (key, f"Bearer {key}"):
        assert stranger.get("/v1/usage", params={name: value}).status_code == 401
    assert key not in server.log
