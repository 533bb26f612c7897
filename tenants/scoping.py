"""The scope: whose rows may be read and written. Nothing else decides it.

The scope is in one of three states:

- unset: any query on tenant data raises ScopeNotSet;
- a tenant: every query is filtered to its rows, and only its rows can be written;
- all: no filter, for platform staff, and for commands and jobs that ask for it.

The default manager of TenantScopedModel (tenants/scoped_models.py) filters in Python. Behind it PostgreSQL filters by
row-level security: tenants/postgresql/rls.py writes the policies, tenants/postgresql/base.py tells every connection the
scope before a statement, and tenants/postgresql/one_trip.py with the few that every call runs.
Threads and jobs start unset.
"""

import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from tenants.errors import ScopeNotSet


@dataclass(frozen=True)
class Scope:
    """tenant_id: the tenant whose rows are visible; None means every tenant."""

    tenant_id: uuid.UUID | None


_scope: ContextVar[Scope | None] = ContextVar("tenant_scope", default=None)


def current_scope() -> Scope:
    """Return the scope in force. Raises ScopeNotSet while it is unset."""
    scope = _scope.get()
    if scope is None:
        raise ScopeNotSet
    return scope


def scope_or_none() -> Scope | None:
    """Return the scope in force, or None while unset, for the database backend, which then shows no rows."""
    return _scope.get()


def current_tenant_id() -> uuid.UUID:
    """Return the tenant in scope. Raises ScopeNotSet while the scope is unset or all."""
    tenant_id = current_scope().tenant_id
    if tenant_id is None:
        raise ScopeNotSet
    return tenant_id


@contextmanager
def scoped(scope: Scope | None) -> Iterator[None]:
    """Set the scope for a block, and restore the previous one after it."""
    token = _scope.set(scope)
    try:
        yield
    finally:
        _scope.reset(token)


def tenant_scope(tenant_id: uuid.UUID) -> AbstractContextManager[None]:
    """Limit a block to one tenant's rows."""
    return scoped(Scope(tenant_id))


def all_tenants() -> AbstractContextManager[None]:
    """Allow a block all tenants' rows. For platform staff, commands, and the lookups in tenants/access.py."""
    return scoped(Scope(None))


def no_tenant() -> AbstractContextManager[None]:
    """Unset the scope for a block, whatever an earlier request of this thread left behind."""
    return scoped(None)


def enter_tenant(tenant_id: uuid.UUID) -> None:
    """Set the scope to a tenant for the rest of the request. RequestBoundaryMiddleware resets it."""
    _scope.set(Scope(tenant_id))


def enter_all_tenants() -> None:
    """Set the scope to all for the rest of the request. RequestBoundaryMiddleware resets it."""
    _scope.set(Scope(None))
