"""Summarise feedback records, one by one or together."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from feedback.languages import language_rule
from feedback.offline import answers
from feedback.record_text import RecordText
from feedback.schemas import QualityJudgement, ScoredSummary, Summary
from inference.errors import AnalysisUnavailable, ModelError, ModelRateLimited, ModelTimedOut
from inference.estimates import characters_left
from inference.fan_out import RecordError, ensure_any_answered
from inference.operation import Operation
from inference.orchestrator import OperationRun
from inference.prompting import Prompt, number_records
from usage.models import Rank

SUMMARIZE = Operation("summarize", offline=answers.SUMMARIZE)
SUMMARIZE_AGGREGATE = Operation("summarize_aggregate", rank=Rank.LOW, offline=answers.SUMMARIZE_AGGREGATE)

RECORD_OVERHEAD = len(number_records([""])) + 8


@dataclass(frozen=True)
class SummaryResult:
    """quality_score: from 0 to 1; None when the judge failed."""

    title: str
    summary: str
    quality_score: float | None


NOTHING_TO_SUMMARIZE = SummaryResult(title="", summary="", quality_score=0.0)


def summarize_record(run: OperationRun, record: RecordText) -> SummaryResult:
    """Summarise one record and have the summary judged."""
    if record.is_empty:
        return NOTHING_TO_SUMMARIZE
    text = run.redact_record(record.content, record.metadata)
    reply = run.ask("summarize", Summary, step="summarize", tenant_note=run.tenant_note, record=text)
    return _judged(run, reply.answer, number_records([text]))


def summarize_each(
    run: OperationRun, records: Sequence[RecordText], *, language: str | None, instructions: str
) -> list[SummaryResult | RecordError]:
    """Summarise records in separate calls, with the summariser's own score.

    Separate calls ensure that no record changes the summary of another, is left out or made up. A record that a model
    failed on has the error as its result. The error is raised if no record was answered.
    """
    safe_instructions = run.redact(instructions)

    def summarize_one(record: RecordText) -> SummaryResult:
        reply = run.ask(
            "summarize_scored",
            ScoredSummary,
            step="summarize",
            language_rule=language_rule(language),
            instructions=safe_instructions,
            tenant_note=run.tenant_note,
            record=run.redact_record(record.content, record.metadata),
        )
        restored = run.restore(reply.answer)
        return SummaryResult(restored.title, restored.summary, restored.quality_score)

    results = run.fan_out_records(summarize_one, records)
    ensure_any_answered(results)
    return results


def summarize_together(
    run: OperationRun,
    records: Sequence[RecordText],
    *,
    language: str | None = None,
    instructions: str = "",
) -> SummaryResult:
    """Summarise records as a whole: in one call when they fit, otherwise in parts that are merged.

    If one part fails, the summary fails, since a summary without a part would mislead. Raises ModelError, and
    AnalysisUnavailable if no part could be summarised.
    """
    texts = [run.redact_record(record.content, record.metadata) for record in records if not record.is_empty]
    if not texts:
        return NOTHING_TO_SUMMARIZE
    safe_instructions = run.redact(instructions)
    parts = _parts_that_fit(run, run.prompt("summarize_aggregate"), texts, language, safe_instructions)

    summaries = _summarised(run, parts, language, safe_instructions)
    weighed = [
        f"{len(part)} records: {summary.title}\n{summary.summary}"
        for part, summary in zip(parts, summaries, strict=True)
    ]
    return _judged(
        run, _merged(run, summaries, weighed, language), number_records(texts if len(parts) == 1 else weighed)
    )


def _summarised(
    run: OperationRun, parts: Sequence[Sequence[str]], language: str | None, instructions: str
) -> list[Summary]:
    finished: list[Sequence[str]] = []
    step = "summarize" if len(parts) == 1 else "map"

    def summarize_part(part: Sequence[str]) -> Summary:
        summary = _ask(run, run.prompt("summarize_aggregate"), part, step, language, instructions)
        finished.append(part)
        return summary

    try:
        return run.fan_out(summarize_part, parts)
    except (ModelRateLimited, ModelTimedOut):
        raise
    except ModelError as error:
        if finished or len(parts) == 1:
            raise
        raise AnalysisUnavailable from error


def _merged(run: OperationRun, summaries: list[Summary], weighed: list[str], language: str | None) -> Summary:
    """Merge summaries until one is left, in groups if they do not fit one call."""
    merge = run.prompt("merge_summaries")
    while len(summaries) > 1:
        groups = _parts_that_fit(run, merge, weighed, language, "")
        if len(groups) >= len(weighed):
            groups = _shortened_pairs(run, weighed, language)
        summaries = run.fan_out(lambda group: _ask(run, merge, group, "reduce", language, ""), groups)
        weighed = [f"{summary.title}\n{summary.summary}" for summary in summaries]
    return summaries[0]


def _shortened_pairs(run: OperationRun, texts: Sequence[str], language: str | None) -> list[list[str]]:
    """Pair summaries of which no two fit one call, cut to half a call, so that every round ends with fewer."""
    half = _room(run, run.prompt("merge_summaries"), language, "") // 2 - RECORD_OVERHEAD
    shortened = [_pieces(text, half)[0] for text in texts]
    return [shortened[start : start + 2] for start in range(0, len(shortened), 2)]


def _ask(
    run: OperationRun,
    prompt: Prompt,
    texts: Sequence[str],
    step: str,
    language: str | None,
    instructions: str,
) -> Summary:
    reply = run.ask(prompt.name, Summary, step=step, **_variables(run, prompt, texts, language, instructions))
    return reply.answer


def _variables(
    run: OperationRun, prompt: Prompt, texts: Sequence[str], language: str | None, instructions: str
) -> dict[str, Any]:
    possible = {
        "language_rule": language_rule(language),
        "instructions": instructions,
        "tenant_note": run.tenant_note,
        "records": number_records(texts),
    }
    return {name: value for name, value in possible.items() if name in prompt.variables}


def _parts_that_fit(
    run: OperationRun, prompt: Prompt, texts: Sequence[str], language: str | None, instructions: str
) -> list[list[str]]:
    """Group texts in order into as few parts as possible that fit a call. Too long texts are cut at white space."""
    room = _room(run, prompt, language, instructions)
    parts: list[list[str]] = [[]]
    used = 0
    for text in (piece for whole in texts for piece in _pieces(whole, room - RECORD_OVERHEAD)):
        size = len(text) + RECORD_OVERHEAD
        if parts[-1] and used + size > room:
            parts.append([])
            used = 0
        parts[-1].append(text)
        used += size
    return parts


def _room(run: OperationRun, prompt: Prompt, language: str | None, instructions: str) -> int:
    """Return the number of characters left for records in one call of this prompt."""
    return characters_left(prompt.render(**_variables(run, prompt, [], language, instructions)))


def _pieces(text: str, max_length: int) -> list[str]:
    pieces = []
    while len(text) > max_length > 0:
        cut = text.rfind(" ", max_length // 2, max_length)
        cut = max_length if cut < 0 else cut
        pieces.append(text[:cut])
        text = text[cut:].lstrip()
    return [*pieces, text]


def _judged(run: OperationRun, summary: Summary, source: str) -> SummaryResult:
    restored = run.restore(summary)  # before the judge, who may use up the deadline
    judged = run.ask_judge(
        "judge_summary", QualityJudgement, records=source, title=summary.title, summary=summary.summary
    )
    return SummaryResult(restored.title, restored.summary, judged.answer.quality_score if judged else None)
