"""Notices on their way: by mail to a tenant's managers, and as a signed POST to its webhook.

Both are tried again by the job queue. What has arrived is noted on the notice, so that a repeated job sends nothing.
"""

import json
import uuid
from typing import Any

from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _

from tenants.models import Membership, Role
from usage import webhooks
from usage.models import BudgetNotice, BudgetWebhook


def mail_notice(notice_id: uuid.UUID) -> None:
    """Mail a notice of the tenant in scope to those who manage it."""
    notice = _find(notice_id)
    addresses = manager_addresses()
    if notice.mailed_at is not None or not addresses:
        return
    EmailMessage(subject_of(notice), _body_of(notice), to=addresses).send()
    BudgetNotice.objects.filter(id=notice.id).update(mailed_at=timezone.now())


def post_notice(notice_id: uuid.UUID) -> None:
    """Post a notice to the webhook of the tenant in scope, if it still has one. Raises WebhookFailed."""
    notice, webhook = _find(notice_id), BudgetWebhook.objects.first()
    if notice.posted_at is not None or webhook is None:
        return
    webhooks.post(webhook, message_id=str(notice.id), body=json.dumps(_facts_of(notice)).encode())
    BudgetNotice.objects.filter(id=notice.id).update(posted_at=timezone.now())


def manager_addresses() -> list[str]:
    """Return the mail addresses of who manages the tenant in scope."""
    managers = Membership.objects.filter(role=Role.TENANT_MANAGER, user__is_active=True).exclude(user__email="")
    return sorted(set(managers.values_list("user__email", flat=True)))


def subject_of(notice: BudgetNotice) -> str:
    """One line, whatever a tenant is called."""
    subject = _("Budget of %(tenant)s: %(reason)s") % {
        "tenant": notice.tenant.name,
        "reason": notice.get_reason_display(),
    }
    return " ".join(subject.split())


def _body_of(notice: BudgetNotice) -> str:
    return render_to_string("usage/budget_notice.txt", {"notice": notice, "budget": notice.period.budget})


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
            "period": budget.span,
            "period_start": notice.period.starts_on.isoformat(),
            "limit_usd": str(budget.limit_usd),
            "spent_usd": str(notice.spent_usd),
        },
    }


def _find(notice_id: uuid.UUID) -> BudgetNotice:
    found: BudgetNotice = BudgetNotice.objects.select_related("tenant", "period__budget").get(id=notice_id)
    return found
