"""Notices about budgets reach the managers and the webhook of one tenant, once, whatever runs at once."""

import base64
import hashlib
import hmac
import json
import socket
import socketserver
import ssl
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.db import connections
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import Settings

from tenants.models import Role, Tenant
from tenants.scoping import tenant_scope
from tests.support.budgets import jobs_of, new_budget, open_row, spend, watch_all, work_off
from tests.support.factories import new_call, new_named_key
from tests.support.listeners import LOOPBACK, Mailbox, Receiver, served
from tests.support.people import new_person, new_platform_admin, pages_for
from tests.support.worker import Worker
from usage.checks import check_webhook_networks
from usage.errors import BudgetExceeded, WebhookFailed, WebhookRefused
from usage.models import BudgetNotice, BudgetSubject, BudgetWebhook, NoticeReason, Rank
from usage.notices import addresses, thresholds, webhooks


def told(tenant: Tenant) -> list[str]:
    with tenant_scope(tenant.id):
        return sorted(BudgetNotice.objects.values_list("reason", flat=True))


def test_managers_are_mailed_once_for_each_threshold(tenant: Tenant, other_tenant: Tenant, mailbox: Mailbox) -> None:
    manager = new_person((tenant, Role.TENANT_MANAGER))
    new_person((tenant, Role.ANALYST))
    new_person((other_tenant, Role.TENANT_MANAGER))
    budget = new_budget(tenant, "10.00")
    new_budget(other_tenant, "10.00")
    for amount, expected in (("6.99", 0), ("7.00", 1), ("7.50", 1), ("9.10", 2), ("10.00", 3)):
        spend(budget, amount)
        for _ in range(2):
            watch_all()
        work_off(tenant)
        assert len(mailbox.mails) == expected, amount
    assert [recipients for recipients, _ in mailbox.mails] == [[manager.email]] * 3
    subject = str(mailbox.mails[1][1]["Subject"])
    assert tenant.name in subject
    assert "Spending reached 90 %" in subject
    assert "9.10 of 10.00 US dollars" in mailbox.texts()[1]
    assert told(other_tenant) == []


def test_a_budget_that_jumps_is_told_of_once(tenant: Tenant, mailbox: Mailbox) -> None:
    new_person((tenant, Role.TENANT_MANAGER))
    spend(new_budget(tenant, "10.00"), "9.50")
    watch_all()
    work_off(tenant)
    assert told(tenant) == ["spent_70", "spent_90"]
    assert len(mailbox.mails) == 1


def test_many_at_once_tell_once(tenant: Tenant, other_tenant: Tenant, mailbox: Mailbox) -> None:
    new_person((tenant, Role.TENANT_MANAGER))
    period = spend(new_budget(tenant, "10.00"), "7.50")
    together = threading.Barrier(8)

    def tell(number: int) -> int:
        together.wait()
        try:
            return len(thresholds.tell(period, [NoticeReason.SPENT_70]))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(tell, range(8))) == 1
    assert len(jobs_of(tenant)) == 1
    assert jobs_of(other_tenant) == []


def test_jobs_carry_ids_only(tenant: Tenant, mailbox: Mailbox, receiver: Receiver) -> None:
    with tenant_scope(tenant.id):
        BudgetWebhook.objects.create(url=receiver.url)
    spend(new_budget(tenant, "10.00"), "7.50")
    watch_all()
    jobs = jobs_of(tenant)
    assert [name for name, _ in jobs] == [thresholds.MAIL_JOB, thresholds.POST_JOB]
    for _, arguments in jobs:
        assert set(arguments) == {"tenant_id", "notice_id"}
        for value in arguments.values():
            uuid.UUID(value)


@pytest.mark.parametrize(
    ("stops_at", "reason"), [(50, "normal_stopped"), (100, "spent_100")], ids=["kept for others", "all spent"]
)
def test_a_refused_call_tells_that_calls_are_refused(
    tenant: Tenant,
    model: str,
    mailbox: Mailbox,
    stops_at: int,
    reason: str,
) -> None:
    new_person((tenant, Role.TENANT_MANAGER))
    new_budget(tenant, "0.05", low_stops_at=0, normal_stops_at=stops_at)
    with tenant_scope(tenant.id):
        for _ in range(3):
            with pytest.raises(BudgetExceeded):
                open_row(model)
    work_off(tenant)
    assert told(tenant) == [reason]
    assert len(mailbox.mails) == 1


