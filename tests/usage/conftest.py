"""A model with prices, and two tenants for the properties of a module."""

import uuid
from collections.abc import Iterator

import pytest
from pytest_django.plugin import DjangoDbBlocker

from tenants.models import Tenant
from tests.support.budgets import set_prices
from tests.support.factories import new_tenant


@pytest.fixture
def model(database: None) -> str:
    """A model that costs a dollar for a million tokens of any class."""
    name = f"openai/{uuid.uuid4().hex}"
    set_prices(name)
    return name


@pytest.fixture(scope="module")
def pair(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[tuple[Tenant, Tenant]]:
    with django_db_blocker.unblock():
        yield new_tenant(), new_tenant()
