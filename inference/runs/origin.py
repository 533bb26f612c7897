"""The caller of an operation."""

import uuid
from dataclasses import dataclass

from tenants.access import Caller
from tenants.models import Tenant


@dataclass(frozen=True)
class CallOrigin:
    """The caller of an operation. call_id: the API request's X-Request-ID, on every ledger row of the operation.

    actor_id: the actor in the audit log, for example `key:<id>`, `user:<id>` or `command:demo`. scopes: the
    operations that the key may use, empty for all. stored_record_id: of the stored record that the call is about, where
    it is about one alone.
    """

    tenant: Tenant
    call_id: uuid.UUID
    actor_id: str
    api_key_id: uuid.UUID | None = None
    user_id: uuid.UUID | None = None
    batch_id: uuid.UUID | None = None
    stored_record_id: uuid.UUID | None = None
    scopes: tuple[str, ...] = ()

    @classmethod
    def of_key(cls, caller: Caller, call_id: uuid.UUID) -> "CallOrigin":
        """Make the origin of a request that came with an API key."""
        key = caller.key
        return cls(caller.tenant, call_id, caller.actor_id, api_key_id=key.series_id, scopes=tuple(key.scopes))
