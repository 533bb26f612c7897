"""Addresses of webhooks: which are allowed, and how they are stored.

Public network addresses are allowed, by https. Others, and plain http, are allowed only in WEBHOOK_ALLOWED_NETWORKS.
"""

import ipaddress
import socket
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.utils.encoding import iri_to_uri, punycode
from django.utils.translation import gettext as _

from usage.errors import WebhookRefused

RESOLVE_SECONDS = 5.0
PORTS = {"https": 443, "http": 80}
GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def normalise_address(address: str) -> str:
    """Return an address in the form that a request needs: the host in IDNA, the rest percent-encoded.

    Raises WebhookRefused, which says what is wrong without the address, because it may contain a token.
    """
    try:
        url = urlsplit(address)
    except ValueError:
        raise WebhookRefused(_("The address is not valid.")) from None
    is_allowed = url.scheme == "https" or (url.scheme == "http" and settings.WEBHOOK_ALLOWED_NETWORKS)
    if not is_allowed or "@" in url.netloc:
        raise WebhookRefused(_("Enter an https address without a user name."))
    host = _written_host(url)
    literal = _literal(host.strip("[]"))
    if literal and not is_allowed_address(literal, is_secure=url.scheme == "https"):
        raise WebhookRefused(_("Notices can only be sent to public addresses."))
    port = _port_of(url)
    netloc = host if port is None else f"{host}:{port}"
    return iri_to_uri(url._replace(netloc=netloc, path=url.path or "/", fragment="").geturl()) or ""


def _port_of(url: SplitResult) -> int | None:
    try:
        port = url.port
    except ValueError:
        port = 0
    if port == 0:
        raise WebhookRefused(_("The port is a number from 1 to 65535."))
    return port


def _written_host(url: SplitResult) -> str:
    try:
        host = punycode(url.hostname or "")
    except UnicodeError:  # a label is empty or longer than 63 characters
        host = ""
    if not host:
        raise WebhookRefused(_("The host name is not valid."))
    return f"[{host}]" if ":" in host else host


def allowed_addresses(host: str, port: int, *, is_secure: bool) -> Sequence[Address]:
    """Resolve a name. Raises WebhookRefused unless all of its addresses are allowed."""
    literal = _literal(host)
    addresses = [literal] if literal else _resolved(host, port)
    if not all(is_allowed_address(address, is_secure=is_secure) for address in addresses):
        raise WebhookRefused(_("Notices can only be sent to public addresses."))
    return addresses


def is_allowed_address(address: Address, *, is_secure: bool) -> bool:
    """Tell whether an address is public and reached by https, or in WEBHOOK_ALLOWED_NETWORKS."""
    networks = map(ipaddress.ip_network, settings.WEBHOOK_ALLOWED_NETWORKS)
    return any(address in network for network in networks) or (is_secure and _is_public(address))


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _resolved(host: str, port: int) -> list[Address]:
    """Resolve a name with a timeout, which getaddrinfo lacks: a slow name server would block a job worker."""
    answer: Future[Any] = Future()

    def look_up() -> None:
        try:
            answer.set_result(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            answer.set_exception(error)

    threading.Thread(target=look_up, daemon=True).start()
    entries = answer.result(timeout=RESOLVE_SECONDS)
    texts = dict.fromkeys(str(entry[4][0]).partition("%")[0] for entry in entries)
    return [ipaddress.ip_address(text) for text in texts]


def _is_public(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or _translated(address)
        if inner is not None:
            return _is_public(inner)
        if address not in GLOBAL_UNICAST:  # is_global is also true for addresses that sites use internally
            return False
    return address.is_global and not address.is_multicast


def _translated(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """Return the address that a NAT64 gateway would connect to."""
    return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF) if address in NAT64 else None
