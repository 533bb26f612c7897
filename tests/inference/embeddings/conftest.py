"""An operation's run for tests that embed texts."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from feedback.operations.detect_sensitive import DETECT_SENSITIVE
from inference import orchestrator
from inference.catalogue import enter_operator_models
from inference.orchestrator import OperationRun
from inference.runs.origin import CallOrigin
from tenants.models import Tenant
from tenants.scoping import tenant_scope


@pytest.fixture
def start_run(database: None) -> Iterator[Callable[[Tenant], OperationRun]]:
    """Start a run for a tenant, in its scope until the test ends."""
    with ExitStack() as runs:

        def start(tenant: Tenant) -> OperationRun:
            enter_operator_models()
            runs.enter_context(tenant_scope(tenant.id))
            origin = CallOrigin(tenant, uuid.uuid4(), "command:test")
            return runs.enter_context(orchestrator.operation(DETECT_SENSITIVE, origin, records_count=1))

        yield start
