"""Decide which addresses of other servers may be called, for webhooks, models and all other outgoing requests.

An address chosen by a tenant has to be public and use https, or be on one of WEBHOOK_ALLOWED_NETWORKS. An address set
by the operator in the environment may be private. Link-local addresses are never called, because clouds serve the
machine's own credentials there.
"""

import ipaddress
import socket
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from enum import Enum, auto
from typing import Any
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.utils.encoding import iri_to_uri, punycode
from django.utils.translation import gettext as _

from tenants.outgoing.errors import AddressRefused

RESOLVE_SECONDS = 5.0
PORTS = {"https": 443, "http": 80}
GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class ChosenBy(Enum):
    """The role that chose an address."""

    TENANT = auto()
    OPERATOR = auto()


def normalise_address(address: str) -> str:
    """Return an address in the form that a request needs: the host in IDNA, the rest percent-encoded.

    Raises AddressRefused, which says what is wrong without the address, because it may contain a token.
    """
    try:
        url = urlsplit(address)
    except ValueError:
        raise AddressRefused(_("The address is not valid.")) from None
    is_allowed = url.scheme == "https" or (url.scheme == "http" and settings.WEBHOOK_ALLOWED_NETWORKS)
    if not is_allowed or "@" in url.netloc:
        raise AddressRefused(_("Enter an https address without a user name."))
    host = _written_host(url)
    literal = _literal(host.strip("[]"))
    if literal and not may_be_called(literal, is_secure=url.scheme == "https", chosen_by=ChosenBy.TENANT):
        raise AddressRefused(_("Notices can only be sent to public addresses."))
    port = _port_of(url)
    netloc = host if port is None else f"{host}:{port}"
    return iri_to_uri(url._replace(netloc=netloc, path=url.path or "/", fragment="").geturl()) or ""


def _port_of(url: SplitResult) -> int | None:
    try:
        port = url.port
    except ValueError:
        port = 0
    if port == 0:
        raise AddressRefused(_("The port is a number from 1 to 65535."))
    return port


def _written_host(url: SplitResult) -> str:
    try:
        host = punycode(url.hostname or "")
    except UnicodeError:  # a label is empty or longer than 63 characters
        host = ""
    if not host:
        raise AddressRefused(_("The host name is not valid."))
    return f"[{host}]" if ":" in host else host


def allowed_addresses(
    host: str, port: int, *, is_secure: bool, chosen_by: ChosenBy, timeout_seconds: float = 60.0
) -> Sequence[Address]:
    """Resolve a name, all of whose addresses must be allowed. Raises AddressRefused, OSError."""
    literal = _literal(host)
    addresses = [literal] if literal else _resolved(host, port, min(timeout_seconds, RESOLVE_SECONDS))
    if not all(may_be_called(address, is_secure=is_secure, chosen_by=chosen_by) for address in addresses):
        raise AddressRefused(_("Notices can only be sent to public addresses."))
    return addresses


def may_be_called(address: Address, *, is_secure: bool, chosen_by: ChosenBy) -> bool:
    """Decide whether a network address may be called. This is the only place that does."""
    if chosen_by is ChosenBy.OPERATOR:
        inner = _inner(address) or address
        return not (inner.is_link_local or inner.is_multicast)
    networks = map(ipaddress.ip_network, settings.WEBHOOK_ALLOWED_NETWORKS)
    return any(address in network for network in networks) or (is_secure and _is_public(address))


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _resolved(host: str, port: int, timeout_seconds: float) -> list[Address]:
    """Resolve a name within a time limit, which getaddrinfo does not have."""
    answer: Future[Any] = Future()

    def look_up() -> None:
        try:
            answer.set_result(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            answer.set_exception(error)

    threading.Thread(target=look_up, daemon=True).start()
    answered = answer.result(timeout=timeout_seconds)
    unique = dict.fromkeys(str(entry[4][0]).partition("%")[0] for entry in answered)
    return [ipaddress.ip_address(address) for address in unique]


def _is_public(address: Address) -> bool:
    inner = _inner(address)
    if inner is not None:
        return _is_public(inner)
    if isinstance(address, ipaddress.IPv6Address) and address not in GLOBAL_UNICAST:
        return False  # is_global is true of what routers of a site may take for its own
    return address.is_global and not address.is_multicast


def _inner(address: Address) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address inside an IPv6 address: mapped, 6to4 or NAT64."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    translated = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF) if address in NAT64 else None
    return address.ipv4_mapped or address.sixtofour or translated
