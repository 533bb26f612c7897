"""Store missing codes: feedback that no code fits, redacted and grouped, about which the framework's owner decides."""

import re
import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext

from coding.frameworks import editing, services
from coding.frameworks.clusters import clustered_by_meaning
from coding.models import Code, CodingFramework, FrameworkVersion, MissingCode, MissingCodeStatus, VersionStatus
from inference.runs.embedding_calls import vectors_in_cache
from tenants.audit import record_act
from tenants.errors import Conflict
from tenants.scoping import tenant_scope

WORD = re.compile(r"\w{3,}")
MIN_SHARED_WORDS = 0.5
MAX_OPEN, MAX_CLUSTERED = 2_000, 500


@dataclass(frozen=True)
class Group:
    """Rows that miss a similar code. name: the most frequent of the proposed ones, "" if there is none."""

    name: str
    missing_codes: tuple[MissingCode, ...]

    @property
    def ids(self) -> str:
        return " ".join(str(row.id) for row in self.missing_codes)


def record_missing_codes(rows: Iterable[MissingCode]) -> None:
    """Add rows in one statement for every 500."""
    MissingCode.objects.bulk_create(list(rows), batch_size=500)


def open_groups(framework: CodingFramework) -> list[Group]:
    """Return the open rows of a framework, of all versions, the largest group first."""
    open_rows = MissingCode.objects.filter(framework_version__framework=framework, status=MissingCodeStatus.OPEN)
    return grouped(list(open_rows[:MAX_OPEN]))


def grouped(rows: Sequence[MissingCode]) -> list[Group]:
    """Group rows whose proposed names share half of their words, and rows without a name by their texts."""
    named = [row for row in rows if WORD.search(row.proposed_name)]
    unnamed = [row for row in rows if not WORD.search(row.proposed_name)]
    groups = [*_by_name(named), *_by_text(unnamed)]
    return sorted(groups, key=lambda group: len(group.missing_codes), reverse=True)


def _by_name(rows: Sequence[MissingCode]) -> list[Group]:
    gathered: list[tuple[set[str], list[MissingCode]]] = []
    for row in rows:
        words = set(WORD.findall(row.proposed_name.casefold()))
        place = next((group for group in gathered if _alike(group[0], words)), None)
        if place is None:
            gathered.append((words, [row]))
        else:
            place[1].append(row)
    return [Group(_most_frequent(row.proposed_name for row in members), tuple(members)) for _, members in gathered]


def _by_text(rows: Sequence[MissingCode]) -> list[Group]:
    """Group texts by meaning or by rare words; shared words name the group. Texts that are alone form the last group.

    Vectors are there for records that were coded by meaning: this page embeds nothing.
    """
    texts = [row.text for row in rows[:MAX_CLUSTERED]]
    clusters = clustered_by_meaning(texts, vectors_in_cache(texts) if texts else {})
    alone = tuple(rows[cluster.members[0]] for cluster in clusters if len(cluster.members) == 1)
    alone += tuple(rows[MAX_CLUSTERED:])
    groups = [
        Group(", ".join(cluster.words), tuple(rows[at] for at in cluster.members))
        for cluster in clusters
        if len(cluster.members) > 1
    ]
    return [*groups, Group("", alone)] if alone else groups


def accept(
    *,
    framework: CodingFramework,
    missing_code_ids: Sequence[uuid.UUID],
    name: str,
    parent_id: uuid.UUID | None,
    actor_id: str,
) -> Code:
    """Make a code of open rows, in the open draft or a new one, and close the rows.

    parent_id: stable id of the code above it; None for the top level. Raises Conflict, and makes no code, if somebody
    else has decided about all of the rows, or if the parent was deleted.
    """
    with tenant_scope(framework.tenant_id), transaction.atomic():
        draft = FrameworkVersion.objects.filter(framework=framework, status=VersionStatus.DRAFT).first()
        draft = draft or services.start_draft(framework=framework, actor_id=actor_id)
        parent = Code.objects.filter(version=draft, stable_id=parent_id).first() if parent_id else None
        if parent_id and parent is None:
            raise Conflict(gettext("Another person deleted the parent code."))
        code = editing.add_code(version=draft, name=name, parent=parent, actor_id=actor_id)
        if not _close(framework, missing_code_ids, MissingCodeStatus.ACCEPTED, actor_id, accepted_as=code.stable_id):
            raise Conflict(gettext("Another person has already decided about these records."))
    return code


def dismiss(*, framework: CodingFramework, missing_code_ids: Sequence[uuid.UUID], actor_id: str) -> None:
    """Close rows without making a code of them."""
    with tenant_scope(framework.tenant_id), transaction.atomic():
        _close(framework, missing_code_ids, MissingCodeStatus.DISMISSED, actor_id)


def _close(
    framework: CodingFramework,
    missing_code_ids: Sequence[uuid.UUID],
    status: MissingCodeStatus,
    actor_id: str,
    accepted_as: uuid.UUID | None = None,
) -> int:
    """Close the rows that are still open; return their number."""
    still_open = MissingCode.objects.filter(
        id__in=missing_code_ids, framework_version__framework=framework, status=MissingCodeStatus.OPEN
    )
    closed = still_open.update(status=status, decided_by=actor_id, accepted_as=accepted_as)
    action = f"missing_codes.{status.value}"
    record_act(framework, actor_id, action, {"missing_codes": closed})
    return closed


def _alike(first: set[str], second: set[str]) -> bool:
    if not first or not second:
        return first == second
    return len(first & second) / len(first | second) >= MIN_SHARED_WORDS


def _most_frequent(names: Iterable[str]) -> str:
    counted = Counter(name for name in names if name)
    return counted.most_common(1)[0][0] if counted else ""
