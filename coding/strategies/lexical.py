"""Coding without any language model: by words and by what people decided before, on this machine, at no cost."""

import re
from collections.abc import Sequence

from coding.frameworks.tree import CodeNode, Tree
from coding.strategies.lexical_coder import RankedCode
from coding.strategies.results import NOTHING_TO_CODE, AssignedCode, CodingLimits, CodingResult, result_of
from coding.strategies.reviewed_examples import taught_coder
from coding.strategies.taught import Coder, chosen_by_words
from feedback.record_text import RecordText
from inference.connections import OFFLINE_MODEL
from inference.fan_out import RecordError
from inference.orchestrator import OperationRun, Provenance

STEP, VERSION = "lexical", "lexical-2"
PROVENANCE = Provenance(OFFLINE_MODEL, VERSION)
EXPLANATION = "By likeness of words, without a language model."
EXPLANATION_REVIEWED = "By likeness to records that people coded, without a language model."
SENTENCE = re.compile(r"[^.!?؟。\n]+[.!?؟。]*")
NEARBY = 0.75
"""A further code is found when its likeness is at least this share of the best one's."""


def code_offline(
    run: OperationRun, records: Sequence[RecordText], tree: Tree, limits: CodingLimits
) -> list[CodingResult | RecordError]:
    """Code records by the codes that their words are most similar to. A record that is not empty is a ledger row."""
    coder = taught_coder(run, tree)

    def code(record: RecordText) -> CodingResult | RecordError:
        if record.is_empty:
            return NOTHING_TO_CODE
        return run.work_offline(lambda: _code(run, coder, record, limits), step=STEP, version=VERSION)

    return [code(record) for record in records]


def _code(run: OperationRun, coder: Coder, record: RecordText, limits: CodingLimits) -> CodingResult:
    run.redact_record(record.content)  # so that the session knows its names: a sentence by itself tells fewer
    ranked = coder.rank(record.content)
    near = chosen_by_words(ranked, NEARBY)[: limits.max_codes]
    found = [_assigned(run, coder, each, ranked, record.content) for each in near]
    return result_of(
        [assigned for assigned in found if limits.admits(assigned)],
        found,
        limits,
        none_reason=lambda: "The record shares no words with the framework.",
    )


def _assigned(
    run: OperationRun, coder: Coder, chosen: RankedCode, ranked: Sequence[RankedCode], content: str
) -> AssignedCode:
    """A branch is as likely as the likeliest code in it, so that no level is below the code itself."""
    path = chosen.placed.path
    confidences = tuple(_best_under(path[: level + 1], ranked) for level in range(len(path)))
    evidence = _likest_sentence(coder, chosen, content)
    explanation = EXPLANATION_REVIEWED if chosen.is_reviewed else EXPLANATION
    return AssignedCode(
        path=path,
        confidences=confidences,
        reasons=(*[""] * (len(path) - 1), explanation),
        evidence=evidence,
        stored_reasons=(explanation,),
        stored_evidence=run.storable(evidence or ""),
        provenance=(PROVENANCE,),
    )


def _best_under(branch: tuple[CodeNode, ...], ranked: Sequence[RankedCode]) -> float:
    return max(each.confidence for each in ranked if _is_under(each, branch))


def _is_under(each: RankedCode, branch: tuple[CodeNode, ...]) -> bool:
    path = each.placed.path
    return len(path) >= len(branch) and all(a is b for a, b in zip(path, branch, strict=False))


def _likest_sentence(coder: Coder, chosen: RankedCode, content: str) -> str | None:
    """The sentence of a record that is likest to the code."""
    sentences = [found.strip() for found in SENTENCE.findall(content)[:50] if found.strip()]
    if len(sentences) <= 1:
        return sentences[0] if sentences else None
    likest: str = max(sentences, key=lambda sentence: coder.similarity(sentence, chosen.placed))
    return likest
