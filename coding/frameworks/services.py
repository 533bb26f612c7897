"""Change frameworks and their versions. Every change is audited in its own transaction."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from coding.errors import ImportIssue, NotPublishable, SecondPersonNeeded, UnreadableFramework, VersionFrozen
from coding.frameworks.formats.imported import ImportedFramework
from coding.frameworks.hashes import content_hash, shape_hash
from coding.frameworks.names import normal_form, normal_path
from coding.frameworks.stored_trees import read_tree, write_tree
from coding.frameworks.tree import CodeNode, Tree, build_tree, walk, without_retired
from coding.frameworks.validation import UNSTORABLE, refuse_bad_tree
from coding.models import (
    Code,
    CodeAssignment,
    CodingFramework,
    CodingPolicy,
    FrameworkVersion,
    VersionStatus,
)
from tenants.audit import record_act
from tenants.conflicts import conflict_on
from tenants.errors import Conflict
from tenants.queue import enqueue
from tenants.scoping import tenant_scope
from tenants.storable import is_storable

FRAMEWORK_NAME = "one_framework_per_tenant_and_name"
MAX_NAME_LENGTH = 255
"""Of a framework."""


def create_framework(
    *,
    tenant_id: uuid.UUID,
    name: str,
    actor_id: str,
    tree: Tree = (),
    description: str = "",
    languages: Sequence[str] = (),
    copied_from_version_id: uuid.UUID | None = None,
) -> FrameworkVersion:
    """Make a framework and its first draft. Raises Conflict on a taken name, UnreadableFramework on a bad tree."""
    refuse_bad_tree(tree)
    with conflict_on(FRAMEWORK_NAME), tenant_scope(tenant_id), transaction.atomic():
        framework = CodingFramework.objects.create(
            name=name,
            description=description,
            languages=list(languages),
            copied_from_version_id=copied_from_version_id,
        )
        version = _new_draft(framework, number=1, tree=tree, editors=[actor_id])
        record_act(framework, actor_id, "framework.created", {"codes": sum(1 for _ in walk(tree))})
    return version


def change_framework(*, framework: CodingFramework, actor_id: str, **changes: Any) -> CodingFramework:
    """Change a framework's name, description or languages. Raises Conflict on a taken name."""
    with conflict_on(FRAMEWORK_NAME), tenant_scope(framework.tenant_id), transaction.atomic():
        for field, value in changes.items():
            setattr(framework, field, value)
        framework.save(update_fields=list(changes))
        record_act(framework, actor_id, "framework.changed", {"fields": sorted(changes)})
    return framework


def import_framework(
    *, tenant_id: uuid.UUID, imported: ImportedFramework, name: str = "", actor_id: str
) -> FrameworkVersion:
    """Make a framework from an imported one, or a new draft of the framework that has this name.

    Codes keep their stable ids by id, else by path, so that the versions can be compared. Raises UnreadableFramework,
    and Conflict if the framework has a draft.
    """
    chosen_name = normal_form(name or imported.name)
    if not chosen_name or len(chosen_name) > MAX_NAME_LENGTH:
        raise UnreadableFramework(
            [ImportIssue("name", f"A framework needs a name of at most {MAX_NAME_LENGTH} characters")]
        )
    texts = {"name": chosen_name, "description": imported.description, "languages": "".join(imported.languages)}
    unstorable = [ImportIssue(where, UNSTORABLE) for where, text in texts.items() if not is_storable(text)]
    if unstorable:
        raise UnreadableFramework(unstorable)
    with tenant_scope(tenant_id):
        own = CodingFramework.objects.filter(tenant_id=tenant_id)
        framework = next((existing for existing in own if normal_form(existing.name) == chosen_name), None)
    if framework is None:
        return create_framework(
            tenant_id=tenant_id,
            name=chosen_name,
            actor_id=actor_id,
            tree=imported.tree,
            description=imported.description,
            languages=imported.languages,
        )
    return start_draft(framework=framework, tree=imported.tree, actor_id=actor_id)


def import_notes(version: FrameworkVersion, imported: ImportedFramework) -> tuple[str, ...]:
    """Return the notes of a file, and a note for each part of it that an existing framework does not take over."""
    framework = version.framework
    stays = {
        "description": imported.description not in ("", framework.description),
        "languages": list(imported.languages) not in ([], framework.languages),
    }
    notes = [
        f"The framework keeps its own {part}; that of the file was left out" for part, is_so in stays.items() if is_so
    ]
    return (*imported.notes, *notes)


def start_draft(*, framework: CodingFramework, actor_id: str, tree: Tree | None = None) -> FrameworkVersion:
    """Start the next version with the codes of the latest one or of a tree. Raises Conflict if there is a draft."""
    with tenant_scope(framework.tenant_id), transaction.atomic():
        locked = CodingFramework.objects.select_for_update().get(id=framework.id)
        versions = FrameworkVersion.objects.filter(framework=locked)
        if versions.filter(status=VersionStatus.DRAFT).exists():
            raise Conflict
        latest = versions.order_by("-number").first()
        before = read_tree(latest.id) if latest else ()
        codes = before if tree is None else with_stable_ids_of(before, tree)
        refuse_bad_tree(codes)
        number = latest.number + 1 if latest else 1
        draft = _new_draft(locked, number=number, tree=codes, editors=[] if tree is None else [actor_id])
        record_act(locked, actor_id, "framework_version.started", {"number": draft.number})
    return draft