def test_without_a_mail_server_and_a_webhook_the_notice_is_only_kept(tenant: Tenant, settings: Settings) -> None:
    settings.SENDS_MAIL = False
    spend(new_budget(tenant, "10.00"), "7.50")
    watch_all()
    assert told(tenant) == ["spent_70"]
    assert jobs_of(tenant) == []


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


def test_a_budget_on_a_key_is_told_of_by_the_keys_name(
    tenant: Tenant, other_tenant: Tenant, mailbox: Mailbox, receiver: Receiver
) -> None:
    """The webhook's data keep the id, for programs; a key that is gone has nothing else left."""
    new_person((tenant, Role.TENANT_MANAGER))
    with tenant_scope(tenant.id):
        key = new_named_key(tenant, "Field office,\nnorth")
        BudgetWebhook.objects.create(url=receiver.url)
    new_named_key(other_tenant, "Field office, south")
    spend(new_budget(tenant, "10.00", subject=BudgetSubject.API_KEY, subject_value=str(key.id)), "7.50")
    spend(new_budget(tenant, "10.00", subject=BudgetSubject.API_KEY, subject_value=str(uuid.uuid4())), "9.50")
    watch_all()
    work_off(tenant)
    of_key, of_gone = sorted(mailbox.texts(), key=lambda text: "9.50" in text)
    assert "What it limits: One API key Field office, north" in of_key
    assert str(key.id) not in of_key
    assert "What it limits: One API key " in of_gone
    told = {data["spent_usd"]: data for data in (json.loads(body)["data"] for *_, body in receiver.received)}
    named = told["7.5000000000"]
    assert (named["subject_value"], named["subject_name"]) == (str(key.id), "Field office, north")
    gone = told["9.5000000000"]
    assert gone["subject_name"] == gone["subject_value"]
    client = pages_for(new_person((tenant, Role.TENANT_MANAGER)))
    listed = client.get(reverse("admin:usage_budgetnotice_changelist")).content.decode()
    assert "One API key Field office" in listed
    assert str(key.id) not in listed


def test_a_real_worker_delivers_both_ways(
    tenant: Tenant,
    other_tenant: Tenant,
    mailbox: Mailbox,
    receiver: Receiver,
    settings: Settings,
    process_environment: dict[str, str],
) -> None:
    manager = new_person((tenant, Role.TENANT_MANAGER))
    with tenant_scope(tenant.id):
        BudgetWebhook.objects.create(url=receiver.url)
    spend(new_budget(tenant, "10.00"), "7.50")
    watch_all()
    mail_url = f"smtp://127.0.0.1:{settings.EMAIL_PORT}"
    Worker(process_environment | {"EMAIL_URL": mail_url, "WEBHOOK_ALLOWED_NETWORKS": LOOPBACK[0]})()
    assert [manager.email] in [recipients for recipients, _ in mailbox.mails]
    assert [json.loads(body)["data"]["tenant_id"] for *_, body in receiver.received] == [str(tenant.id)]
    with tenant_scope(tenant.id):
        notice = BudgetNotice.objects.get()
    assert notice.mailed_at is not None
    assert notice.posted_at is not None
    assert told(other_tenant) == []


@pytest.mark.parametrize("answer", [500, 302, 410])
def test_what_is_not_taken_is_tried_again_and_a_redirect_is_not_followed(
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


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/",
        "https://localhost/",
        "http://127.0.0.1:1/",
        "https://10.0.0.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://[64:ff9b::a00:1]/",
        "https://[64:ff9b:1::a00:1]/",
        "https://[::10.0.0.1]/",
        "https://[::ffff:0:10.0.0.1]/",
        "https://[fec0::1]/",
        "https://0.0.0.0/",
        "ftp://127.0.0.1/",
    ],
)
def test_nothing_is_posted_to_addresses_that_are_not_public(tenant: Tenant, settings: Settings, url: str) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = []
    with pytest.raises(WebhookRefused):
        webhooks.post(BudgetWebhook(tenant_id=tenant.id, url=url), message_id="m", body=b"{}")


