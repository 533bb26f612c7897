"""What people decided about a tenant's feedback records, as examples to learn from, and the coder taught by them.

Examples are texts that are stored redacted anyway: the evidence of manual codings, and what fitted no code until its
owner made a code of it. They are read in the tenant's scope and what is learnt is kept for that tenant alone.
"""

import threading
import time
import uuid
from collections import OrderedDict, defaultdict
from collections.abc import Hashable, Iterator
from dataclasses import dataclass

from coding.frameworks.tree import Tree
from coding.models import AssignmentSource, Code, CodeAssignment, FrameworkVersion, MissingCode, MissingCodeStatus
from coding.strategies.learned import MOST_EXAMPLES, Example, LearnedCodes
from coding.strategies.lexical_coder import coder_for
from coding.strategies.taught import Coder, TaughtCoder
from inference.orchestrator import OperationRun
from inference.text.words import PLACEHOLDER
from tenants.scoping import current_tenant_id

REMEMBERED_SECONDS = 600.0
LEARNED_KEPT = 32

Decision = tuple[str, uuid.UUID]


@dataclass(frozen=True)
class _Kept:
    read_at: float
    examples: tuple[Example, ...]
    learned: LearnedCodes | None


_kept: OrderedDict[tuple[uuid.UUID, uuid.UUID], _Kept] = OrderedDict()
_keeping = threading.Lock()
# Learning takes seconds: who asks for the same waits for it, other tenants do not (but for one in 256 by chance).
_learning = [threading.Lock() for _ in range(256)]


def taught_coder(run: OperationRun, tree: Tree) -> Coder:
    """The coder of a tree: taught where the tenant stores results and people decided about the tree's framework."""
    lexical = coder_for(tree)
    if run.framework_version_id is None or not run.origin.tenant.stores_results:
        return lexical
    learned = _learned(run.framework_version_id)
    return TaughtCoder(lexical, learned) if learned else lexical


def reviewed_examples(version_id: uuid.UUID) -> tuple[Example, ...]:
    """The newest examples of a version's framework in the scope in force, with stable ids of codes it offers."""
    successors = _successors(version_id)
    codes: dict[str, set[Hashable]] = defaultdict(set)
    for text, stable_id in _decisions(version_id):
        codes[PLACEHOLDER.sub(" ", text)].add(successors.get(stable_id, stable_id))
    return tuple(Example(text, frozenset(given)) for text, given in codes.items())[:MOST_EXAMPLES]


def _learned(version_id: uuid.UUID) -> LearnedCodes | None:
    """What the tenant in scope taught, at most ten minutes old; learnt again only when something was decided since."""
    key = (current_tenant_id(), version_id)
    with _learning[hash(key) % len(_learning)]:
        kept = _kept.get(key)
        if kept and time.monotonic() - kept.read_at < REMEMBERED_SECONDS:
            return kept.learned
        examples = reviewed_examples(version_id)
        is_same = kept is not None and kept.examples == examples
        learned = kept.learned if kept and is_same else LearnedCodes.of(examples)
        with _keeping:
            _kept[key] = _Kept(time.monotonic(), examples, learned)
            _kept.move_to_end(key)
            while len(_kept) > LEARNED_KEPT:
                _kept.popitem(last=False)
    return learned


def _decisions(version_id: uuid.UUID) -> Iterator[Decision]:
    """Texts with the stable id of a code they were given, in any version of the framework, the newest first."""
    framework_id = FrameworkVersion.objects.values_list("framework_id", flat=True).get(id=version_id)
    coded = CodeAssignment.objects.filter(
        source=AssignmentSource.MANUAL, framework_version__framework_id=framework_id, code__isnull=False
    ).exclude(evidence="")
    accepted = MissingCode.objects.filter(
        status=MissingCodeStatus.ACCEPTED, framework_version__framework_id=framework_id, accepted_as__isnull=False
    ).exclude(text="")
    yield from coded.values_list("evidence", "code__stable_id")[:MOST_EXAMPLES]
    yield from accepted.values_list("text", "accepted_as")[:MOST_EXAMPLES]


def _successors(version_id: uuid.UUID) -> dict[uuid.UUID, uuid.UUID]:
    """For each code that was retired in favour of one other: that other."""
    retired = Code.objects.filter(version_id=version_id, is_retired=True).values_list("stable_id", "replaced_by")
    return {stable_id: uuid.UUID(successors[0]) for stable_id, successors in retired if len(successors) == 1}
