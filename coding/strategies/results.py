"""Define the results of coding a feedback record, with their confidence, order and limits, for all strategies."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from coding.frameworks.tree import CodeNode, written_path
from inference.runs.replies import Provenance

MAX_NEAR_MISSES = 3
JUDGE_UNAVAILABLE = "judge unavailable"
NO_CONTENT = "No feedback content was provided."


@dataclass(frozen=True)
class AssignedCode:
    """A code, or a branch above codes, with a confidence from 0 to 1 for each level of its path.

    reasons: one per level, with personal data restored. evidence: a span of the record word for word, or None.
    stored_reasons and stored_evidence: the same with placeholders in place of personal data, "" if not stored.
    is_judged: False if a judge was asked and failed; such a code is assigned whatever the threshold. unmeasured:
    levels, from 0, without a confidence of a model. provenance: of the replies that led to the code.
    """

    path: tuple[CodeNode, ...]
    confidences: tuple[float, ...]
    reasons: tuple[str, ...] = field(default=(), repr=False)
    evidence: str | None = field(default=None, repr=False)
    stored_reasons: tuple[str, ...] = field(default=(), repr=False)
    stored_evidence: str = field(default="", repr=False)
    is_judged: bool = True
    unmeasured: frozenset[int] = frozenset()
    provenance: tuple[Provenance, ...] = ()

    @property
    def code(self) -> CodeNode:
        return self.path[-1]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(node.name for node in self.path)

    @property
    def measured_confidences(self) -> list[float | None]:
        """Return the confidences as they are stored: None for unmeasured levels."""
        return [None if level in self.unmeasured else share for level, share in enumerate(self.confidences)]

    @property
    def model(self) -> str:
        """Return the model that answered, which may differ from the configured one."""
        return self.provenance[0].model if self.provenance else ""

    @property
    def prompt_version(self) -> str:
        """Return the versions of all prompts that led to the code."""
        return "/".join(dict.fromkeys(origin.prompt_version for origin in self.provenance))

    @property
    def confidence(self) -> float:
        """Return the minimum over the levels. Source: the contract, section 7."""
        return min(self.confidences)


@dataclass(frozen=True)
class CodingResult:
    """The codes of a record, the most confident first. not_coded_reason: None if there is a code.

    dropped_codes: answers without a code of the framework or with an impossible confidence. dropped_evidence:
    quotations that are not in the record. nothing_fits: there is not even a near miss. suggested_code: name of the code
    that the framework lacks then; stored_proposed_name: the same with placeholders.
    """

    assigned: tuple[AssignedCode, ...]
    not_coded_reason: str | None = None
    dropped_codes: int = 0
    dropped_evidence: int = 0
    suggested_code: str | None = None
    stored_proposed_name: str = ""
    nothing_fits: bool = False


NOTHING_TO_CODE = CodingResult((), NO_CONTENT)


@dataclass(frozen=True)
class CodingLimits:
    """Limits of a coding. threshold: minimum confidence of an assigned code, from 0 to 1; None assigns all codes.

    uses_judge: a second call scores the codes of one-call strategies; level by level always judges.
    """

    max_codes: int = 1
    threshold: float | None = None
    uses_judge: bool = False

    def reaches(self, confidence: float) -> bool:
        return self.threshold is None or confidence >= self.threshold

    def admits(self, assigned: AssignedCode) -> bool:
        """Tell whether a code is assigned: it reaches the threshold, or could not be judged."""
        return not assigned.is_judged or self.reaches(assigned.confidence)


def result_of(
    found: Sequence[AssignedCode],
    near_misses: Sequence[AssignedCode],
    limits: CodingLimits,
    *,
    none_reason: Callable[[], str],
) -> CodingResult:
    """Sort the codes by confidence, apply the limits, and give a reason if no code is left.

    none_reason: used if there is not even a near miss.
    """
    ordered = sorted(found, key=lambda assigned: assigned.confidence, reverse=True)
    if ordered:
        return CodingResult(tuple(ordered[: limits.max_codes]))
    if not near_misses or limits.threshold is None:
        return CodingResult((), none_reason(), nothing_fits=not near_misses)
    nearest = sorted(near_misses, key=lambda near_miss: near_miss.confidence, reverse=True)[:MAX_NEAR_MISSES]
    listed = ", ".join(f"{written_path(near_miss.names)} ({near_miss.confidence:.2f})" for near_miss in nearest)
    return CodingResult((), f"No code reached the confidence threshold of {limits.threshold:.2f}. Nearest: {listed}.")
