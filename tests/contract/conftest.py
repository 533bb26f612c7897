"""Fixtures of the contract's tests: a second server with low limits, and a closed circuit breaker."""

from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.support.limits import LOW_LIMITS
from tests.support.provider import ScriptedProvider
from tests.support.request_bodies import one
from tests.support.web_server import WebServer, forked_server

SUCCESSES_BETWEEN_FAILURES = 3


@pytest.fixture(scope="session")
def limited_server(
    process_environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[WebServer]:
    """A server with little time, few slots and a low token limit."""
    log_path = tmp_path_factory.mktemp("limited") / "server.log"
    with forked_server(process_environment | LOW_LIMITS, log_path=log_path) as running:
        yield running


@pytest.fixture
def limited(
    limited_server: WebServer, provider: ScriptedProvider, key: str, client_for: Callable[..., httpx.Client]
) -> httpx.Client:
    """A client of the server with low limits."""
    return client_for(limited_server, key)


@pytest.fixture
def stranger(server: WebServer, client_for: Callable[..., httpx.Client]) -> httpx.Client:
    """A client that sends no key."""
    return client_for(server)


@pytest.fixture
def failing(api: httpx.Client, provider: ScriptedProvider) -> Iterator[httpx.Client]:
    """A client for tests of failures; successes follow each, so that together they do not open the breaker."""
    yield api
    provider.reset()
    for _ in range(SUCCESSES_BETWEEN_FAILURES):
        api.post("/v1/summarize", json=one())
