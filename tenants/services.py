"""Services for tenants, memberships and keys. Every act is audited in its own transaction."""

import ipaddress
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.text import slugify

from tenants import keys
from tenants.audit import record_act
from tenants.conflicts import conflict_on
from tenants.encryption import tenant_box
from tenants.errors import NotFound, SuperusersNotAllowed
from tenants.identifiers import PLATFORM_TENANT_ID, uuid7
from tenants.models import ApiKey, IdempotentRequest, Membership, Role, Tenant, User
from tenants.registry import content_erasers
from tenants.scoping import tenant_scope

TENANT_SLUG = "tenants_tenant_slug_key"
KEY_NAME = "one_api_key_per_tenant_and_name"
MEMBERSHIP = "one_membership_per_tenant_and_user"


@dataclass(frozen=True)
class IssuedKey:
    """A stored key and its text, which can be shown only once."""

    key: ApiKey
    text: str


def create_tenant(
    *, name: str, slug: str = "", allows_superusers: bool = False, actor_id: str, **policy: Any
) -> Tenant:
    """Create a tenant. slug: made from the name when left out. Raises Conflict for a taken slug."""
    tenant_id = uuid7()
    chosen_slug = slug or f"{slugify(name)[:40] or 'tenant'}-{tenant_id.hex[-8:]}"
    with conflict_on(TENANT_SLUG), tenant_scope(tenant_id), transaction.atomic():
        tenant = Tenant.objects.create(
            id=tenant_id, name=name, slug=chosen_slug, allows_superusers=allows_superusers, **policy
        )
        record_act(tenant, actor_id, "tenant.created", {"allows_superusers": allows_superusers})
    return tenant


def change_tenant(*, tenant: Tenant, actor_id: str, **changes: Any) -> Tenant:
    """Change settings of a tenant. The audit event names the settings, without their values."""
    with tenant_scope(tenant.id), transaction.atomic():
        for field, value in changes.items():
            setattr(tenant, field, value)
        tenant.save(update_fields=list(changes))
        record_act(tenant, actor_id, "tenant.changed", {"fields": sorted(changes)})
    return tenant


def close_tenant(*, tenant: Tenant, actor_id: str) -> None:
    """Hide a tenant, delete its keys and memberships, and erase its content. Ledger and audit log stay."""
    with tenant_scope(tenant.id), transaction.atomic():
        tenant.closed_at = timezone.now()
        tenant.save(update_fields=["closed_at"])
        keys_deleted, _ = ApiKey.objects.all().delete()
        Membership.objects.all().delete()
        IdempotentRequest.objects.all().delete()
        for erase_content in content_erasers():
            erase_content(tenant.id)
        tenant_box.destroy_key(tenant.id)  # for the backups
        record_act(tenant, actor_id, "tenant.closed", {"keys_deleted": keys_deleted})


def create_api_key(
    *,
    tenant: Tenant,
    name: str,
    actor_id: str,
    is_superuser: bool = False,
    scopes: Sequence[str] = (),
    expires_at: datetime | None = None,
    allowed_networks: Sequence[str] = (),
    requests_per_minute: int | None = None,
    first_key_id: uuid.UUID | None = None,
) -> IssuedKey:
    """Create a key. Raises SuperusersNotAllowed by the tenant's policy, and Conflict for a taken name.

    first_key_id: of the series, for a successor.
    """
    if is_superuser and not tenant.allows_superusers:
        raise SuperusersNotAllowed
    new = keys.generate_key()
    with conflict_on(KEY_NAME), tenant_scope(tenant.id), transaction.atomic():
        key = ApiKey.objects.create(
            tenant=tenant,
            name=name,
            prefix=new.prefix,
            secret_hash=new.secret_hash,
            is_superuser=is_superuser,
            scopes=list(scopes),
            expires_at=expires_at,
            allowed_networks=[str(ipaddress.ip_network(network)) for network in allowed_networks],
            requests_per_minute=requests_per_minute,
            first_key_id=first_key_id,
        )
        record_act(key, actor_id, "api_key.created", {"is_superuser": is_superuser})
    return IssuedKey(key=key, text=new.text)


def change_api_key(*, key: ApiKey, actor_id: str, **changes: Any) -> ApiKey:
    """Change a key's name, expiry, scopes or networks. Raises Conflict for a taken name."""
    with conflict_on(KEY_NAME), tenant_scope(key.tenant_id), transaction.atomic():
        for field, value in changes.items():
            setattr(key, field, value)
        key.save(update_fields=list(changes))
        record_act(key, actor_id, "api_key.changed", {"fields": sorted(changes)})
    return key


def rotate_api_key(*, key: ApiKey, actor_id: str, overlap: timedelta) -> IssuedKey:
    """Create a successor with the same rights. The old key works until the overlap is over, under another name.

    Both count as one key for budgets, limits, Idempotency-Keys and reports.
    """
    ends_at = timezone.now() + overlap
    with transaction.atomic():
        name, expires_at = key.name, key.expires_at
        change_api_key(
            key=key,
            actor_id=actor_id,
            name=f"{name[:220]} (until {ends_at:%Y-%m-%d %H:%M:%S.%f})",
            expires_at=min(ends_at, expires_at) if expires_at else ends_at,
        )
        issued = create_api_key(
            tenant=key.tenant,
            name=name,
            actor_id=actor_id,
            is_superuser=key.is_superuser,
            scopes=key.scopes,
            expires_at=expires_at,
            allowed_networks=key.allowed_networks,
            requests_per_minute=key.requests_per_minute,
            first_key_id=key.series_id,
        )
        with tenant_scope(key.tenant_id):
            record_act(key, actor_id, "api_key.rotated", {"successor": str(issued.key.id)})
    return issued


def names_of_keys(ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Return names by id of a key or of a series of keys, read in one query; a series has its newest key's name."""
    wanted = set(ids)
    names: dict[uuid.UUID, str] = {}
    for key in ApiKey.objects.filter(Q(id__in=wanted) | Q(first_key_id__in=wanted)).order_by("created_at", "id"):
        names[key.id] = names[key.series_id] = key.name
    return {pk: name for pk, name in names.items() if pk in wanted}


def delete_api_key(*, key: ApiKey, actor_id: str) -> None:
    """Revoke a key with immediate effect, because every request looks its key up."""
    with tenant_scope(key.tenant_id), transaction.atomic():
        record_act(key, actor_id, "api_key.deleted", {"prefix": key.prefix})
        key.delete()


def add_member(*, tenant: Tenant, user: User, role: Role, actor_id: str) -> Membership:
    """Give a person a role in a tenant. Raises Conflict when they have one in it."""
    with conflict_on(MEMBERSHIP), tenant_scope(tenant.id), transaction.atomic():
        membership: Membership = Membership.objects.create(tenant=tenant, user=user, role=role)
        metadata = {"role": role, "user_id": str(user.id)}
        record_act(membership, actor_id, "membership.created", metadata)
    return membership


def get_open_tenant(tenant_id: str | uuid.UUID) -> Tenant:
    """Return an open tenant in the scope in force. Raises NotFound, also for a malformed id."""
    try:
        return Tenant.objects.organisations().get(id=uuid.UUID(str(tenant_id)))
    except (Tenant.DoesNotExist, ValueError) as error:
        raise NotFound from error


def get_platform_tenant() -> Tenant:
    return Tenant.objects.get(id=PLATFORM_TENANT_ID)
