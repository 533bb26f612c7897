"""Test messages that managers send to their webhook and by mail, once a minute, audited.

Of a receiver's answer only the status is shown: otherwise the platform could be used to read other servers.
"""

import uuid
from collections.abc import Callable
from datetime import timedelta
from smtplib import SMTPException

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tenants.audit import record_event
from tenants.errors import Conflict
from tenants.models import AuditEvent
from tenants.scoping import current_tenant_id
from usage.errors import WebhookFailed, WebhookRefused
from usage.models import BudgetWebhook
from usage.notices import delivery

PAUSE = timedelta(minutes=1)
REQUESTED, TESTED = "test_asked", "tested"


def try_webhook(webhook: BudgetWebhook, *, actor_id: str) -> str | None:
    """Post a test to the webhook of the tenant in scope; return why it failed, or None.

    Raises Conflict when one was sent less than a minute ago.
    """
    return _try("budgetwebhook", webhook.id, actor_id, lambda: delivery.post_test(webhook))


def try_mail(*, actor_id: str) -> str | None:
    """Mail a test to the managers of the tenant in scope; return why it failed, or None. Raises Conflict."""
    return _try("budgetmail", current_tenant_id(), actor_id, delivery.mail_test)


def _try(kind: str, resource_id: uuid.UUID, actor_id: str, send: Callable[[], None]) -> str | None:
    _claim(kind, resource_id, actor_id)
    if not connection.in_atomic_block:
        connection.close()  # returned to the pool, because sending may take a minute
    try:
        send()
    except (WebhookFailed, SMTPException, OSError) as error:
        cause = str(error) if type(error) is WebhookFailed else type(error).__name__
        _record(kind, resource_id, actor_id, TESTED, cause)
        return _explanation(error)
    _record(kind, resource_id, actor_id, TESTED)
    return None


def _claim(kind: str, resource_id: uuid.UUID, actor_id: str) -> None:
    """Record the request for a test. The audit log's chain lets one in at a time. Raises Conflict."""
    with transaction.atomic():
        _record(kind, resource_id, actor_id, REQUESTED)
        recent = AuditEvent.objects.filter(
            resource_id=str(resource_id), action=f"{kind}.{REQUESTED}", timestamp__gt=timezone.now() - PAUSE
        )
        if recent.count() > 1:
            raise Conflict(_("A test was sent less than a minute ago."))


def _record(kind: str, resource_id: uuid.UUID, actor_id: str, act: str, cause: str = "") -> None:
    record_event(
        tenant_id=current_tenant_id(),
        actor_id=actor_id,
        action=f"{kind}.{act}",
        resource_type=kind,
        resource_id=resource_id,
        result="failed" if cause else "ok",
        metadata={"cause": cause} if cause else {},
    )


def _explanation(error: Exception) -> str:
    """Return the reason of a failed test, for people."""
    if isinstance(error, WebhookRefused):
        return error.cause
    if isinstance(error, WebhookFailed) and error.status is not None:
        return _("The receiver answered with status %(status)s.") % {"status": error.status}
    cause = error.cause if isinstance(error, WebhookFailed) else type(error).__name__
    known = {
        "gaierror": _("The receiver's host name was not found."),
        "TimeoutError": _("The receiver did not answer in time."),
        "ConnectionRefusedError": _("The receiver refused the connection."),
        "SSLCertVerificationError": _("The receiver's certificate is not trusted for its host name."),
        "SMTPRecipientsRefused": _("The mail server refused the addresses."),
    }
    return known.get(cause, _("The test failed: %(cause)s.") % {"cause": cause})
