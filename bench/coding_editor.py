"""Measure time and page size of the framework editor with 500 codes, over HTTP and without a browser."""

import re
import statistics
import time
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from bench.under_test import manage
from tests.support.web_server import running_server

TYPES, CATEGORIES, CODES = 10, 5, 9  # branches are codes too: 10 + 50 + 450
TIMES = 20


class _Fields(HTMLParser):
    """The fields that a browser would send of the form that saves a code."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self._is_inside = False
        self._textarea = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._is_inside = found.get("action", "").startswith("?code=")
        elif self._is_inside and tag == "textarea":
            self._textarea = found["name"]
            self.values[self._textarea] = ""
        elif self._is_inside and tag == "input" and "name" in found and found.get("type") != "checkbox":
            self.values[found["name"]] = found.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        self._is_inside = self._is_inside and tag != "form"
        self._textarea = "" if tag == "textarea" else self._textarea

    def handle_data(self, data: str) -> None:
        if self._textarea:
            self.values[self._textarea] += data.removeprefix("\n")


def editor_table() -> str:
    """Return the table with target, median and 95th percentile by action, and the uncompressed size of the page."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as home:
        environment = {"QFA_HOME": home, "WEB_CONCURRENCY": "1", "WORKERS": "0"}
        manage(environment, "migrate", "--verbosity=0")
        manage(environment, "create_tenant", "bench", "--name", "Bench")
        key = manage(environment, "create_api_key", "bench", "--name", "bench").splitlines()[-1].strip()
        who = ("editor@example.org", "bench", "--role", "framework_editor")
        password = manage(environment, "create_user", *who).splitlines()[-1].strip()
        with (
            running_server(environment, log_path=Path(home) / "server.log") as server,
            httpx.Client(base_url=server.base_url, timeout=60, trust_env=False) as browser,
        ):
            _make_framework(browser, key)
            _sign_in(browser, who[0], password)
            return _measure(browser, _address_of_editor(browser))


def _make_framework(browser: httpx.Client, key: str) -> None:
    body = {"name": "Bench", "root_codes": [_type(number) for number in range(TYPES)]}
    browser.post("/v1/frameworks", json=body, headers={"Authorization": f"Bearer {key}"}).raise_for_status()


def _type(number: int) -> dict[str, Any]:
    def node(name: str, children: list[Any]) -> dict[str, Any]:
        return {"id": name, "name": name, "definition": f"What people say of {name}.", "children": children}

    return node(
        f"Type {number}",
        [
            node(
                f"Category {number}.{category}",
                [node(f"Code {number}.{category}.{code}", []) for code in range(CODES)],
            )
            for category in range(CATEGORIES)
        ],
    )


def _sign_in(browser: httpx.Client, username: str, password: str) -> None:
    page = browser.get("/admin/login/").raise_for_status()
    token = _token_of(page.text)
    body = {"username": username, "password": password, "csrfmiddlewaretoken": token, "next": "/admin/"}
    answer = browser.post("/admin/login/", data=body, headers={"Referer": str(page.url)})
    assert answer.status_code == 302, answer.text


def _address_of_editor(browser: httpx.Client) -> str:
    """Of the only version there is."""
    page = browser.get("/admin/coding/frameworkversion/").raise_for_status()
    found = re.search(r"/admin/coding/frameworkversion/[0-9a-f-]{36}/", page.text)
    assert found is not None
    return f"{found.group()}editor/"


def _token_of(page: str) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert found is not None
    return found.group(1)


def _measure(browser: httpx.Client, address: str) -> str:
    page = browser.get(address).raise_for_status()
    chosen = re.findall(r'href="\?code=([0-9a-f-]+)"', page.text)[-2]
    form = browser.get(address, params={"code": chosen}).raise_for_status()
    headers = {"Referer": str(page.url)}
    act = {"csrfmiddlewaretoken": _token_of(form.text), "code": chosen, "act": "move"}

    def open_page(number: int) -> None:
        browser.get(address).raise_for_status()

    def move(number: int) -> None:
        body = act | {"how": "up" if number % 2 == 0 else "down"}
        answer = browser.post(f"{address}act/", data=body, headers=headers | {"Accept": "application/json"})
        assert answer.json() == {"code": chosen}, answer.text

    fields = _Fields(form.text).values

    def edit(number: int) -> None:
        fields["definition"] = f"Said {number} times."
        answer = browser.post(address, params={"code": chosen}, data=fields, headers=headers)
        assert answer.status_code == 302, answer.text
        fields["initial-definition"] = fields["definition"]

    lines = [
        "| with 510 codes | aim | median | 95th percentile |",
        "|---|---|---|---|",
        f"| size of the page | 150 kB | {len(page.content) / 1000:.0f} kB | |",
        _line("the page opens", "1 s", open_page),
        _line("a move is saved", "300 ms", move),
        _line("an edit is saved", "300 ms", edit),
    ]
    return "\n".join(lines)


def _line(name: str, aim: str, act: Callable[[int], None]) -> str:
    act(0)
    taken = []
    for number in range(1, TIMES + 1):
        started = time.perf_counter()
        act(number)
        taken.append((time.perf_counter() - started) * 1000)
    p95 = statistics.quantiles(taken, n=20, method="inclusive")[-1]
    return f"| {name} | {aim} | {statistics.median(taken):.0f} ms | {p95:.0f} ms |"
