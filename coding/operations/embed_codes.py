"""Embed the codes of a published framework version, before the first record is coded with it."""

import uuid

from coding.frameworks.versions import frozen_tree
from coding.models import FrameworkVersion
from coding.strategies.code_vectors import store_code_vectors
from inference import orchestrator
from inference.operation import Operation
from inference.runs.origin import CallOrigin
from tenants.models import Tenant

EMBED_CODES = Operation("embed_codes")
ACTOR = "job:embed_codes"


def embed_codes(version: FrameworkVersion) -> None:
    """Embed the codes in the version's tenant, where a model embeds. Raises what OperationRun.embed raises."""
    tenant = Tenant.objects.get(id=version.tenant_id)
    origin = CallOrigin(tenant=tenant, call_id=uuid.uuid4(), actor_id=ACTOR)
    with orchestrator.operation(EMBED_CODES, origin, records_count=0, framework_version_id=version.id) as run:
        if run.can_embed:
            store_code_vectors(run, version.id, frozen_tree(version.id))
