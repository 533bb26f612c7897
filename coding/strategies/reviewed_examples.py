"""Read a tenant's reviewed feedback records as examples, and return the coder that learned from them.

Examples are texts that are stored redacted: the evidence of manual codings, and records that fitted no code until the
framework's owner made a code of them. They are read in the tenant's scope, and cached for that tenant alone.
"""

import threading
import uuid
from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence

from cachetools import LRUCache, cached

from coding.frameworks.tree import Tree
from coding.models import AssignmentSource, Code, CodeAssignment, FrameworkVersion, MissingCode, MissingCodeStatus
from coding.strategies.code_vectors import CANNOT_EMBED, code_vectors
from coding.strategies.learned import MAX_EXAMPLES, Example, LearnedCoder, LearnedCodes
from coding.strategies.meaning_coder import MeaningCoder
from coding.strategies.offline_coder import coder_for
from coding.strategies.ranking import Coder
from inference.embeddings.embedder import TextKind
from inference.orchestrator import OperationRun
from inference.text.words import PLACEHOLDER
from tenants.caching import cached_by_tenant
from tenants.scoping import current_tenant_id

CACHE_SECONDS = 600.0
CACHED_FRAMEWORKS = 32

Decision = tuple[str, uuid.UUID]


# Learning takes seconds. Callers of the same framework wait for it; one in 256 others waits by chance.
_learning_locks = [threading.Lock() for _ in range(256)]


def learned_coder(run: OperationRun, tree: Tree, texts: Sequence[str]) -> Coder:
    """Return the coder of a tree, by meaning for these texts where they can be embedded.

    It has learned where the tenant stores records and people reviewed some of them.
    """
    coder = _coder_by_meaning(run, tree, texts)
    if run.framework_version_id is None or not run.origin.tenant.stores_records:
        return coder
    learned = _learned(run.framework_version_id)
    return LearnedCoder(coder, learned) if learned else coder


def _coder_by_meaning(run: OperationRun, tree: Tree, texts: Sequence[str]) -> Coder:
    coder = coder_for(tree)
    codes = code_vectors(run, tree) if texts else None
    if codes is None:
        return coder
    try:
        return MeaningCoder(coder, codes, dict(zip(texts, run.embed(texts, TextKind.QUERY), strict=True)))
    except CANNOT_EMBED:
        return coder


def reviewed_examples(version_id: uuid.UUID) -> tuple[Example, ...]:
    """Return the newest examples of a version's framework in the scope in force, with the codes' stable ids."""
    successors = _successors(version_id)
    codes: dict[str, set[Hashable]] = defaultdict(set)
    for text, stable_id in _decisions(version_id):
        codes[PLACEHOLDER.sub(" ", text)].add(successors.get(stable_id, stable_id))
    return tuple(Example(text, frozenset(assigned)) for text, assigned in codes.items())[:MAX_EXAMPLES]


def _learned(version_id: uuid.UUID) -> LearnedCodes | None:
    """Return the codes learned from the tenant's examples, at most CACHE_SECONDS old."""
    key = (current_tenant_id(), version_id)
    with _learning_locks[hash(key) % len(_learning_locks)]:
        return _learned_from_stored(version_id)


@cached_by_tenant(seconds=CACHE_SECONDS, maximum_entries=CACHED_FRAMEWORKS)
def _learned_from_stored(version_id: uuid.UUID) -> LearnedCodes | None:
    return _learned_from(current_tenant_id(), reviewed_examples(version_id))


# Reading is quick, learning is not: the same examples of a tenant are not learned from again.
@cached(LRUCache(CACHED_FRAMEWORKS), lock=threading.Lock())
def _learned_from(tenant_id: uuid.UUID, examples: tuple[Example, ...]) -> LearnedCodes | None:
    return LearnedCodes.of(examples)


def _decisions(version_id: uuid.UUID) -> Iterator[Decision]:
    """Yield texts with the stable id of a code, from all versions of the framework, the newest first."""
    framework_id = FrameworkVersion.objects.values_list("framework_id", flat=True).get(id=version_id)
    coded = CodeAssignment.objects.filter(
        source=AssignmentSource.MANUAL, framework_version__framework_id=framework_id, code__isnull=False
    ).exclude(evidence="")
    accepted = MissingCode.objects.filter(
        status=MissingCodeStatus.ACCEPTED, framework_version__framework_id=framework_id, accepted_as__isnull=False
    ).exclude(text="")
    yield from coded.values_list("evidence", "code__stable_id")[:MAX_EXAMPLES]
    yield from accepted.values_list("text", "accepted_as")[:MAX_EXAMPLES]


def _successors(version_id: uuid.UUID) -> dict[uuid.UUID, uuid.UUID]:
    """Return the successor of each code that was retired in favour of exactly one other."""
    retired = Code.objects.filter(version_id=version_id, is_retired=True).values_list("stable_id", "replaced_by")
    return {stable_id: uuid.UUID(successors[0]) for stable_id, successors in retired if len(successors) == 1}
