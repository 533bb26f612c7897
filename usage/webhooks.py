"""A signed POST to an address that a tenant chose, and to nowhere else.

The signature follows standardwebhooks.com: HMAC-SHA256 over id, time and body. Addresses on private networks are
refused unless WEBHOOK_ALLOWED_NETWORKS names them, and so is plain HTTP. The name is resolved once and the connection
goes to the address that was checked: a name that resolves differently a moment later gains nothing. Redirects are not
followed.
"""

import base64
import hashlib
import hmac
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.utils.crypto import salted_hmac

from usage.errors import WebhookFailed, WebhookRefused
from usage.models import BudgetWebhook

TIMEOUT_SECONDS = 10.0
WHOLE_SECONDS = 20.0
MOST_ADDRESSES = 4
KEY_PREFIX = "whsec_"
PORTS = {"https": 443, "http": 80}
GIVEN_TO_THE_INTERNET = ipaddress.IPv6Network("2000::/3")
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def post(webhook: BudgetWebhook, *, message_id: str, body: bytes) -> None:
    """Post a message. Raises WebhookRefused for an address that is not allowed, WebhookFailed for no answer of 2xx.

    Neither says the address: it may hold a token.
    """
    url = urlsplit(webhook.url)
    headers = {"Content-Type": "application/json", "Host": url.netloc, **signature_headers(webhook, message_id, body)}
    try:
        status = _status_of(url, body, headers)
    except (OSError, HTTPException, ValueError) as error:  # ValueError: what no request line or port can hold
        raise WebhookFailed(type(error).__name__) from None
    if not 200 <= status < 300:
        raise WebhookFailed(f"status {status}")


def _status_of(url: SplitResult, body: bytes, headers: dict[str, str]) -> int:
    """Do one exchange under a clock: a receiver that trickles bytes would hold a job worker for hours."""
    connection = HTTPConnection(str(url.hostname), port=PORTS.get(url.scheme))  # connected by us
    connection.sock = _connect(url)
    clock = threading.Timer(WHOLE_SECONDS, socket.socket.shutdown, [connection.sock, socket.SHUT_RDWR])
    clock.start()
    try:
        if isinstance(connection.sock, ssl.SSLSocket):
            connection.sock.do_handshake()
        connection.request("POST", url._replace(scheme="", netloc="", fragment="").geturl() or "/", body, headers)
        return connection.getresponse().status
    finally:
        clock.cancel()
        connection.close()


def secret_of(webhook: BudgetWebhook) -> str:
    """The secret that receivers check signatures with: made from SECRET_KEY and the webhook's id, kept nowhere."""
    digest = salted_hmac("usage.webhooks", str(webhook.id), algorithm="sha256").digest()
    return KEY_PREFIX + base64.b64encode(digest).decode()


def signature_headers(webhook: BudgetWebhook, message_id: str, body: bytes) -> dict[str, str]:
    """The headers of Standard Webhooks."""
    timestamp = str(int(time.time()))
    key = base64.b64decode(secret_of(webhook).removeprefix(KEY_PREFIX))
    signed = hmac.new(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    signature = base64.b64encode(signed).decode()
    return {"webhook-id": message_id, "webhook-timestamp": timestamp, "webhook-signature": f"v1,{signature}"}


def _connect(url: SplitResult) -> socket.socket:
    """Connect to an address that was checked; TLS, still to be shaken hands on, is in the name of the host."""
    is_secure = url.scheme == "https"
    if url.scheme not in PORTS or not url.hostname:
        raise WebhookRefused("no web address")
    port = url.port or PORTS[url.scheme]
    plain = _connect_to_one(_allowed_addresses(url.hostname, port, is_secure=is_secure), port)
    if not is_secure:
        return plain
    tls = ssl.create_default_context()
    return tls.wrap_socket(plain, server_hostname=url.hostname, do_handshake_on_connect=False)


def _connect_to_one(addresses: Sequence[Address], port: int) -> socket.socket:
    """Connect to the first that answers: not every machine reaches both kinds of address.

    A few of them only: a name with hundreds that do not answer would hold a job worker for hours.
    """
    *first, last = addresses[:MOST_ADDRESSES]
    for address in first:
        with suppress(OSError):
            return socket.create_connection((str(address), port), TIMEOUT_SECONDS)
    return socket.create_connection((str(last), port), TIMEOUT_SECONDS)


def _allowed_addresses(host: str, port: int, *, is_secure: bool) -> Sequence[Address]:
    """Resolve a name, all of whose addresses must be allowed."""
    addresses = _addresses_of(host, port)
    if not all(_is_named(address) or (is_secure and _is_public(address)) for address in addresses):
        raise WebhookRefused("not a public address reached by https, nor one of WEBHOOK_ALLOWED_NETWORKS")
    return addresses


def _addresses_of(host: str, port: int) -> list[Address]:
    try:
        return [ipaddress.ip_address(host)]
    except ValueError:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        written = dict.fromkeys(str(entry[4][0]).partition("%")[0] for entry in found)
        return [ipaddress.ip_address(each) for each in written]


def _is_named(address: Address) -> bool:
    networks = map(ipaddress.ip_network, settings.WEBHOOK_ALLOWED_NETWORKS)
    return any(address in network for network in networks)


def _is_public(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or _translated(address)
        if inner is not None:
            return _is_public(inner)
        if address not in GIVEN_TO_THE_INTERNET:  # is_global is true of what routers of a site may take for its own
            return False
    return address.is_global and not address.is_multicast


def _translated(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The address that a NAT64 gateway would connect to."""
    return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF) if address in NAT64 else None
