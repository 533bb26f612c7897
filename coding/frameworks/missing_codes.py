"""The pool of what fitted no code: kept redacted, grouped, and decided on by the framework's owner."""

import re
import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext

from coding.frameworks import editing, services
from coding.frameworks.clusters import clustered
from coding.models import Code, CodeSuggestion, CodingFramework, FrameworkVersion, SuggestionStatus, VersionStatus
from tenants.audit import record_act
from tenants.errors import Conflict
from tenants.scoping import tenant_scope

WORD = re.compile(r"\w{3,}")
ALIKE = 0.5
MOST_OPEN, MOST_CLUSTERED = 2_000, 500


@dataclass(frozen=True)
class Group:
    """Suggestions that want much the same code. name: the one most of them give, "" when none has one."""

    name: str
    suggestions: tuple[CodeSuggestion, ...]

    @property
    def ids(self) -> str:
        return " ".join(str(each.id) for each in self.suggestions)


def record_suggestions(suggestions: Iterable[CodeSuggestion]) -> None:
    """Add to the pool."""
    CodeSuggestion.objects.bulk_create(list(suggestions), batch_size=500)


def open_groups(framework: CodingFramework) -> list[Group]:
    """The open suggestions of a framework, all versions together, the largest group first."""
    found = CodeSuggestion.objects.filter(framework_version__framework=framework, status=SuggestionStatus.OPEN)
    return grouped(list(found[:MOST_OPEN]))


def grouped(suggestions: Sequence[CodeSuggestion]) -> list[Group]:
    """Put suggestions together whose names share half of their words, and those without a name by their texts."""
    named = [each for each in suggestions if WORD.search(each.suggested_name)]
    unnamed = [each for each in suggestions if not WORD.search(each.suggested_name)]
    groups = [*_by_name(named), *_by_text(unnamed)]
    return sorted(groups, key=lambda group: len(group.suggestions), reverse=True)


def _by_name(suggestions: Sequence[CodeSuggestion]) -> list[Group]:
    gathered: list[tuple[set[str], list[CodeSuggestion]]] = []
    for suggestion in suggestions:
        words = set(WORD.findall(suggestion.suggested_name.casefold()))
        place = next((each for each in gathered if _alike(each[0], words)), None)
        if place is None:
            gathered.append((words, [suggestion]))
        else:
            place[1].append(suggestion)
    return [Group(_commonest(each.suggested_name for each in members), tuple(members)) for _, members in gathered]


def _by_text(suggestions: Sequence[CodeSuggestion]) -> list[Group]:
    """Groups of texts that share telling words, named by these; what is like no other is the last group, unnamed."""
    clusters = clustered([each.text for each in suggestions[:MOST_CLUSTERED]])
    alone = tuple(suggestions[cluster.members[0]] for cluster in clusters if len(cluster.members) == 1)
    alone += tuple(suggestions[MOST_CLUSTERED:])
    found = [
        Group(", ".join(cluster.words), tuple(suggestions[at] for at in cluster.members))
        for cluster in clusters
        if len(cluster.members) > 1
    ]
    return [*found, Group("", alone)] if alone else found


def accept(
    *,
    framework: CodingFramework,
    suggestion_ids: Sequence[uuid.UUID],
    name: str,
    parent_id: uuid.UUID | None,
    actor_id: str,
) -> Code:
    """Make a code of suggestions, in the open draft or a new one, and close them.

    parent_id: the stable id of the code it stands under; None for the top level. Raises Conflict, and makes no code,
    when somebody has decided about all of them meanwhile, or when the parent is gone.
    """
    with tenant_scope(framework.tenant_id), transaction.atomic():
        draft = FrameworkVersion.objects.filter(framework=framework, status=VersionStatus.DRAFT).first()
        draft = draft or services.start_draft(framework=framework, actor_id=actor_id)
        parent = Code.objects.filter(version=draft, stable_id=parent_id).first() if parent_id else None
        if parent_id and parent is None:
            raise Conflict(gettext("Somebody deleted the code that it should stand under."))
        code = editing.add_code(version=draft, name=name, parent=parent, actor_id=actor_id)
        if not _close(framework, suggestion_ids, SuggestionStatus.ACCEPTED, actor_id, accepted_as=code.stable_id):
            raise Conflict(gettext("Somebody has decided about these meanwhile."))
    return code


def dismiss(*, framework: CodingFramework, suggestion_ids: Sequence[uuid.UUID], actor_id: str) -> None:
    """Close suggestions without making a code of them."""
    with tenant_scope(framework.tenant_id), transaction.atomic():
        _close(framework, suggestion_ids, SuggestionStatus.DISMISSED, actor_id)


def _close(
    framework: CodingFramework,
    suggestion_ids: Sequence[uuid.UUID],
    status: SuggestionStatus,
    actor_id: str,
    accepted_as: uuid.UUID | None = None,
) -> int:
    """Close what is still open; return how many there were."""
    still_open = CodeSuggestion.objects.filter(
        id__in=suggestion_ids, framework_version__framework=framework, status=SuggestionStatus.OPEN
    )
    closed = still_open.update(status=status, decided_by=actor_id, accepted_as=accepted_as)
    action = f"code_suggestions.{status.value}"
    record_act(framework, actor_id, action, {"suggestions": closed})
    return closed


def _alike(first: set[str], second: set[str]) -> bool:
    if not first or not second:
        return first == second
    return len(first & second) / len(first | second) >= ALIKE


def _commonest(names: Iterable[str]) -> str:
    counted = Counter(name for name in names if name)
    return counted.most_common(1)[0][0] if counted else ""
