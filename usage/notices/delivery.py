"""Deliver notices by mail to a tenant's managers, and as a signed POST to its webhook.

Notices are delivered at least once. The start of an attempt is stored on the notice before it is made, and its success
after it, so that a repeated job sends nothing and a second worker waits for the first. When a worker dies in between,
the notice is sent again after MAX_ATTEMPT under the same id, by which receivers and mail programs recognise it.
"""

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.core.mail import EmailMessage
from django.core.mail.utils import DNS_NAME
from django.db.models import Q
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _

from tenants.identifiers import uuid7
from tenants.models import Membership, Role
from tenants.scoping import current_tenant_id
from usage.budget_states import names_of_subjects
from usage.errors import DeliveryUnderWay
from usage.models import Budget, BudgetNotice, BudgetWebhook
from usage.notices import webhooks

MAX_ATTEMPT = timedelta(minutes=5)


def mail_notice(notice_id: uuid.UUID) -> None:
    """Mail a notice of the tenant in scope to its managers. Raises DeliveryUnderWay."""
    notice = _read_notice(notice_id)
    addresses = manager_addresses()
    if notice.mailed_at is not None or not addresses:
        return
    with _attempt(notice, began="mailing_since", arrived="mailed_at"):
        headers = {"Message-ID": f"<{notice.id}@{DNS_NAME}>"}
        EmailMessage(subject_of(notice), _body_of(notice), to=addresses, headers=headers).send()


def post_notice(notice_id: uuid.UUID) -> None:
    """Post a notice to the webhook of the tenant in scope, if it still has one.

    Raises DeliveryUnderWay and WebhookFailed.
    """
    notice, webhook = _read_notice(notice_id), BudgetWebhook.objects.first()
    if notice.posted_at is not None or webhook is None:
        return
    with _attempt(notice, began="posting_since", arrived="posted_at"):
        webhooks.post(webhook, message_id=str(notice.id), body=json.dumps(_facts_of(notice)).encode())


@contextmanager
def _attempt(notice: BudgetNotice, *, began: str, arrived: str) -> Iterator[None]:
    """Store the start of an attempt, and its success. A worker that dies leaves the start."""
    now, rows = timezone.now(), BudgetNotice.objects.filter(id=notice.id)
    is_free = Q(**{f"{began}__isnull": True}) | Q(**{f"{began}__lt": now - MAX_ATTEMPT})
    if not rows.filter(is_free, **{f"{arrived}__isnull": True}).update(**{began: now}):
        raise DeliveryUnderWay
    try:
        yield
    except Exception:
        rows.update(**{began: None})
        raise
    rows.update(**{began: None, arrived: timezone.now()})


def mail_test() -> None:
    """Mail a test to the managers of the tenant in scope."""
    subject = _("Test of budget notices")
    text = _("This is a test, sent by a manager. Notices about budgets will reach you at this address.")
    EmailMessage(subject, text, to=manager_addresses()).send()


def post_test(webhook: BudgetWebhook) -> None:
    """Post a test message. Raises WebhookFailed."""
    facts = {
        "type": "budget.test",
        "timestamp": timezone.now().isoformat(),
        "data": {"tenant_id": str(current_tenant_id())},
    }
    webhooks.post(webhook, message_id=str(uuid7()), body=json.dumps(facts).encode())


def manager_addresses() -> list[str]:
    """Return the mail addresses of the managers of the tenant in scope."""
    managers = Membership.objects.filter(role=Role.TENANT_MANAGER, user__is_active=True).exclude(user__email="")
    return sorted(set(managers.values_list("user__email", flat=True)))


def subject_of(notice: BudgetNotice) -> str:
    """Return the subject on one line, even if the tenant's name has several."""
    subject = _("Budget of %(tenant)s: %(reason)s") % {
        "tenant": notice.tenant.name,
        "reason": notice.get_reason_display(),
    }
    return " ".join(subject.split())


def _body_of(notice: BudgetNotice) -> str:
    budget = notice.period.budget
    facts = {"notice": notice, "budget": budget, "subject_name": _subject_name(budget)}
    return render_to_string("usage/budget_notice.txt", facts)


def _subject_name(budget: Budget) -> str:
    """Return the name on one line, even if a key's name has several."""
    return " ".join(names_of_subjects([budget])[budget.id].split())


def _facts_of(notice: BudgetNotice) -> dict[str, Any]:
    budget = notice.period.budget
    return {
        "type": f"budget.{notice.reason}",
        "timestamp": notice.created_at.isoformat(),
        "data": {
            "tenant_id": str(notice.tenant_id),
            "budget_id": str(budget.id),
            "subject": budget.subject,
            "subject_value": budget.subject_value,
            "subject_name": _subject_name(budget),
            "period": budget.span,
            "period_start": notice.period.starts_on.isoformat(),
            "limit_usd": str(budget.limit_usd),
            "spent_usd": str(notice.spent_usd),
        },
    }


def _read_notice(notice_id: uuid.UUID) -> BudgetNotice:
    notice: BudgetNotice = BudgetNotice.objects.select_related("tenant", "period__budget").get(id=notice_id)
    return notice
