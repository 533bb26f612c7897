"""Managers send tests to their webhook and by mail: once a minute, audited, with the outcome in plain words."""

import json
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections
from django.urls import reverse
from pytest_django.fixtures import Settings

from tenants.errors import Conflict
from tenants.models import AuditEvent, Role, Tenant
from tenants.scoping import tenant_scope
from tests.support.budgets import new_webhook
from tests.support.listeners import Mailbox, Receiver
from tests.support.people import new_person, new_platform_admin, pages_for
from usage.notices import test_messages


def acts_of(tenant: Tenant) -> list[tuple[str, str, dict[str, Any]]]:
    with tenant_scope(tenant.id):
        found = AuditEvent.objects.filter(action__contains="test").order_by("sequence")
        return list(found.values_list("action", "result", "metadata"))


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


def test_tests_sent_at_the_same_time_are_one(tenant: Tenant, receiver: Receiver) -> None:
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


def test_a_test_that_was_refused_says_so(tenant: Tenant, nobody_listens: str) -> None:
    webhook = new_webhook(tenant, nobody_listens)
    with tenant_scope(tenant.id):
        assert test_messages.try_webhook(webhook, actor_id="user:test") == "The receiver refused the connection."


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
