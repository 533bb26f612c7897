"""Where notices may go, what happens when a worker dies with one, and the tests that managers send."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import Settings

from tenants.errors import Conflict
from tenants.models import AuditEvent, Role, Tenant
from tenants.scoping import tenant_scope
from tests.support.budgets import new_budget, spend, watch_all, work_off
from tests.support.listeners import Mailbox, Receiver
from tests.support.people import new_person, new_platform_admin, pages_for
from usage.errors import DeliveryUnderWay, WebhookFailed, WebhookRefused
from usage.models import BudgetNotice, BudgetWebhook
from usage.notices import addresses, delivery, test_messages, webhooks

WEBHOOK_FORM = reverse("admin:usage_budgetwebhook_add")


def new_webhook(tenant: Tenant, url: str) -> BudgetWebhook:
    with tenant_scope(tenant.id):
        webhook: BudgetWebhook = BudgetWebhook.objects.create(url=url)
    return webhook


def acts_of(tenant: Tenant) -> list[tuple[str, str, dict[str, Any]]]:
    with tenant_scope(tenant.id):
        found = AuditEvent.objects.filter(action__contains="test").order_by("sequence")
        return list(found.values_list("action", "result", "metadata"))


@pytest.fixture
def notice(tenant: Tenant) -> BudgetNotice:
    new_person((tenant, Role.TENANT_MANAGER))
    spend(new_budget(tenant, "10.00"), "7.50")
    watch_all()
    with tenant_scope(tenant.id):
        found: BudgetNotice = BudgetNotice.objects.get()
    return found


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("https://exämple.org/häken?tür=1#x", "https://xn--exmple-cua.org/h%C3%A4ken?t%C3%BCr=1"),
        ("https://مثال.إختبار/", "https://xn--mgbh0fb.xn--kgbechtv/"),
        ("https://example.org", "https://example.org/"),
        ("https://example.org:8443/hook%20a", "https://example.org:8443/hook%20a"),
    ],
)
def test_an_address_is_kept_as_a_request_can_hold_it(tenant: Tenant, typed: str, kept: str) -> None:
    client = pages_for(new_person((tenant, Role.TENANT_MANAGER)))
    assert client.post(WEBHOOK_FORM, {"url": typed}).status_code == 200  # the secret is shown
    with tenant_scope(tenant.id):
        assert BudgetWebhook.objects.get().url == kept


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("https://example.org:0/", "The port is a number from 1 to 65535."),
        ("https://example.org:99999/", "The port is a number from 1 to 65535."),
        ("https://me:secret@example.org/", "without a user name"),
        ("https://token@example.org/", "without a user name"),
        ("http://example.org/", "Give an https address"),
        ("https://10.0.0.1/", "Only public addresses are posted to."),
        ("https://[::1]/", "Only public addresses are posted to."),
        ("https://example.org/" + "ä" * 100, "longer than 500 characters"),
        ("https://example.org/a b", "Enter a valid URL."),
        ("https://exam\u2025ple.org/", "Enter a valid URL."),
    ],
)
def test_an_address_that_cannot_be_posted_to_is_refused_at_its_field(
    tenant: Tenant, settings: Settings, typed: str, problem: str
) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = []
    client = pages_for(new_person((tenant, Role.TENANT_MANAGER)))
    form = client.post(WEBHOOK_FORM, {"url": typed}).context["adminform"].form
    assert problem in str(form.errors["url"])
    with tenant_scope(tenant.id):
        assert not BudgetWebhook.objects.exists()


@pytest.mark.parametrize("url", ["https://[::1", "https://" + "a" * 64 + ".org/", "https://a..b/", "https:///x"])
def test_what_is_no_address_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(WebhookRefused) as refused:
        addresses.as_written(url)
    assert url not in str(refused.value)


def test_a_path_beyond_ascii_is_posted_to(tenant: Tenant, receiver: Receiver) -> None:
    url = receiver.url.replace("/hook", "/häken")
    webhooks.post(BudgetWebhook(tenant_id=tenant.id, url=url), message_id="m", body=b"{}")
    assert len(receiver.received) == 1


def test_a_slow_server_of_names_does_not_hold_a_worker(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    released = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: released.wait(20) or [])
    monkeypatch.setattr(addresses, "RESOLVE_SECONDS", 0.2)
    began = time.monotonic()
    with pytest.raises(WebhookFailed, match="TimeoutError"):
        webhooks.post(BudgetWebhook(tenant_id=tenant.id, url="https://slow.test/"), message_id="m", body=b"{}")
    released.set()
    assert time.monotonic() - began < 5


def test_a_second_worker_waits_for_the_first(
    tenant: Tenant,
    other_tenant: Tenant,
    notice: BudgetNotice,
    mailbox: Mailbox,
) -> None:
    with tenant_scope(tenant.id):
        BudgetNotice.objects.update(mailing_since=timezone.now())
        with pytest.raises(DeliveryUnderWay):
            delivery.mail_notice(notice.id)
    with tenant_scope(other_tenant.id), pytest.raises(BudgetNotice.DoesNotExist):
        delivery.mail_notice(notice.id)
    assert mailbox.mails == []


def test_what_a_dead_worker_may_have_sent_is_sent_again_under_the_same_id(
    tenant: Tenant,
    notice: BudgetNotice,
    mailbox: Mailbox,
) -> None:
    with tenant_scope(tenant.id):
        for _ in range(2):
            delivery.mail_notice(notice.id)
            long_ago = timezone.now() - delivery.LONGEST_ATTEMPT - timedelta(seconds=1)
            BudgetNotice.objects.update(mailing_since=long_ago, mailed_at=None)  # as if it had died before noting it
        delivery.mail_notice(notice.id)
        delivery.mail_notice(notice.id)
    assert len(mailbox.mails) == 3
    assert len({mail["Message-ID"] for _, mail in mailbox.mails}) == 1


def test_many_workers_send_one_mail(tenant: Tenant, notice: BudgetNotice, mailbox: Mailbox) -> None:
    together = threading.Barrier(4)

    def send(number: int) -> None:
        together.wait()
        try:
            with tenant_scope(tenant.id):
                delivery.mail_notice(notice.id)
        except DeliveryUnderWay:
            pass
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(send, range(4)))
    assert len(mailbox.mails) == 1


def test_an_attempt_that_failed_holds_up_no_other(tenant: Tenant, receiver: Receiver) -> None:
    new_webhook(tenant, receiver.url)
    spend(new_budget(tenant, "10.00"), "7.50")
    watch_all()
    receiver.answers = [500]
    with pytest.raises(WebhookFailed):
        work_off(tenant)
    work_off(tenant)
    with tenant_scope(tenant.id):
        sent = BudgetNotice.objects.get()
    assert (sent.posting_since, len(receiver.received)) == (None, 2)
    assert sent.posted_at is not None


def test_a_manager_tests_the_webhook_once_a_minute_and_reads_no_answer(
    tenant: Tenant,
    other_tenant: Tenant,
    receiver: Receiver,
) -> None:
    webhook = new_webhook(tenant, receiver.url)
    client = pages_for(new_person((tenant, Role.TENANT_MANAGER)))
    address = reverse("admin:usage_budgetwebhook_test", args=[webhook.id])
    assert address in client.get(reverse("admin:usage_budgetwebhook_change", args=[webhook.id])).content.decode()
    assert client.get(address).status_code == 200
    assert receiver.received == []
    receiver.answers = [418]
    told = client.post(address, follow=True).content.decode()
    assert "The receiver answered with status 418." in told
    ((*_, body),) = receiver.received
    assert (json.loads(body)["type"], json.loads(body)["data"]) == ("budget.test", {"tenant_id": str(tenant.id)})
    assert "less than a minute ago" in client.post(address).content.decode()
    assert len(receiver.received) == 1
    assert acts_of(tenant) == [
        ("budgetwebhook.test_asked", "ok", {}),
        ("budgetwebhook.tested", "failed", {"cause": "status 418"}),
    ]
    assert "t0ken" not in str(acts_of(tenant))
    for stranger in ((other_tenant, Role.TENANT_MANAGER), (tenant, Role.ANALYST)):
        assert pages_for(new_person(stranger)).post(address).status_code == 404
    assert acts_of(other_tenant) == []


def test_tests_sent_at_once_are_one(tenant: Tenant, receiver: Receiver) -> None:
    webhook = new_webhook(tenant, receiver.url)
    together = threading.Barrier(4)

    def send(number: int) -> int:
        together.wait()
        try:
            with tenant_scope(tenant.id):
                test_messages.try_webhook(webhook, actor_id="user:test")
        except Conflict:
            return 0
        finally:
            connections.close_all()
        return 1

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(send, range(4))) == 1
    assert len(receiver.received) == 1


@pytest.fixture
def nobody_listens(settings: Settings) -> Iterator[str]:
    settings.WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # bound, and not listened at
        yield f"http://127.0.0.1:{held.getsockname()[1]}/"


def test_a_test_that_nobody_took_says_so(tenant: Tenant, nobody_listens: str) -> None:
    webhook = new_webhook(tenant, nobody_listens)
    with tenant_scope(tenant.id):
        assert test_messages.try_webhook(webhook, actor_id="user:test") == "Nothing listens at the receiver's address."


def test_a_manager_tests_mail_to_those_who_would_get_it(
    tenant: Tenant,
    other_tenant: Tenant,
    mailbox: Mailbox,
) -> None:
    manager = new_person((tenant, Role.TENANT_MANAGER))
    new_person((other_tenant, Role.TENANT_MANAGER))
    client, address = pages_for(manager), reverse("admin:usage_budgetnotice_test")
    assert address in client.get(reverse("admin:usage_budgetnotice_changelist")).content.decode()
    assert manager.email in client.get(address).content.decode()
    assert "The test was sent." in client.post(address, follow=True).content.decode()
    assert "less than a minute ago" in client.post(address).content.decode()
    ((recipients, mail),) = mailbox.mails
    assert (recipients, mail["Subject"]) == ([manager.email], "Test of budget notices")
    assert [act[:2] for act in acts_of(tenant)] == [("budgetmail.test_asked", "ok"), ("budgetmail.tested", "ok")]
    analyst = pages_for(new_person((tenant, Role.ANALYST)))
    assert analyst.post(address).status_code == 403
    assert pages_for(new_platform_admin()).post(address).status_code == 302  # to choose a tenant


def test_a_server_without_mail_says_so(tenant: Tenant, settings: Settings) -> None:
    settings.SENDS_MAIL = False
    client = pages_for(new_person((tenant, Role.TENANT_MANAGER)))
    told = client.post(reverse("admin:usage_budgetnotice_test"), follow=True).content.decode()
    assert "EMAIL_URL is not set" in told
    assert acts_of(tenant) == []
