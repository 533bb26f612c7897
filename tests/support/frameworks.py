"""Frameworks for tests, made by the services as in production."""

import uuid
from typing import Any

from coding.frameworks.formats.json_shapes import EXPORTED, read_tree
from coding.frameworks.services import create_framework, publish_version
from coding.models import FrameworkVersion
from tenants.scoping import tenant_scope
from tests.support.coding_bodies import TREE
from tests.support.factories import ACTOR, unique_name


def new_draft(tenant_id: uuid.UUID, tree: dict[str, Any] = TREE, *, name: str = "") -> FrameworkVersion:
    codes = read_tree(tree, EXPORTED, takes_details=True)
    return create_framework(tenant_id=tenant_id, name=name or unique_name("Framework"), actor_id=ACTOR, tree=codes)


def new_published(tenant_id: uuid.UUID, tree: dict[str, Any] = TREE, *, name: str = "") -> FrameworkVersion:
    draft = new_draft(tenant_id, tree, name=name)
    with tenant_scope(tenant_id):
        return publish_version(version=draft, actor_id=ACTOR)
