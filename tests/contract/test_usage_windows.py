"""Section 3: the window of the usage endpoints; their figures are tested in tests/usage."""

from collections.abc import Callable

import httpx
import pytest

from tests.support.envelope import error_of, fields_of
from tests.support.provider import ScriptedProvider
from tests.support.web_server import WebServer

PATHS = ["/v1/usage", "/v1/usage/all", "/v1/usage/all/by-tenant", "/v1/usage/all/by-operation"]


@pytest.fixture
def superuser(
    server: WebServer, provider: ScriptedProvider, client_for: Callable[..., httpx.Client], superuser_key: str
) -> httpx.Client:
    return client_for(server, superuser_key)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("window", "message"),
    [
        ({"from": "2026-07-01T00:00:00"}, "'from' must be timezone-aware"),
        ({"from": "2026-07-01"}, "'from' must be timezone-aware"),
        ({"to": "2026-07-01T00:00:00"}, "'to' must be timezone-aware"),
        (
            {"from": "2026-07-02T00:00:00Z", "to": "2026-07-01T00:00:00Z"},
            "'to' must be strictly greater than 'from'",
        ),
        (
            {"from": "2026-07-01T02:00:00+02:00", "to": "2026-07-01T00:00:00Z"},
            "'to' must be strictly greater than 'from'",
        ),
    ],
)
def test_a_window_that_is_none_is_422(superuser: httpx.Client, path: str, window: dict[str, str], message: str) -> None:
    error = error_of(superuser.get(path, params=window), 422, "validation_error")
    assert error["message"] == message
    assert error["fields"] is None


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("name", ["from", "to"])
@pytest.mark.parametrize("written", ["soon", "2026-13-01T00:00:00Z", "0000-00-00T00:00:00Z", "", "1"])
def test_what_cannot_be_read_is_named(superuser: httpx.Client, path: str, name: str, written: str) -> None:
    if written:
        assert list(fields_of(superuser.get(path, params={name: written}))) == [f"query.{name}"]
    else:
        assert superuser.get(path, params={name: written}).status_code in {200, 422}


@pytest.mark.parametrize("path", PATHS)
def test_the_window_is_echoed_in_utc_or_null(superuser: httpx.Client, path: str) -> None:
    open_ended = superuser.get(path).json()
    assert open_ended.get("from") is None
    assert open_ended.get("to") is None
    window = {"from": "2026-07-01T02:00:00+02:00", "to": "9999-12-31T23:00:00Z"}
    echoed = superuser.get(path, params=window).json()
    assert echoed["from"] == "2026-07-01T00:00:00Z"
    assert echoed["to"] == "9999-12-31T23:00:00Z"
