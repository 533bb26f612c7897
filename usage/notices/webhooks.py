"""Send a signed POST to the address of a tenant's webhook.

The signature follows standardwebhooks.com: HMAC-SHA256 over id, time and body. tenants/outgoing/addresses.py says
which addresses are allowed. The name is resolved once and the connection goes to the address that was checked, so that
a name which resolves differently a moment later has no effect. Redirects are not followed. Every step has a timeout;
together they take at most 65 seconds.
"""

import base64
import hashlib
import hmac
import socket
import ssl
import threading
import time
import uuid
from collections.abc import Sequence
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from urllib.parse import SplitResult, urlsplit

from django.utils.crypto import salted_hmac

from tenants.outgoing.addresses import PORTS, Address, ChosenBy, allowed_addresses, normalise_address
from tenants.outgoing.errors import AddressRefused
from usage.errors import WebhookFailed, WebhookRefused
from usage.models import BudgetWebhook

TIMEOUT_SECONDS = 10.0
EXCHANGE_SECONDS = 20.0
MAX_ADDRESSES = 4
KEY_PREFIX = "whsec_"


def post(webhook: BudgetWebhook, *, message_id: str, body: bytes) -> None:
    """Post a message to a tenant's webhook. Raises what post_signed raises."""
    post_signed(webhook.url, secret=secret_of(webhook), message_id=message_id, body=body)


def post_signed(address: str, *, secret: str, message_id: str, body: bytes) -> None:
    """Post a message. Raises WebhookRefused for an address that is not allowed, WebhookFailed without a 2xx answer.

    The errors do not contain the address, because it may contain a token.
    """
    headers = {"Content-Type": "application/json", **signature_headers(secret, message_id, body)}
    try:
        url = urlsplit(normalise_address(address))
        status = _status_of(url, body, headers | {"Host": url.netloc})
    except AddressRefused as refused:
        raise WebhookRefused(refused.reason) from None
    except (OSError, HTTPException, ValueError) as error:  # ValueError: not a request line or port
        raise WebhookFailed(type(error).__name__) from None
    if not 200 <= status < 300:
        raise WebhookFailed("status", status=status)


def _status_of(url: SplitResult, body: bytes, headers: dict[str, str]) -> int:
    """Do one exchange with a timeout: a receiver that trickles bytes would block a job worker for hours."""
    connection = HTTPConnection(str(url.hostname), port=PORTS.get(url.scheme))  # connected below
    connection.sock = _connect(url)
    clock = threading.Timer(EXCHANGE_SECONDS, socket.socket.shutdown, [connection.sock, socket.SHUT_RDWR])
    clock.start()
    try:
        if isinstance(connection.sock, ssl.SSLSocket):
            connection.sock.do_handshake()
        connection.request("POST", url._replace(scheme="", netloc="").geturl(), body, headers)
        return connection.getresponse().status
    finally:
        clock.cancel()
        connection.close()


def secret_of(webhook: BudgetWebhook) -> str:
    """Return the signing secret, which is derived from SECRET_KEY and the webhook's id and stored nowhere."""
    return secret_for("usage.webhooks", webhook.id)


def secret_for(purpose: str, row_id: uuid.UUID) -> str:
    """Derive the signing secret of a row."""
    digest = salted_hmac(purpose, str(row_id), algorithm="sha256").digest()
    return KEY_PREFIX + base64.b64encode(digest).decode()


def signature_headers(secret: str, message_id: str, body: bytes) -> dict[str, str]:
    """Return the headers of Standard Webhooks."""
    timestamp = str(int(time.time()))
    key = base64.b64decode(secret.removeprefix(KEY_PREFIX))
    signed = hmac.new(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    signature = base64.b64encode(signed).decode()
    return {"webhook-id": message_id, "webhook-timestamp": timestamp, "webhook-signature": f"v1,{signature}"}


def _connect(url: SplitResult) -> socket.socket:
    """Connect to an address that was checked. TLS checks the host's name; its handshake comes later."""
    host, is_secure, port = str(url.hostname), url.scheme == "https", url.port or PORTS[url.scheme]
    plain = _connect_to_one(allowed_addresses(host, port, is_secure=is_secure, chosen_by=ChosenBy.TENANT), port)
    if not is_secure:
        return plain
    tls = ssl.create_default_context()
    return tls.wrap_socket(plain, server_hostname=host, do_handshake_on_connect=False)


def _connect_to_one(addresses: Sequence[Address], port: int) -> socket.socket:
    """Connect to the first address that answers, because not every machine reaches IPv4 and IPv6.

    Only a few are tried: a name with hundreds that do not answer would block a job worker for hours.
    """
    *first, last = addresses[:MAX_ADDRESSES]
    for address in first:
        with suppress(OSError):
            return socket.create_connection((str(address), port), TIMEOUT_SECONDS)
    return socket.create_connection((str(last), port), TIMEOUT_SECONDS)
