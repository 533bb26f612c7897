"""Manual codings that a CRM sends with a record, as the contract's three coding levels."""

import uuid
from collections.abc import Iterator, Sequence

from coding.frameworks.names import normal_form
from coding.frameworks.services import record_assignments
from coding.frameworks.tree import PlacedCode, Tree, walk
from coding.frameworks.versions import frozen_tree
from coding.models import AssignmentSource, CodeAssignment, FrameworkVersion, VersionStatus
from feedback.registry import StoredLevels
from tenants.scoping import current_tenant_id


def record_sent_codings(stored: Sequence[StoredLevels], actor_id: str) -> None:
    """Add a manual coding for each code that the coding levels of stored records name, unless it is there already.

    A level names codes by id or by name, with commas between several. A code of a lower level stands for the codes
    above it. Levels that name no code of a published framework of the tenant add nothing.
    """
    coded = [entry for entry in stored if any(entry.levels)]
    if not coded:
        return
    known = set(
        CodeAssignment.objects.filter(
            source=AssignmentSource.MANUAL, record_id__in=[entry.record.id for entry in coded]
        ).values_list("record_id", "code__stable_id")
    )
    trees = _published_trees()
    named = {levels: list(_named(levels, trees)) for levels in {entry.levels for entry in coded}}
    record_assignments(
        _assignment(entry, version_id, placed, actor_id)
        for entry in coded
        for version_id, placed in named[entry.levels]
        if (entry.record.id, placed.code.stable_id) not in known
    )


def _published_trees() -> list[tuple[uuid.UUID, Tree]]:
    """Return the tenant's own published versions with their trees, the newest first."""
    versions = FrameworkVersion.objects.filter(tenant_id=current_tenant_id(), status=VersionStatus.PUBLISHED)
    ids = versions.order_by("-published_at", "-id").values_list("id", flat=True)
    return [(version_id, frozen_tree(version_id)) for version_id in ids]


def _named(levels: Sequence[str], trees: Sequence[tuple[uuid.UUID, Tree]]) -> Iterator[tuple[uuid.UUID, PlacedCode]]:
    """Yield the deepest named codes of the first framework that has some."""
    wanted = [{_folded(word) for word in level.split(",") if word.strip()} for level in levels]
    for version_id, tree in trees:
        placed = [code for code in walk(tree) if _is_named(code, wanted)]
        above = {code.names[:level] for code in placed for level in range(code.level)}
        lowest = [code for code in placed if code.names not in above]
        if lowest:
            yield from ((version_id, code) for code in lowest)
            return


def _is_named(placed: PlacedCode, wanted: Sequence[set[str]]) -> bool:
    """Tell whether a code and the codes above it are named, each at its own level; a level left out fits any code."""
    if placed.level > len(wanted) or not wanted[placed.level - 1]:
        return False
    return all(
        not words or words & {_folded(code.id), _folded(code.name)}
        for code, words in zip(placed.path, wanted, strict=False)
    )


def _folded(text: str) -> str:
    return normal_form(text).casefold()


def _assignment(entry: StoredLevels, version_id: uuid.UUID, placed: PlacedCode, actor_id: str) -> CodeAssignment:
    return CodeAssignment(
        tenant_id=entry.record.tenant_id,
        record_reference=entry.record.external_id,
        record_id=entry.record.id,
        framework_version_id=version_id,
        code_id=placed.code.row_id,
        code_external_id=placed.code.id,
        code_path=list(placed.names),
        source=AssignmentSource.MANUAL,
        assigned_by=actor_id,
    )
