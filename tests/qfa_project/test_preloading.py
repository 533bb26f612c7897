"""Shared modules are loaded before the server forks; nothing that a fork would break is."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import httpx
import pytest

from bench.processes import megabytes_proportional
from tests.support.provider import ScriptedProvider
from tests.support.request_bodies import one
from tests.support.web_server import REPOSITORY, WebServer, free_port, is_ready, parent_of, process_tree

LOOKS_AROUND = """
import os, runpy, sys, threading
from gunicorn.arbiter import Arbiter

def look(_arbiter):
    open_files = (f"/proc/self/fd/{each}" for each in os.listdir("/proc/self/fd"))
    sockets = [os.readlink(each) for each in open_files if os.path.exists(each)]
    print("sockets", sorted(each for each in sockets if each.startswith("socket:")))
    print("threads", sorted(os.listdir("/proc/self/task")) == [str(os.getpid())], threading.enumerate())
    print("pools", [name for name in sys.modules if name == "psycopg_pool.pool" and has_pool()])
    print("litellm", "litellm" in sys.modules)
    print("redaction", __import__("inference.redaction.redactor").redaction.redactor._redactor.cache_info().currsize)
    sys.stdout.flush()
    os._exit(0)

def has_pool():
    from django.db import connections
    return any(getattr(each, "_connection_pools", None) for each in connections.all(initialized_only=True))

Arbiter.spawn_worker = look
sys.argv = ["gunicorn", "--config", "python:qfa_project.web.gunicorn_conf"]
runpy.run_module("gunicorn", run_name="__main__")
"""


@pytest.fixture
def two_workers(start_server: Callable[..., WebServer]) -> WebServer:
    return start_server(WEB_CONCURRENCY="2")


@pytest.mark.parametrize("transport", ["direct", "litellm"])
def test_nothing_that_a_fork_would_break_exists_before_it(
    process_environment: Mapping[str, str], transport: str
) -> None:
    inherited = {path: os.readlink(path) for path in map(str, Path("/proc/self/fd").iterdir()) if Path(path).exists()}
    looked = subprocess.run(
        [sys.executable, "-c", LOOKS_AROUND],
        cwd=REPOSITORY,
        env=os.environ | process_environment | {"LLM_TRANSPORT": transport, "BIND": f"127.0.0.1:{free_port()}"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert looked.returncode == 0, looked.stderr + str(inherited)
    seen = dict(re.findall(r"^(\w+) (.*)$", looked.stdout, re.MULTILINE))
    assert seen["sockets"] == "[]"
    assert seen["threads"].startswith("True [<_MainThread(")
    assert seen["pools"] == "[]"
    assert seen["litellm"] == str(transport == "litellm")
    assert seen["redaction"] == "1"


def test_a_web_process_that_dies_is_replaced_by_one_that_loads_nothing_anew(
    two_workers: WebServer, client_for: Callable[..., httpx.Client], provider: ScriptedProvider, key: str
) -> None:
    before = set(two_workers.web_pids())
    assert len(before) == 2
    os.kill(min(before), signal.SIGKILL)
    started = time.monotonic()
    while not (new := set(two_workers.web_pids()) - before):
        assert time.monotonic() < started + 30, two_workers.log
        time.sleep(0.01)
    cpu_seconds = sum(map(int, Path(f"/proc/{new.pop()}/stat").read_text().rpartition(")")[2].split()[11:13]))
    assert cpu_seconds / os.sysconf("SC_CLK_TCK") < 1, "it loads nothing anew"
    while not is_ready(two_workers.base_url):
        assert time.monotonic() < started + 30
    api = client_for(two_workers, key)
    assert [api.post("/v1/detect-sensitive", json=one()).status_code for _ in range(8)] == [200] * 8


def test_web_processes_share_what_was_loaded(two_workers: WebServer) -> None:
    master = parent_of(two_workers.web_pids()[0])
    together = sum(megabytes_proportional(process_tree(master)))
    alone = max(
        int(re.findall(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[0]) for pid in process_tree(master)
    )
    assert together < 1.8 * alone / 1000