def copy_framework(*, version: FrameworkVersion, tenant_id: uuid.UUID, name: str, actor_id: str) -> FrameworkVersion:
    """Copy a version, for example of a standard framework, into a new framework of a tenant.

    The codes keep their stable ids, so that the copy can be compared with later versions of the standard.
    """
    return create_framework(
        tenant_id=tenant_id,
        name=name,
        actor_id=actor_id,
        tree=read_tree(version.id),
        description=version.framework.description,
        languages=version.framework.languages,
        copied_from_version_id=version.id,
    )


def publish_version(*, version: FrameworkVersion, actor_id: str) -> FrameworkVersion:
    """Freeze a draft and use it for coding. The version published before is archived.

    Raises VersionFrozen, NotPublishable for a version without codes, and SecondPersonNeeded by the tenant's policy.
    """
    with tenant_scope(version.tenant_id), transaction.atomic():
        draft = locked_draft(version.id)
        tree = read_tree(draft.id)
        if not tree:
            raise NotPublishable(gettext("A version without codes cannot be published"))
        policy = CodingPolicy.objects.first()
        if policy is not None and policy.needs_second_person and actor_id in draft.editors:
            raise SecondPersonNeeded
        published = FrameworkVersion.objects.filter(framework=draft.framework, status=VersionStatus.PUBLISHED)
        published.update(status=VersionStatus.ARCHIVED)
        draft.status = VersionStatus.PUBLISHED
        draft.content_hash, draft.shape_hash = content_hash(tree), shape_hash(without_retired(tree))
        draft.published_at, draft.published_by = timezone.now(), actor_id
        draft.save()
        record_act(draft.framework, actor_id, "framework_version.published", {"number": draft.number})
        enqueue("coding.tasks.embed_codes_of", tenant_id=str(draft.tenant_id), version_id=str(draft.id))
    return draft


def discard_draft(*, version: FrameworkVersion, actor_id: str) -> None:
    """Delete a draft. Raises VersionFrozen."""
    with tenant_scope(version.tenant_id), transaction.atomic():
        draft = locked_draft(version.id)
        record_act(draft.framework, actor_id, "framework_version.discarded", {"number": draft.number})
        Code.objects.filter(version=draft).delete()
        draft.delete()


def archive_version(*, version: FrameworkVersion, actor_id: str) -> None:
    """Archive the published version, so that the framework codes no more. Raises Conflict if it is not published."""
    with tenant_scope(version.tenant_id), transaction.atomic():
        changed = FrameworkVersion.objects.filter(id=version.id, status=VersionStatus.PUBLISHED).update(
            status=VersionStatus.ARCHIVED
        )
        if not changed:
            raise Conflict(gettext("Only the published version can be archived."))
        record_act(version.framework, actor_id, "framework_version.archived", {"number": version.number})


def locked_draft(version_id: uuid.UUID) -> FrameworkVersion:
    """Return the draft, locked until the transaction ends. Raises VersionFrozen."""
    # Edits and publishing wait for each other.
    version: FrameworkVersion = FrameworkVersion.objects.select_for_update(of=("self",)).get(id=version_id)
    if not version.is_draft:
        raise VersionFrozen
    return version


def note_editor(draft: FrameworkVersion, actor_id: str) -> None:
    """Record an editor of a locked draft."""
    if actor_id not in draft.editors:
        draft.editors = [*draft.editors, actor_id]
        draft.save(update_fields=["editors"])


def record_assignments(assignments: Iterable[CodeAssignment]) -> None:
    """Add assignments in one transaction."""
    with transaction.atomic():
        CodeAssignment.objects.bulk_create(list(assignments), batch_size=500)


def with_stable_ids_of(before: Tree, after: Tree) -> tuple[CodeNode, ...]:
    """Give the codes of a new tree the stable ids of the older one: by stable id, by id, or by path without an id."""
    by_id = {placed.code.id: placed.code.stable_id for placed in walk(before) if placed.code.id}
    by_path: dict[tuple[str, ...], list[uuid.UUID | None]] = defaultdict(list)
    for placed in walk(before):
        by_path[normal_path(placed.names)].append(placed.code.stable_id)
    taken: set[uuid.UUID] = set()
    rows: list[tuple[int, CodeNode]] = []
    for placed in walk(after):
        code = placed.code
        candidates = [code.stable_id, by_id.get(code.id), *([] if code.id else by_path[normal_path(placed.names)])]
        stable_id = next(
            (candidate for candidate in candidates if candidate is not None and candidate not in taken), None
        )
        if stable_id is not None:
            taken.add(stable_id)
        rows.append((placed.level, replace(code, stable_id=stable_id, children=())))
    return build_tree(rows)


def _new_draft(framework: CodingFramework, *, number: int, tree: Tree, editors: list[str]) -> FrameworkVersion:
    """Make a draft with the codes of a tree. editors: empty if the tree is that of the version before."""
    with conflict_on("one_draft_at_a_time", "version_numbers_have_no_twins"):
        draft: FrameworkVersion = FrameworkVersion.objects.create(framework=framework, number=number, editors=editors)
    write_tree(draft, tree)
    return draft
