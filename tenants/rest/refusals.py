"""Refused requests, stored for administrators, because the CRM does not show errors."""

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

RETENTION_DAYS = 30
READ_THE_FIELD = gettext_lazy("This field is missing or wrong. See the API documentation.")
ADVICE: dict[str, str | Promise] = {
    "validation_error": READ_THE_FIELD,
    "payload_too_large": gettext_lazy("Send fewer records at a time."),
    "forbidden": gettext_lazy("The key or the tenant is not allowed to do this. Ask the platform team."),
    "not_found": gettext_lazy("The address or an id is wrong."),
    "conflict": gettext_lazy("The same request is still running. Wait for its answer."),
    "budget_exceeded": gettext_lazy("The budget is used up. Ask the platform team."),
    "rate_limited": gettext_lazy("Too many requests per minute. Send fewer."),
    "internal_error": gettext_lazy("This is a defect of the platform. Report it with the request id."),
}
NOT_JSON = gettext_lazy(
    "The body is not valid JSON at this byte. A CRM that builds JSON by hand has to encode quotes and backslashes in"
    " the feedback, the prompt and the names of codes. Use its JSON encoding function."
)
TRY_AGAIN = gettext_lazy(
    "The platform or a model was not available. Send the request again. Report it if it fails again."
)

# Keys of a record's metadata come from the caller. A CRM that breaks its own quotes turns text into keys.
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
    """Store time, key, address and reason, but no text. The refusal is sent even when this fails."""
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
    """Delete refusals older than RETENTION_DAYS in the scope in force; return their number."""
    horizon = timezone.now() - timedelta(days=RETENTION_DAYS)
    deleted, _ = RefusedRequest.objects.filter(timestamp__lt=horizon).delete()
    return int(deleted)


def advice_on(refused: RefusedRequest) -> str | Promise:
    """Return what an administrator can do about a refused request."""
    place = refused.field.rpartition(".")
    if refused.code == "validation_error" and place[0] == "body" and place[2].isdigit():
        return NOT_JSON
    return ADVICE.get(refused.code, TRY_AGAIN)


def _readable(route: str) -> str:
    """Return a route as an address without the caller's values: /v1/admin/keys/<key_id>."""
    named = re.sub(r"\(\?P<(\w+)>[^)]*\)", r"<\1>", route)
    return "/" + named.strip("^$").removesuffix("/?")
