"""Fixtures for all tests: a database of the worker, tenants, keys, scripted provider, server, browser.

Tests make their own tenants and leave them: nothing is flushed, and what a server must see is committed.
A test that wants its rows rolled back marks itself `django_db`; the server cannot see them.
"""

import functools
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import environ
import httpx
import pytest
from aiosmtpd.controller import Controller
from django.conf import settings
from django.db import connection, connections
from django.db.backends.postgresql.base import DatabaseWrapper
from django.utils import translation
from pytest_django.fixtures import Settings
from pytest_django.plugin import DjangoDbBlocker
from selenium.webdriver import Chrome

from tenants.models import Tenant
from tests.support import databases
from tests.support.browser import Chromium, missing_browser, running_chromium
from tests.support.databases import DatabaseUrls, SharedDatabase, clone_template, join_server, leave_server
from tests.support.factories import new_key, new_tenant
from tests.support.guard.sitecustomize import refuse_live_calls
from tests.support.listeners import LOOPBACK, Collector, Mailbox, Receiver, served
from tests.support.provider import ScriptedProvider, serving
from tests.support.slow import SLOW_TESTS
from tests.support.web_server import WebServer, forked_server, free_port

RUN_DIRECTORY = "QFA_TEST_RUN"
GUARD = Path(__file__).parent / "support" / "guard"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slow", action="store_true", help="also run the slow tests, and properties on more examples")


def pytest_configure(config: pytest.Config) -> None:
    """Make the directory of this run, which xdist's workers inherit, and forbid live calls."""
    if config.getoption("--slow"):
        os.environ[SLOW_TESTS] = "1"
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker is None:
        os.environ[RUN_DIRECTORY] = tempfile.mkdtemp(prefix="qfa-tests-")
    os.environ["LIVE_CALLS_LOG"] = str(_run_directory() / f"live-calls-{worker or 'main'}")
    sys.addaudithook(refuse_live_calls)


def pytest_unconfigure() -> None:
    if "PYTEST_XDIST_WORKER" not in os.environ:
        leave_server(_run_directory(), os.environ)


LONG = {"start_server", "browser", "chromium", "mortal", "upgraded"}
left_out = pytest.StashKey[int]()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is slow, and begin with what takes long: nobody should wait for a long test at the end."""
    if not config.getoption("--slow"):
        slow = [item for item in items if item.get_closest_marker("slow")]
        items[:] = [item for item in items if item not in slow]
        config.hook.pytest_deselected(items=slow)
        _note_left_out(config, len(slow))
    items.sort(key=lambda item: LONG.isdisjoint(getattr(item, "fixturenames", ())))


def _note_left_out(config: pytest.Config, count: int) -> None:
    config.stash[left_out] = count
    if hasattr(config, "workeroutput"):
        config.workeroutput["left_out"] = count


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over from a worker of xdist what it has left out; all workers collect the same."""
    _note_left_out(node.config, getattr(node, "workeroutput", {}).get("left_out", 0))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if count := config.stash.get(left_out, 0):
        terminalreporter.write_line(f"{count} slow tests were left out: --slow runs them.")


def _run_directory() -> Path:
    return Path(os.environ[RUN_DIRECTORY])


@pytest.fixture(scope="session", autouse=True)
def quick_settings() -> None:
    """Save time in this process: a client loads the middleware, and WhiteNoise would list every file."""
    settings.WHITENOISE_AUTOREFRESH = True
    settings.PASSWORD_HASHERS = ["tests.support.hashers.QuickHasher"]


@pytest.fixture(autouse=True)
def language_of_the_site() -> Iterator[None]:
    """Begin and end in the site's language: a test client leaves the language of its last request behind."""
    with translation.override(settings.LANGUAGE_CODE):
        yield


@pytest.fixture(autouse=True)
def no_live_calls() -> Iterator[Path]:
    """Fail a test that reached beyond this machine, itself or through a server, even if it was caught."""
    log = Path(os.environ["LIVE_CALLS_LOG"])
    yield log
    if log.exists():
        calls = log.read_text()
        log.unlink()
        pytest.fail(f"Calls beyond this machine were refused:\n{calls}")


# Database


@pytest.fixture(scope="session")
def database_server() -> DatabaseUrls:
    """Return the run's database server."""
    return join_server(_run_directory(), os.environ)


@pytest.fixture(scope="session")
def database_urls(database_server: DatabaseUrls) -> DatabaseUrls:
    """Return this worker's own database."""
    return clone_template(database_server, _run_directory(), os.environ.get("PYTEST_XDIST_WORKER", "main"))


@pytest.fixture(scope="session")
def shared_database(database_server: DatabaseUrls) -> SharedDatabase:
    """Make a database once for all workers: `shared_database("upgraded", fill)`; fill gets its URLs."""
    return functools.partial(databases.shared_database, database_server, _run_directory())


