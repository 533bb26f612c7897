"""Jobs of coding."""

import uuid

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from coding.models import FrameworkVersion
from coding.operations.embed_codes import embed_codes
from tenants.scoping import tenant_scope


@app.task(retry=RetryStrategy(max_attempts=4, exponential_wait=8))
def embed_codes_of(tenant_id: str, version_id: str) -> None:
    """Embed the codes of a published version, unless it was erased meanwhile."""
    with tenant_scope(uuid.UUID(tenant_id)):
        version = FrameworkVersion.objects.filter(id=uuid.UUID(version_id)).first()
        if version is not None:
            embed_codes(version)