@pytest.mark.parametrize("address", ["2a00:1450::1", "64:ff9b::8.8.8.8"])
def test_public_addresses_are_posted_to(address: str) -> None:
    assert addresses.allowed_addresses(address, 443, is_secure=True)


def test_platform_staff_change_one_tenants_webhook_among_many(tenant: Tenant, other_tenant: Tenant) -> None:
    for each in (tenant, other_tenant):
        with tenant_scope(each.id):
            webhook = BudgetWebhook.objects.create(url="https://example.org/hook")
    address = reverse("admin:usage_budgetwebhook_change", args=[webhook.id])
    assert pages_for(new_platform_admin()).post(address, {"url": "https://example.org/new"}).status_code == 302


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


def test_a_name_with_hundreds_of_addresses_does_not_hold_a_worker(
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


def test_a_receiver_that_trickles_does_not_hold_a_worker(
    tenant: Tenant, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Trickle(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):  # hung up on
                while True:
                    self.request.sendall(b"H")
                    time.sleep(0.05)

    settings.WEBHOOK_ALLOWED_NETWORKS = LOOPBACK
    monkeypatch.setattr(webhooks, "WHOLE_SECONDS", 0.5)
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Trickle)
    webhook = BudgetWebhook(tenant_id=tenant.id, url=f"http://127.0.0.1:{server.server_address[1]}/")
    with served(server), pytest.raises(WebhookFailed):
        webhooks.post(webhook, message_id="m", body=b"{}")


def test_a_manager_sets_a_webhook_and_reads_its_secret_and_nobody_elses(tenant: Tenant, other_tenant: Tenant) -> None:
    client = pages_for(new_person((tenant, Role.TENANT_MANAGER)))
    wrong = client.post(reverse("admin:usage_budgetwebhook_add"), {"url": "http://example.org/hook"})
    assert "Give an https address" in wrong.content.decode()
    shown = client.post(reverse("admin:usage_budgetwebhook_add"), {"url": "https://example.org/hook"})
    with tenant_scope(tenant.id):
        webhook = BudgetWebhook.objects.get()
    assert webhooks.secret_of(webhook) in shown.content.decode().replace("&#x3D;", "=")
    assert "no-store" in shown["Cache-Control"]
    again = client.post(reverse("admin:usage_budgetwebhook_add"), {"url": "https://example.org/other"})
    assert "There is a webhook already" in again.content.decode()
    address = reverse("admin:usage_budgetwebhook_secret", args=[webhook.id])
    assert client.get(address).status_code == 200
    assert pages_for(new_person((other_tenant, Role.TENANT_MANAGER))).get(address).status_code == 404
    analyst = pages_for(new_person((tenant, Role.ANALYST)))
    assert analyst.get(address).status_code == 404
    changed = reverse("admin:usage_budgetwebhook_change", args=[webhook.id])
    for seen in (changed, reverse("admin:usage_budgetwebhook_changelist"), reverse("admin:index")):
        assert "example.org/hook" in client.get(changed).content.decode()
        assert "example.org/hook" not in analyst.get(seen).content.decode()
    assert analyst.get(changed).status_code == 403


def test_a_manager_ranks_operations_and_detection_is_not_offered(tenant: Tenant) -> None:
    client = pages_for(new_person((tenant, Role.TENANT_MANAGER)))
    address = reverse("admin:usage_operationrank_add")
    assert 'value="detect_sensitive"' not in client.get(address).content.decode()
    assert client.post(address, {"operation": "summarize", "rank": Rank.LOW}).status_code == 302
    refused = client.post(address, {"operation": "detect_sensitive", "rank": Rank.LOW})
    assert "Select a valid choice" in refused.content.decode()
    again = client.post(address, {"operation": "summarize", "rank": Rank.LOW})
    assert "has a rank already" in again.content.decode()


def test_a_network_that_is_none_is_said_at_start(settings: Settings) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = ["10.20.0.0/16", "10.20.0.1/16"]
    (found,) = check_webhook_networks(None)
    assert "10.20.0.1/16" in found.msg
