"""Find the framework of a request: one of the tenant's, a standard one, or the tree in the request."""

import functools
import uuid
from dataclasses import dataclass

from coding.frameworks.hashes import shape_hash
from coding.frameworks.stored_trees import read_tree
from coding.frameworks.tree import Tree, without_retired
from coding.models import FrameworkVersion, VersionStatus
from tenants.errors import NotFound

CACHED_TREES = 64


@dataclass(frozen=True)
class ChosenFramework:
    """The framework of a request. version_id: None if the request's tree is no stored version."""

    tree: Tree
    version_id: uuid.UUID | None = None


def inline_framework(tree: Tree) -> ChosenFramework:
    """Return the stored version with the ids, names and structure of a request's tree, else the tree itself."""
    version_id: uuid.UUID | None = (
        FrameworkVersion.objects.filter(shape_hash=shape_hash(tree))
        .exclude(status=VersionStatus.DRAFT)
        .order_by("-status", "-published_at")
        .values_list("id", flat=True)
        .first()
    )
    if version_id is None:
        return ChosenFramework(tree)
    return ChosenFramework(frozen_tree(version_id), version_id)


def stored_framework(framework_id: str, number: int | None = None) -> ChosenFramework:
    """Return the published version of a framework, or the version with a number. Raises NotFound, also for a draft."""
    try:
        versions = FrameworkVersion.objects.filter(framework_id=uuid.UUID(framework_id))
    except ValueError as error:
        raise NotFound from error
    chosen = versions.filter(status=VersionStatus.PUBLISHED) if number is None else versions.filter(number=number)
    version_id = chosen.exclude(status=VersionStatus.DRAFT).values_list("id", flat=True).first()
    if version_id is None:
        raise NotFound
    return ChosenFramework(frozen_tree(version_id), version_id)


@functools.lru_cache(maxsize=CACHED_TREES)
def frozen_tree(version_id: uuid.UUID) -> Tree:
    """Return the tree that a published or archived version offers for coding, from a cache."""
    # Such a version never changes.
    return without_retired(read_tree(version_id))
