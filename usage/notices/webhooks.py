"""A signed POST to an address that a tenant chose, and to nowhere else.

The signature follows standardwebhooks.com: HMAC-SHA256 over id, time and body. Which addresses are posted to is in
usage/addresses.py. The name is resolved once and the connection goes to the address that was checked: a name that
resolves differently a moment later gains nothing. Redirects are not followed. Every step has a clock: of two seconds
over a minute together, at most.
"""

import base64
import hashlib
import hmac
import socket
import ssl
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from urllib.parse import SplitResult, urlsplit

from django.utils.crypto import salted_hmac

from usage.errors import WebhookFailed
from usage.models import BudgetWebhook
from usage.notices.addresses import PORTS, Address, allowed_addresses, as_written

TIMEOUT_SECONDS = 10.0
WHOLE_SECONDS = 20.0
MOST_ADDRESSES = 4
KEY_PREFIX = "whsec_"


def post(webhook: BudgetWebhook, *, message_id: str, body: bytes) -> None:
    """Post a message. Raises WebhookRefused for an address that is not allowed, WebhookFailed for no answer of 2xx.

    Neither says the address: it may hold a token.
    """
    url = urlsplit(as_written(webhook.url))
    headers = {"Content-Type": "application/json", "Host": url.netloc, **signature_headers(webhook, message_id, body)}
    try:
        status = _status_of(url, body, headers)
    except (OSError, HTTPException, ValueError) as error:  # ValueError: what no request line or port can hold
        raise WebhookFailed(type(error).__name__) from None
    if not 200 <= status < 300:
        raise WebhookFailed("status", status=status)


def _status_of(url: SplitResult, body: bytes, headers: dict[str, str]) -> int:
    """Do one exchange under a clock: a receiver that trickles bytes would hold a job worker for hours."""
    connection = HTTPConnection(str(url.hostname), port=PORTS.get(url.scheme))  # connected by us
    connection.sock = _connect(url)
    clock = threading.Timer(WHOLE_SECONDS, socket.socket.shutdown, [connection.sock, socket.SHUT_RDWR])
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
    host, is_secure, port = str(url.hostname), url.scheme == "https", url.port or PORTS[url.scheme]
    plain = _connect_to_one(allowed_addresses(host, port, is_secure=is_secure), port)
    if not is_secure:
        return plain
    tls = ssl.create_default_context()
    return tls.wrap_socket(plain, server_hostname=host, do_handshake_on_connect=False)


def _connect_to_one(addresses: Sequence[Address], port: int) -> socket.socket:
    """Connect to the first that answers: not every machine reaches both kinds of address.

    A few of them only: a name with hundreds that do not answer would hold a job worker for hours.
    """
    *first, last = addresses[:MOST_ADDRESSES]
    for address in first:
        with suppress(OSError):
            return socket.create_connection((str(address), port), TIMEOUT_SECONDS)
    return socket.create_connection((str(last), port), TIMEOUT_SECONDS)
