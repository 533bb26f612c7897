"""Change the codes of a draft. Every change locks the draft, is audited, and numbers siblings from 0.

A code that is retired, merged or split stores the stable ids of the codes that replace it. Series of both versions are
read along these ids.
"""

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.utils.translation import gettext

from coding.errors import ChangedMeanwhile
from coding.frameworks.services import locked_draft, note_editor
from coding.frameworks.tree import EDITABLE_FIELDS
from coding.models import Code, FrameworkVersion
from tenants.audit import record_act
from tenants.conflicts import conflict_on
from tenants.errors import Conflict
from tenants.scoping import tenant_scope

EDITABLE = tuple(field.column for field in EDITABLE_FIELDS)
"""The columns of a code that people change, in the order of its form."""


def add_code(
    *,
    version: FrameworkVersion,
    name: str,
    actor_id: str,
    parent: Code | None = None,
    after: Code | None = None,
    **fields: Any,
) -> Code:
    """Add a code under a parent or at the top level, after a sibling or as the last one.

    Raises VersionFrozen and Conflict.
    """
    with _editing(version, actor_id, "code.added") as (draft, noted):
        siblings = _siblings(draft.id, parent.id if parent else None)
        position = next(
            (index + 1 for index, sibling in enumerate(siblings) if after and sibling.id == after.id), len(siblings)
        )
        code: Code = Code.objects.create(
            tenant_id=draft.tenant_id,
            version=draft,
            parent=parent,
            name=name,
            position=position,
            **_only_editable(fields),
        )
        siblings.insert(position, code)
        _number(siblings)
        noted["code"] = str(code.stable_id)
    return code


def change_code(*, code: Code, actor_id: str, expected: Mapping[str, Any] | None = None, **changes: Any) -> Code:
    """Change fields of a code. Raises VersionFrozen, and Conflict on an id that another code has.

    expected: values of the changed fields when the person opened the form; None skips the comparison. Raises
    ChangedMeanwhile, and changes nothing, if one of them has another value now.
    """
    with _editing(code.version, actor_id, "code.changed") as (_, noted):
        code.refresh_from_db()
        if expected is not None and any(getattr(code, field) != expected[field] for field in changes):
            raise ChangedMeanwhile
        for field, value in _only_editable(changes).items():
            setattr(code, field, value)
        code.save(update_fields=list(changes))
        noted |= {"code": str(code.stable_id), "fields": sorted(changes)}
    return code


def move_code(*, code: Code, parent: Code | None, position: int, actor_id: str) -> None:
    """Move a code and all codes under it to another parent or another place among its siblings.

    Raises VersionFrozen, and Conflict if the new parent is the code itself or a code under it.
    """
    with _editing(code.version, actor_id, "code.moved") as (draft, noted):
        code.refresh_from_db()
        if parent is not None and code.id in ids_from_root(parent):
            raise Conflict(gettext("A code cannot be moved under itself."))
        siblings = [sibling for sibling in _siblings(draft.id, parent.id if parent else None) if sibling.id != code.id]
        code.parent = parent
        code.position = max(0, min(position, len(siblings)))
        code.save(update_fields=["parent", "position"])
        siblings.insert(code.position, code)
        _number(siblings)
        noted["code"] = str(code.stable_id)


def retire_code(*, code: Code, replaced_by: Sequence[Code], actor_id: str) -> None:
    """Retire a code and all codes under it, and store its successors.

    Raises Conflict if a successor is one of the retired codes.
    """
    with _editing(code.version, actor_id, "code.retired") as (_, noted):
        for successor in replaced_by:
            _refuse_retired(successor)
            if successor.id != code.id and code.id in ids_from_root(successor):
                raise Conflict(gettext("Codes under a retired code are retired too. Choose another code."))
        successors = _stable_ids(successor for successor in replaced_by if successor.id != code.id)
        Code.objects.filter(id__in=_ids_of_branch(code)).update(is_retired=True)
        Code.objects.filter(id=code.id).update(replaced_by=successors)
        noted |= {"code": str(code.stable_id), "replaced_by": successors}


def restore_code(*, code: Code, actor_id: str) -> None:
    """Offer a retired code again, with all codes under it and above it."""
    with _editing(code.version, actor_id, "code.restored") as (_, noted):
        branch = [*_ids_of_branch(code), *ids_from_root(code)]
        Code.objects.filter(id__in=branch).update(is_retired=False, replaced_by=[])
        noted["code"] = str(code.stable_id)


def merge_codes(*, code: Code, into: Code, actor_id: str) -> None:
    """Retire a code in favour of another one, which takes its examples, its name as an alias, and the codes under it.

    Raises Conflict if the other code is under this one.
    """
    with _editing(code.version, actor_id, "code.merged") as (draft, noted):
        code.refresh_from_db()
        _refuse_retired(into)
        if code.id in ids_from_root(into):
            raise Conflict(gettext("A code cannot be merged into itself or into a code under it."))
        _take_over_children(draft, code, into)
        into.examples = _joined(into.examples, code.examples)
        into.aliases = _joined(into.aliases, [code.name, *code.aliases])
        into.save(update_fields=["examples", "aliases"])
        Code.objects.filter(id=code.id).update(is_retired=True, replaced_by=[str(into.stable_id)])
        noted |= {"code": str(code.stable_id), "into": str(into.stable_id)}


