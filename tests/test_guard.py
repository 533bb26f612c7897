"""The guard against live calls must notice them, in the tests and in processes that tests start."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.guard.sitecustomize import LiveCallError, is_local

DOCUMENTATION_ADDRESS = "192.0.2.1"  # reserved, nobody answers


@pytest.mark.parametrize("address", [("127.0.0.1", 80), ("::1", 80, 0, 0), "/run/x", "localhost", "", None])
def test_addresses_of_this_machine_are_local(address: object) -> None:
    assert is_local(address)


@pytest.mark.parametrize("address", [(DOCUMENTATION_ADDRESS, 443), "example.org", b"example.org", ("10.0.0.1", 1)])
def test_other_addresses_are_not_local(address: object) -> None:
    assert not is_local(address)


def test_a_connection_beyond_loopback_is_refused_and_written_down(no_live_calls: Path) -> None:
    with pytest.raises(LiveCallError), socket.socket() as outward:
        outward.connect((DOCUMENTATION_ADDRESS, 443))
    assert DOCUMENTATION_ADDRESS in no_live_calls.read_text()
    no_live_calls.unlink()


def test_a_name_lookup_in_a_started_process_is_refused_and_written_down(no_live_calls: Path) -> None:
    guard = Path(__file__).parent / "support" / "guard"
    lookup = "import socket; socket.getaddrinfo('example.org', 443)"
    environment = os.environ | {"PYTHONPATH": str(guard)}
    ended = subprocess.run([sys.executable, "-c", lookup], env=environment, capture_output=True, text=True, check=False)
    assert "LiveCallError" in ended.stderr
    assert "example.org" in no_live_calls.read_text()
    no_live_calls.unlink()
