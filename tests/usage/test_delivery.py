"""Notices arrive at least once, whatever happens to the workers that deliver them."""

import json
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import Settings

from tenants.models import Role, Tenant
from tenants.scoping import tenant_scope
from tests.support.budgets import new_budget, new_webhook, spend, told, watch_all, work_off
from tests.support.factories import new_named_key
from tests.support.listeners import LOOPBACK, Mailbox, Receiver
from tests.support.people import new_person, pages_for
from tests.support.worker import Worker
from usage.errors import DeliveryUnderWay, WebhookFailed
from usage.models import BudgetNotice, BudgetSubject, BudgetWebhook
from usage.notices import delivery


@pytest.fixture
def notice(tenant: Tenant) -> BudgetNotice:
    new_person((tenant, Role.TENANT_MANAGER))
    spend(new_budget(tenant, "10.00"), "7.50")
    watch_all()
    with tenant_scope(tenant.id):
        found: BudgetNotice = BudgetNotice.objects.get()
    return found


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


def test_a_notice_of_a_dead_worker_is_sent_again_under_the_same_id(
    tenant: Tenant,
    notice: BudgetNotice,
    mailbox: Mailbox,
) -> None:
    with tenant_scope(tenant.id):
        for _ in range(2):
            delivery.mail_notice(notice.id)
            long_ago = timezone.now() - delivery.MAX_ATTEMPT - timedelta(seconds=1)
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


def test_a_failed_attempt_does_not_delay_the_next(tenant: Tenant, receiver: Receiver) -> None:
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


def test_a_notice_about_a_key_has_its_name(
    tenant: Tenant, other_tenant: Tenant, mailbox: Mailbox, receiver: Receiver
) -> None:
    """The webhook's data have the id for programs; a deleted key has no other name."""
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
    assert "Applies to: One API key Field office, north" in of_key
    assert str(key.id) not in of_key
    assert "Applies to: One API key " in of_gone
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
