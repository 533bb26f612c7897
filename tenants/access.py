"""The two lookups that must look across tenants before a tenant is known: by key, and by person."""

import ipaddress
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from tenants import keys
from tenants.errors import NotAuthenticated
from tenants.models import ApiKey, Membership, Tenant, User
from tenants.scoping import all_tenants

LAST_USED_RESOLUTION = timedelta(minutes=1)


@dataclass(frozen=True)
class Caller:
    """An authenticated API key and the tenant it acts for."""

    key: ApiKey
    tenant: Tenant
    is_authenticated: bool = True

    @property
    def actor_id(self) -> str:
        return f"key:{self.key.id}"


def find_caller(token: str, remote_address: str) -> Caller:
    """Find whom a bearer token belongs to. Raises NotAuthenticated, never saying which check failed."""
    with all_tenants():
        key = _find_key(token)
        if key is None or key.tenant.closed_at is not None:
            raise NotAuthenticated
        if key.expires_at is not None and key.expires_at <= timezone.now():
            raise NotAuthenticated
        if key.allowed_networks and not is_in_networks(remote_address, key.allowed_networks):
            raise NotAuthenticated
        _note_use(key)
    return Caller(key=key, tenant=key.tenant)


def _find_key(token: str) -> ApiKey | None:
    stored = ApiKey.objects.select_related("tenant")
    prefix = keys.prefix_of(token)
    if prefix is not None:
        key: ApiKey | None = stored.filter(prefix=prefix).first()
        return key if key is not None and keys.matches(token, bytes(key.secret_hash or b"")) else None
    return stored.filter(secret_hash=keys.hash_key(token)).first() or _adopt_legacy_key(token)


def _adopt_legacy_key(token: str) -> ApiKey | None:
    """Accept a key of the older service, and keep our own hash of it from its first use on."""
    waiting = ApiKey.objects.exclude(legacy_hash=None)
    if not waiting.exists():
        return None
    key: ApiKey | None = waiting.select_related("tenant").filter(legacy_hash=keys.legacy_hash_key(token)).first()
    if key is not None:
        waiting.filter(id=key.id).update(secret_hash=keys.hash_key(token), legacy_hash=None)
    return key


def _note_use(key: ApiKey) -> None:
    now = timezone.now()
    if key.last_used_at is None or now - key.last_used_at >= LAST_USED_RESOLUTION:
        ApiKey.objects.filter(Q(last_used_at=None) | Q(last_used_at__lte=now - LAST_USED_RESOLUTION), id=key.id).update(
            last_used_at=now
        )


def is_in_networks(address: str, networks: Iterable[str]) -> bool:
    """Tell whether an IP address lies in one of the CIDR networks; an unreadable address lies in none."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(parsed in ipaddress.ip_network(network) for network in networks)


def memberships_of(user: User) -> Sequence[Membership]:
    """Return a person's memberships in open tenants, ordered by tenant name."""
    with all_tenants():
        found = Membership.objects.filter(user=user, tenant__closed_at=None).select_related("tenant")
        return list(found.order_by("tenant__name"))


def membership_in(user: User, tenant_id: uuid.UUID) -> Membership | None:
    """Return a person's membership in one tenant, or None."""
    return next((found for found in memberships_of(user) if found.tenant_id == tenant_id), None)