def split_code(*, code: Code, names: Sequence[str], actor_id: str) -> list[Code]:
    """Retire a code in favour of new ones beside it. The first of these takes the codes under it."""
    with _editing(code.version, actor_id, "code.split") as (draft, noted):
        code.refresh_from_db()
        siblings = _siblings(draft.id, code.parent_id)
        place = next(index for index, sibling in enumerate(siblings) if sibling.id == code.id) + 1
        parts = [
            Code.objects.create(tenant_id=draft.tenant_id, version=draft, parent_id=code.parent_id, name=name)
            for name in names
        ]
        _number([*siblings[:place], *parts, *siblings[place:]])
        if parts:
            _take_over_children(draft, code, parts[0])
        Code.objects.filter(id=code.id).update(is_retired=True, replaced_by=_stable_ids(parts))
        noted |= {"code": str(code.stable_id), "into": _stable_ids(parts)}
    return parts


def delete_code(*, code: Code, actor_id: str) -> None:
    """Delete a code and all codes under it. Raises Conflict if an earlier version has one of them."""
    with _editing(code.version, actor_id, "code.deleted") as (draft, noted):
        branch = _ids_of_branch(code)
        stable_ids = Code.objects.filter(id__in=branch).values("stable_id")
        earlier = Code.objects.filter(version__framework_id=draft.framework_id, stable_id__in=stable_ids)
        if earlier.exclude(version=draft).exists():
            raise Conflict(gettext("An earlier version has this code or a code under it. Retire it instead."))
        Code.objects.filter(id__in=branch).delete()
        noted["code"] = str(code.stable_id)


def ids_from_root(code: Code) -> list[uuid.UUID]:
    """Return the ids of a code and of all codes above it."""
    parents = dict(Code.objects.filter(version_id=code.version_id).values_list("id", "parent_id"))
    path: list[uuid.UUID] = []
    current: uuid.UUID | None = code.id
    while current is not None:
        path.append(current)
        current = parents.get(current)
    return path


@contextmanager
def _editing(
    version: FrameworkVersion, actor_id: str, action: str
) -> Iterator[tuple[FrameworkVersion, dict[str, Any]]]:
    """Lock the draft, record the editor, and audit the change with the facts that the block notes."""
    noted: dict[str, Any] = {}
    has_taken_id = conflict_on("one_code_per_external_id", message=gettext("Another code of this version has that id."))
    has_lost_parent = conflict_on(
        "coding_code_parent_id_729e12b2_fk_coding_code_id",
        "parent_in_the_same_version",
        message=gettext("Another person deleted the parent code."),
    )
    try:
        with has_taken_id, has_lost_parent, tenant_scope(version.tenant_id), transaction.atomic():
            draft = locked_draft(version.id)
            yield draft, noted
            note_editor(draft, actor_id)
            record_act(draft, actor_id, action, noted)
    except Code.DoesNotExist as error:
        raise Conflict(gettext("Another person deleted this code.")) from error


def _refuse_retired(successor: Code) -> None:
    """Read a successor again. Raises Conflict if it is retired."""
    # A chain of successors must not become a circle.
    successor.refresh_from_db()
    if successor.is_retired:
        raise Conflict(gettext("%(code)s is retired. Choose a code that is offered.") % {"code": successor})


def _siblings(version_id: uuid.UUID, parent_id: uuid.UUID | None) -> list[Code]:
    return list(Code.objects.filter(version_id=version_id, parent_id=parent_id).only("id", "position", "version"))


def _number(siblings: Sequence[Code]) -> None:
    """Write the changed positions in one statement."""
    moved = []
    for position, code in enumerate(siblings):
        if code.position != position:
            code.position = position
            moved.append(code)
    Code.objects.bulk_update(moved, ["position"])


def _take_over_children(draft: FrameworkVersion, old: Code, new: Code) -> None:
    """Move the codes under one code behind the codes under another one."""
    taken = _siblings(draft.id, old.id)
    Code.objects.filter(version=draft, parent_id=old.id).update(parent_id=new.id)
    _number(
        [*[sibling for sibling in _siblings(draft.id, new.id) if sibling.id not in {code.id for code in taken}], *taken]
    )


def _ids_of_branch(code: Code) -> list[uuid.UUID]:
    """Return the ids of a code and of all codes under it."""
    children: dict[uuid.UUID | None, list[uuid.UUID]] = {}
    for code_id, parent_id in Code.objects.filter(version_id=code.version_id).values_list("id", "parent_id"):
        children.setdefault(parent_id, []).append(code_id)
    branch = [code.id]
    for code_id in branch:
        branch.extend(children.get(code_id, []))
    return branch


def _only_editable(fields: dict[str, Any]) -> dict[str, Any]:
    unknown = set(fields).difference(EDITABLE)
    if unknown:
        raise TypeError(f"{sorted(unknown)} are not fields that are edited")
    return fields


def _stable_ids(codes: Iterable[Code]) -> list[str]:
    return [str(code.stable_id) for code in codes]


def _joined(first: Iterable[str], second: Iterable[str]) -> list[str]:
    return list(dict.fromkeys([*first, *second]))
