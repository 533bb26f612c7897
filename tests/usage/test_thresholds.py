"""People are notified about a budget once for each reason and period, whatever runs at the same time."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from pytest_django.fixtures import Settings

from tenants.models import Role, Tenant
from tenants.scoping import tenant_scope
from tests.support.budgets import jobs_of, new_budget, open_row, spend, told, watch_all, work_off
from tests.support.listeners import Mailbox, Receiver
from tests.support.people import new_person
from usage.errors import BudgetExceeded
from usage.models import BudgetWebhook, NoticeReason
from usage.notices import thresholds


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


def test_a_budget_that_passes_several_thresholds_makes_one_delivery(tenant: Tenant, mailbox: Mailbox) -> None:
    new_person((tenant, Role.TENANT_MANAGER))
    spend(new_budget(tenant, "10.00"), "9.50")
    watch_all()
    work_off(tenant)
    assert told(tenant) == ["spent_70", "spent_90"]
    assert len(mailbox.mails) == 1


def test_a_threshold_that_many_workers_see_makes_one_notice(
    tenant: Tenant, other_tenant: Tenant, mailbox: Mailbox
) -> None:
    new_person((tenant, Role.TENANT_MANAGER))
    period = spend(new_budget(tenant, "10.00"), "7.50")
    together = threading.Barrier(8)

    def tell(number: int) -> int:
        together.wait()
        try:
            return len(thresholds.notify(period, [NoticeReason.SPENT_70]))
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
    ("stops_at", "reason"), [(50, "normal_stopped"), (100, "spent_100")], ids=["reserved for others", "all spent"]
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


def test_without_a_mail_server_and_a_webhook_the_notice_is_only_stored(tenant: Tenant, settings: Settings) -> None:
    settings.SENDS_MAIL = False
    spend(new_budget(tenant, "10.00"), "7.50")
    watch_all()
    assert told(tenant) == ["spent_70"]
    assert jobs_of(tenant) == []
