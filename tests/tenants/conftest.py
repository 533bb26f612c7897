"""People who read pages: each with a role, signed in."""

from collections.abc import Callable

import pytest
from django.test import Client

from tenants.models import Role, Tenant, User
from tests.support.people import new_person, new_platform_admin, pages_for


@pytest.fixture
def manager(tenant: Tenant) -> User:
    return new_person((tenant, Role.TENANT_MANAGER))


@pytest.fixture
def other_manager(other_tenant: Tenant) -> User:
    return new_person((other_tenant, Role.TENANT_MANAGER))


@pytest.fixture
def platform_admin(database: None) -> User:
    return new_platform_admin()


@pytest.fixture
def signed_in(database: None) -> Callable[[User], Client]:
    """Sign people in: `signed_in(person).get("/admin/")`."""
    return pages_for
