"""A tenant whose results are stored, and a framework of it."""

import pytest

from coding.models import FrameworkVersion
from tenants.models import Tenant
from tests.support.factories import new_tenant
from tests.support.frameworks import new_published


@pytest.fixture
def storing(database: None) -> Tenant:
    return new_tenant()


@pytest.fixture
def published(storing: Tenant) -> FrameworkVersion:
    return new_published(storing.id)
