"""Code with the offline strategy: without a language model, on this machine, at no cost."""

import re
from collections.abc import Sequence

from coding.frameworks.tree import CodeNode, Tree
from coding.strategies.ranking import Coder, RankedCode, fitting_codes
from coding.strategies.results import NOTHING_TO_CODE, AssignedCode, CodingLimits, CodingResult, result_of
from coding.strategies.reviewed_examples import learned_coder
from feedback.record_text import RecordText
from inference.connections import OFFLINE_MODEL
from inference.fan_out import RecordError
from inference.offline.wording import said, signed
from inference.orchestrator import OperationRun
from inference.runs.replies import Provenance
from inference.text.reading import read_text

STEP, VERSION = "lexical", "lexical-4"
PROVENANCE = Provenance(OFFLINE_MODEL, VERSION)
SENTENCE = re.compile(r"[^.!?؟。\n]+[.!?؟。]*")
MAX_SENTENCES = 50


def code_offline(
    run: OperationRun, records: Sequence[RecordText], tree: Tree, limits: CodingLimits
) -> list[CodingResult | RecordError]:
    """Code records by words, concepts and, where texts can be embedded, meaning. Each filled record is a ledger row."""
    coder = learned_coder(run, tree, [record.content for record in records if not record.is_empty])

    def code(record: RecordText) -> CodingResult | RecordError:
        if record.is_empty:
            return NOTHING_TO_CODE
        return run.work_offline(lambda: _code(run, coder, record, limits), step=STEP, version=VERSION)

    return [code(record) for record in records]


def _code(run: OperationRun, coder: Coder, record: RecordText, limits: CodingLimits) -> CodingResult:
    # The evidence is stored sentence by sentence, and a sentence alone tells fewer names than the record.
    run.redact_record(record.content)
    ranked = coder.rank(record.content)
    close = fitting_codes(ranked, min_share=coder.min_share_of_first)[: limits.max_codes]
    assigned_codes = [_assigned(run, coder, code, ranked, record.content) for code in close]
    return result_of(
        [assigned for assigned in assigned_codes if limits.admits(assigned)],
        assigned_codes,
        limits,
        none_reason=lambda: said("no_code", read_text(record.content).language),
    )


def _assigned(
    run: OperationRun, coder: Coder, chosen: RankedCode, ranked: Sequence[RankedCode], content: str
) -> AssignedCode:
    path = chosen.placed.path
    # A branch has the confidence of the most similar code in it, so that no level is below the code itself.
    confidences = tuple(_highest_under(path[: level + 1], ranked) for level in range(len(path)))
    evidence = _most_similar_sentence(coder, chosen, content)
    text = read_text(content)
    finding = said("by_reviewed" if chosen.is_reviewed else "by_words", text.language)
    explanation = f"{finding} {signed(text)}"
    return AssignedCode(
        path=path,
        confidences=confidences,
        reasons=(*[""] * (len(path) - 1), explanation),
        evidence=evidence,
        stored_reasons=(explanation,),
        stored_evidence=run.storable(evidence or ""),
        provenance=(PROVENANCE,),
    )


def _highest_under(branch: tuple[CodeNode, ...], ranked: Sequence[RankedCode]) -> float:
    return max(code.confidence for code in ranked if _is_under(code, branch))


def _is_under(code: RankedCode, branch: tuple[CodeNode, ...]) -> bool:
    path = code.placed.path
    return len(path) >= len(branch) and all(a is b for a, b in zip(path, branch, strict=False))


def _most_similar_sentence(coder: Coder, chosen: RankedCode, content: str) -> str | None:
    sentences = [sentence.strip() for sentence in SENTENCE.findall(content)[:MAX_SENTENCES] if sentence.strip()]
    if len(sentences) <= 1:
        return sentences[0] if sentences else None
    most_similar: str = max(sentences, key=lambda sentence: coder.similarity(sentence, chosen.placed))
    return most_similar
