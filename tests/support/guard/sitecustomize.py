"""Refuse every network call that leaves this machine, and write it down.

Python runs a module of this name in each process that has this directory on PYTHONPATH: so the server under
test is guarded as well as the tests. Nothing happens unless LIVE_CALLS_LOG names the file to write to.
"""

import ipaddress
import os
import sys

WATCHED_EVENTS = {
    "socket.connect": 1,
    "socket.sendto": 1,
    "socket.getaddrinfo": 0,
    "socket.gethostbyname": 0,
}


class LiveCallError(RuntimeError):
    """A test, or the server under test, reached for something beyond loopback."""


def refuse_live_calls(event: str, arguments: tuple[object, ...]) -> None:
    """Audit hook; it cannot be taken back, nor passed by code that catches the error: the file keeps it."""
    position = WATCHED_EVENTS.get(event)
    log = os.environ.get("LIVE_CALLS_LOG")
    if position is None or log is None or is_local(arguments[position]):
        return
    with open(log, "a") as file:
        file.write(f"{event} {arguments[position]!r} by {sys.argv[:1]}\n")
    raise LiveCallError(f"{event} to {arguments[position]!r}")


def is_local(address: object) -> bool:
    """Whether a socket address or a host name stays on this machine. None and "" are the wildcard."""
    if isinstance(address, tuple):
        address = address[0]
    if isinstance(address, bytes):
        address = address.decode()
    if not isinstance(address, str) or address in ("", "localhost"):
        return True
    if address.startswith(("/", "\0")):
        return True
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return ip.is_loopback or ip.is_unspecified


if __name__ == "sitecustomize":
    sys.addaudithook(refuse_live_calls)
