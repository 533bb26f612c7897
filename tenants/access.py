"""Lookups over all tenants, before the tenant of a request is known: by API key and by person."""

import functools
import ipaddress
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Model, Q
from django.utils import timezone

from tenants import keys
from tenants.errors import NotAuthenticated
from tenants.models import ApiKey, Membership, Tenant, User
from tenants.postgresql.prepared import execute_prepared
from tenants.scoping import all_tenants

LAST_USED_RESOLUTION = timedelta(minutes=1)

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True)
class Caller:
    """An authenticated API key and the tenant it acts for."""

    key: ApiKey
    tenant: Tenant
    is_authenticated: bool = True

    @property
    def actor_id(self) -> str:
        return f"key:{self.key.id}"

    def has_scope(self, name: str) -> bool:
        """Tell whether the key may use a resource. Without a list of scopes it may, unless the name has a colon."""
        return name in self.key.scopes or not (self.key.scopes or ":" in name)


def find_caller(token: str, remote_address: str) -> Caller:
    """Return the caller of a bearer token. Raises NotAuthenticated, which does not tell which check failed."""
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
    prefix = keys.prefix_of(token)
    if prefix is not None:
        key = _key_of(prefix)
        return key if key is not None and keys.matches(token, bytes(key.secret_hash or b"")) else None
    stored: ApiKey | None = ApiKey.objects.select_related("tenant").filter(secret_hash=keys.hash_key(token)).first()
    return stored or _adopt_legacy_key(token)


def _key_of(prefix: str) -> ApiKey | None:
    """Return the key with a prefix, and its tenant. Every request runs this first, so its SQL is built only once."""
    rows = execute_prepared(_key_sql(), [prefix])
    if not rows:
        return None
    of_key = len(ApiKey._meta.concrete_fields)
    key = _instance(ApiKey, rows[0][:of_key])
    key.tenant = _instance(Tenant, rows[0][of_key:])
    return key


@functools.cache
def _key_sql() -> str:
    """Return a statement with the columns of both models in order, and the prefix as its parameter."""
    sql, _ = ApiKey.objects.select_related("tenant").filter(prefix="").order_by().query.sql_with_params()
    return str(sql)


def _instance(model: type[Row], values: Sequence[Any]) -> Row:
    """Make a model instance from a row, as Django does for its own statements."""
    names, converters = _columns(model)
    converted = list(values)
    for index, convert in converters:
        converted[index] = convert(converted[index], None, connection)
    return model.from_db(connection.alias, names, converted)


@functools.cache
def _columns(model: type[Model]) -> tuple[list[str], list[tuple[int, Callable[..., Any]]]]:
    """Return the names of a model's columns, and the converters of those that have any."""
    fields = model._meta.concrete_fields
    converters = [
        (index, convert) for index, field in enumerate(fields) for convert in field.get_db_converters(connection)
    ]
    return [field.attname for field in fields], converters


def _adopt_legacy_key(token: str) -> ApiKey | None:
    """Accept a key of the older service, and store our own hash of it at its first use."""
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
        memberships = Membership.objects.filter(user=user, tenant__closed_at=None).select_related("tenant")
        return list(memberships.order_by("tenant__name"))
