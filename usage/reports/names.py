"""Names for the ids that figures are broken down by."""

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from tenants.models import Tenant, User
from tenants.services import names_of_keys

Namer = Callable[[Sequence[uuid.UUID]], Mapping[uuid.UUID, str]]
_namers: dict[str, Namer] = {
    "tenant_id": lambda ids: dict(Tenant.objects.filter(id__in=ids).values_list("id", "name")),
    "api_key_id": names_of_keys,
    "user_id": lambda ids: dict(User.objects.filter(id__in=ids).values_list("id", "username")),
}


def register_names(dimension: str, namer: Namer) -> None:
    """Let a room above name its ids. namer: makes one query, in the scope in force."""
    _namers[dimension] = namer


def names_of(dimension: str, values: Iterable[Any]) -> Mapping[Any, str]:
    """Return names by id, read in one query. Deleted rows and rows outside the scope have none."""
    ids = [value for value in values if isinstance(value, uuid.UUID)]
    return _namers[dimension](ids) if ids and dimension in _namers else {}