@pytest.fixture(scope="session")
def django_db_setup(database_urls: DatabaseUrls, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Point Django, as the application role, at this worker's database (in place of pytest-django's own)."""
    found = dict(environ.Env.db_url_config(database_urls.app_url))
    config = connections.settings["default"]
    pool = {"pool": config["OPTIONS"]["pool"]}
    config.update({key: found[key] for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT")})
    config["OPTIONS"] = found.get("OPTIONS", {}) | pool
    settings.DATABASE_URL, settings.DATABASE_OWNER_URL = database_urls.app_url, database_urls.owner_url
    yield
    with django_db_blocker.unblock():
        connections.close_all()
        wrapper = connections["default"]
        assert isinstance(wrapper, DatabaseWrapper)
        wrapper.close_pool()


@pytest.fixture
def database(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Allow queries, and commit them."""
    with django_db_blocker.unblock():
        yield
        if not connection.in_atomic_block:
            connections.close_all()


@pytest.fixture
def tenant(database: None) -> Tenant:
    return new_tenant()


@pytest.fixture
def other_tenant(database: None) -> Tenant:
    return new_tenant()


@pytest.fixture
def key(tenant: Tenant) -> str:
    return new_key(tenant)


@pytest.fixture
def other_key(other_tenant: Tenant) -> str:
    return new_key(other_tenant)


@pytest.fixture
def superuser_key(tenant: Tenant) -> str:
    return new_key(tenant, is_superuser=True)


# Provider and server


@pytest.fixture(scope="session")
def running_provider() -> Iterator[ScriptedProvider]:
    with serving(ScriptedProvider()) as provider:
        yield provider


@pytest.fixture
def provider(running_provider: ScriptedProvider) -> Iterator[ScriptedProvider]:
    """The model provider of this worker's servers, with an empty script."""
    running_provider.reset()
    yield running_provider
    running_provider.reset()


@pytest.fixture(scope="session")
def process_environment(database_urls: DatabaseUrls, running_provider: ScriptedProvider) -> dict[str, str]:
    """Return the environment of a process that works on this worker's database and provider."""
    return database_urls.environment | {
        "SECRET_KEY": settings.SECRET_KEY,
        "LLM_MODEL": "openai/scripted",
        "LLM_API_BASE": running_provider.base_url,
        "LLM_API_KEY": "sk-scripted",
        "WEB_CONCURRENCY": "1",
        "WORKERS": "0",
        "PYTHONPATH": str(GUARD),
        "LIVE_CALLS_LOG": os.environ["LIVE_CALLS_LOG"],
    }


@pytest.fixture(scope="session")
def server(process_environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    """The real server of this worker. Tests that break it, or open its circuit breaker, start their own."""
    log_path = tmp_path_factory.mktemp("server") / "server.log"
    with forked_server(process_environment, log_path=log_path) as running:
        yield running


@pytest.fixture
def start_server(process_environment: dict[str, str], tmp_path: Path) -> Iterator[Callable[..., WebServer]]:
    """Start servers with other settings: `start_server(MAX_IN_FLIGHT_CALLS="2")`. They end with the test."""
    with ExitStack() as servers:

        def start(**changed: str) -> WebServer:
            log_path = tmp_path / f"server-{len(list(tmp_path.glob('server-*')))}.log"
            return servers.enter_context(forked_server(process_environment | changed, log_path=log_path))

        yield start


@pytest.fixture
def client_for() -> Iterator[Callable[..., httpx.Client]]:
    """Make HTTP clients: `client_for(server, key)`; without a key no Authorization header is sent."""
    with ExitStack() as clients:

        def make(server: WebServer, key: str | None = None) -> httpx.Client:
            headers = {} if key is None else {"Authorization": f"Bearer {key}"}
            client = httpx.Client(base_url=server.base_url, headers=headers, timeout=60.0, trust_env=False)
            return clients.enter_context(client)

        yield make


@pytest.fixture
def api(
    server: WebServer, provider: ScriptedProvider, key: str, client_for: Callable[..., httpx.Client]
) -> httpx.Client:
    """An HTTP client of this worker's server with a key of `tenant`."""
    return client_for(server, key)


# What the platform tells things to


@pytest.fixture
def collector() -> Iterator[Collector]:
    """An OpenTelemetry collector, for servers that are started with its address."""
    found = Collector()
    with served(found):
        yield found


@pytest.fixture
def receiver(settings: Settings) -> Iterator[Receiver]:
    """A webhook's receiver, on a network that webhooks may reach."""
    settings.WEBHOOK_ALLOWED_NETWORKS = LOOPBACK
    found = Receiver()
    with served(found):
        yield found


@pytest.fixture
def mailbox(settings: Settings) -> Iterator[Mailbox]:
    """An SMTP server on loopback that the platform sends its mail to."""
    box = Mailbox()
    controller = Controller(box, hostname="127.0.0.1", port=free_port())
    controller.start()
    settings.SENDS_MAIL = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", controller.port
    yield box
    controller.stop()


# Browser


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    if missing := missing_browser():
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(f"REQUIRE_BROWSER=1, but {missing}")
        pytest.skip(f"page tests need a browser: {missing}")
    with running_chromium(tmp_path_factory.mktemp("chromium")) as running:
        yield running


@pytest.fixture
def browser(chromium: Chromium) -> Chrome:
    """A browser with nothing of another test in it, on an empty page."""
    return chromium.emptied()
