"""Refused requests, kept for an administrator to see: the CRM shows no error when a request of its fails."""

import logging
import re
import uuid
from datetime import timedelta

from django.db import DatabaseError
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from tenants.models import RefusedRequest
from tenants.registry import metadata_names
from tenants.scoping import tenant_scope

KEPT_DAYS = 30
READ_THE_FIELD = gettext_lazy("The field named here is missing or not of the right form. See the API documentation.")
ADVICE: dict[str, str | Promise] = {
    "validation_error": READ_THE_FIELD,
    "payload_too_large": gettext_lazy("Send fewer records at a time."),
    "forbidden": gettext_lazy("The key or the tenant may not do this. Ask the platform team."),
    "not_found": gettext_lazy("The address or an id is wrong."),
    "conflict": gettext_lazy("The same request is still running. Wait for its answer."),
    "budget_exceeded": gettext_lazy("The budget is used up. Ask the platform team."),
    "rate_limited": gettext_lazy("Too many requests at once. Send them more slowly."),
    "internal_error": gettext_lazy("This is a defect of the platform. Report the request id."),
}
NOT_JSON = gettext_lazy(
    "The body is not valid JSON at the byte named here. A quote or a backslash in the feedback, the prompt or the name"
    " of a code does this when a CRM writes JSON by hand: use its JSON encoding function."
)
TRY_AGAIN = gettext_lazy("The platform or a model was not available. Send the request again; report it if it stays.")

# Keys of a record's metadata are the caller's: a CRM that breaks its own quotes turns text into keys.
BELOW_METADATA = re.compile(r"(\.metadata\.)(.+)")

logger = logging.getLogger(__name__)


def record_refusal(
    *,
    tenant_id: uuid.UUID,
    api_key_id: uuid.UUID,
    request_id: uuid.UUID,
    method: str,
    path: str,
    status: int,
    code: str,
    field: str,
) -> None:
    """Keep when, which key, where and why; no text. Without a database the refusal itself still goes out."""
    try:
        with tenant_scope(tenant_id):
            RefusedRequest.objects.create(
                api_key_id=api_key_id,
                request_id=request_id,
                method=method[:8],
                path=_readable(path)[:255],
                status=status,
                code=code,
                field=BELOW_METADATA.sub(_known_key, field)[:255],
            )
    except DatabaseError as error:
        logger.warning("a refused request was not recorded: %s", type(error).__name__)


def _known_key(path: re.Match[str]) -> str:
    """Return the end of a field's path with a star in place of a key that the contract does not know."""
    return path[0] if path[2] in metadata_names() else f"{path[1]}*"


def delete_old_refusals() -> int:
    """Delete refusals older than KEPT_DAYS, in the scope in force; return how many."""
    horizon = timezone.now() - timedelta(days=KEPT_DAYS)
    deleted, _ = RefusedRequest.objects.filter(timestamp__lt=horizon).delete()
    return int(deleted)


def advice_on(refused: RefusedRequest) -> str | Promise:
    """Say what an administrator can do about a refused request."""
    place = refused.field.rpartition(".")
    if refused.code == "validation_error" and place[0] == "body" and place[2].isdigit():
        return NOT_JSON
    return ADVICE.get(refused.code, TRY_AGAIN)


def _readable(route: str) -> str:
    """A route as an address, without what the caller put there: /v1/admin/keys/<key_id>."""
    named = re.sub(r"\(\?P<(\w+)>[^)]*\)", r"<\1>", route)
    return "/" + named.strip("^$").removesuffix("/?")
