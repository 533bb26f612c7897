"""The message at the end of a batch: one signed POST, repeated until the receiver takes it, for a day."""

import json
import uuid
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.db import connection
from django.utils import timezone
from procrastinate import BaseRetryStrategy, RetryDecision
from procrastinate.jobs import Job
from rest_framework.utils.encoders import JSONEncoder

from feedback.batches.models import Batch
from tenants.outgoing.addresses import ChosenBy, allowed_addresses, normalise_address
from tenants.outgoing.errors import AddressRefused
from usage.notices.webhooks import post_signed, secret_for

__all__ = ["AddressRefused", "UntilDelivered", "checked_address", "post", "secret_of"]

PURPOSE = "feedback.batches"
FIRST_WAIT_SECONDS, MAX_WAIT_SECONDS = 5, 3_600
GIVES_UP_AFTER = timedelta(hours=24)


def secret_of(batch: Batch) -> str:
    """Return the signing secret, which is derived from SECRET_KEY and the batch's id and stored nowhere."""
    return secret_for(PURPOSE, batch.id)


def checked_address(url: str) -> str:
    """Return the address as a request needs it. Raises AddressRefused for one that is not allowed.

    Other names are resolved, and their addresses checked, before every delivery.
    """
    address = normalise_address(url)
    host = (urlsplit(address).hostname or "").rstrip(".")
    if host == "localhost" or host.endswith(".localhost"):
        allowed_addresses("127.0.0.1", 0, is_secure=address.startswith("https"), chosen_by=ChosenBy.TENANT)
    return address


def wait_seconds(attempts: int) -> int:
    """Return the pause after so many attempts: 5 seconds, doubling, up to an hour."""
    return int(min(FIRST_WAIT_SECONDS * 2 ** min(attempts, 20), MAX_WAIT_SECONDS))


class UntilDelivered(BaseRetryStrategy):
    """Repeats a delivery after 5, 10, 20, ... seconds, then every hour, for a day."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        waited = sum(wait_seconds(attempt) for attempt in range(job.attempts))
        if waited >= GIVES_UP_AFTER.total_seconds() or not isinstance(exception, Exception):
            return None
        return RetryDecision(retry_in={"seconds": wait_seconds(job.attempts)})


def post(batch: Batch, facts: dict[str, Any]) -> None:
    """Post the message of an ended batch of the tenant in scope. Raises WebhookFailed, WebhookRefused.

    The message's id is that of the batch's end, by which a receiver recognises a repetition.
    """
    message = {"type": "batch.finished", "timestamp": timezone.now(), "data": facts}
    body = json.dumps(message, ensure_ascii=False, cls=JSONEncoder).encode()
    connection.close()  # returned to the pool: the receiver may be slow
    post_signed(batch.webhook_url, secret=secret_of(batch), message_id=message_id(batch), body=body)
    Batch.objects.filter(id=batch.id).update(webhook_delivered_at=timezone.now())


def message_id(batch: Batch) -> str:
    """Return the same id for every delivery of the same end of a batch, which can end again after a retry."""
    return str(uuid.uuid5(batch.id, str(batch.finished_at)))
