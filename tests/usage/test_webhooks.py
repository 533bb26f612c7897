"""Notices are posted signed, to the address that was checked, and with a timeout."""

import base64
import hashlib
import hmac
import json
import socket
import socketserver
import ssl
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.utils import timezone
from pytest_django.fixtures import Settings

from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tests.support.budgets import new_budget, spend, watch_all, work_off
from tests.support.factories import new_call
from tests.support.listeners import LOOPBACK, Receiver, served
from usage.errors import WebhookFailed
from usage.models import BudgetWebhook
from usage.notices import webhooks


def test_a_webhook_gets_a_signed_message_of_facts(tenant: Tenant, other_tenant: Tenant, receiver: Receiver) -> None:
    new_call(tenant)
    with tenant_scope(tenant.id):
        webhook = BudgetWebhook.objects.create(url=receiver.url)
    spend(new_budget(tenant, "10.00"), "7.50")
    spend(new_budget(other_tenant, "10.00"), "9.50")
    watch_all()
    for each in (tenant, tenant, other_tenant):  # a job that is done twice posts once
        work_off(each)
    ((_, headers, body),) = receiver.received
    assert headers["Host"] == receiver.url.split("/")[2]
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = base64.b64decode(webhooks.secret_of(webhook).removeprefix("whsec_"))
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    message = json.loads(body)
    assert message["type"] == "budget.spent_70"
    assert (message["data"]["tenant_id"], message["data"]["spent_usd"]) == (str(tenant.id), "7.5000000000")


@pytest.mark.parametrize("answer", [500, 302, 410])
def test_a_failed_post_is_repeated_and_a_redirect_is_not_followed(
    tenant: Tenant, receiver: Receiver, answer: int
) -> None:
    with tenant_scope(tenant.id):
        BudgetWebhook.objects.create(url=receiver.url)
    spend(new_budget(tenant, "10.00"), "7.50")
    watch_all()
    receiver.answers = [answer]
    with pytest.raises(WebhookFailed) as failed:
        work_off(tenant)
    assert "t0ken" not in str(failed.value)
    work_off(tenant)
    assert len(receiver.received) == 2


def test_a_path_beyond_ascii_is_posted_to(tenant: Tenant, receiver: Receiver) -> None:
    url = receiver.url.replace("/hook", "/häken")
    webhooks.post(BudgetWebhook(tenant_id=tenant.id, url=url), message_id="m", body=b"{}")
    assert len(receiver.received) == 1


def test_https_is_spoken_in_the_name_that_was_resolved(
    tenant: Tenant, receiver: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = new_certificate(tmp_path / "localhost.pem", "localhost")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    receiver.socket = context.wrap_socket(receiver.socket, server_side=True)
    port = receiver.server_address[1]

    def post(host: str) -> None:
        webhooks.post(BudgetWebhook(tenant_id=tenant.id, url=f"https://{host}:{port}/"), message_id="m", body=b"{}")

    with pytest.raises(WebhookFailed, match="SSLCertVerificationError"):
        post("localhost")  # signed by nobody we know
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with pytest.raises(WebhookFailed, match="SSLCertVerificationError"):
        post("127.0.0.1")  # not the name on the certificate
    assert receiver.received == []
    post("localhost")
    assert len(receiver.received) == 1


def new_certificate(path: Path, name: str) -> Path:
    """A self-signed certificate and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = timezone.now()
    built = x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
    built = built.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    built = built.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    signed = built.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + signed)
    return path


def test_a_name_with_hundreds_of_addresses_does_not_block_a_worker(
    tenant: Tenant, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = LOOPBACK
    tried = list[Any]()

    def refuse(address: Any, timeout: float) -> Any:
        tried.append(address)
        raise TimeoutError

    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (f"127.0.0.{last}", 80)) for last in range(1, 250)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    monkeypatch.setattr(socket, "create_connection", refuse)
    with pytest.raises(WebhookFailed):
        webhooks.post(BudgetWebhook(tenant_id=tenant.id, url="http://many.test/"), message_id="m", body=b"{}")
    assert len(tried) <= 4


def test_a_receiver_that_trickles_does_not_block_a_worker(
    tenant: Tenant, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Trickle(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):  # hung up on
                while True:
                    self.request.sendall(b"H")
                    time.sleep(0.05)

    settings.WEBHOOK_ALLOWED_NETWORKS = LOOPBACK
    monkeypatch.setattr(webhooks, "EXCHANGE_SECONDS", 0.5)
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Trickle)
    webhook = BudgetWebhook(tenant_id=tenant.id, url=f"http://127.0.0.1:{server.server_address[1]}/")
    with served(server), pytest.raises(WebhookFailed):
        webhooks.post(webhook, message_id="m", body=b"{}")
