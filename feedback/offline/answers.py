"""Map the prompts of the feedback app to answerers of the offline engine."""

from feedback.offline.aggregating import aggregate_answer, merged_answer
from feedback.offline.analysing import analysis_answer
from feedback.offline.judging import judgement_answer, scored
from feedback.offline.sensitivity import sensitivity_answer
from feedback.offline.summarising import summary_answer
from inference.offline.engine import OfflineAnswers, OfflinePrompt

Answer = dict[str, object]


def _summary(prompt: OfflinePrompt) -> Answer:
    return summary_answer(prompt.record)


def _scored_summary(prompt: OfflinePrompt) -> Answer:
    answer = summary_answer(prompt.record)
    return answer | {"quality_score": scored(str(answer["title"]), str(answer["summary"]), prompt.record)}


def _summary_of_many(prompt: OfflinePrompt) -> Answer:
    return aggregate_answer(prompt.records, prompt.language)


def _merged_summary(prompt: OfflinePrompt) -> Answer:
    return merged_answer(prompt.records, prompt.language)


def _analysis(prompt: OfflinePrompt) -> Answer:
    return analysis_answer(prompt.inside("question"), prompt.inside("counts"), prompt.records, prompt.language)


def _judgement(prompt: OfflinePrompt) -> Answer:
    return judgement_answer(prompt.inside("source"), prompt.inside("candidate"), prompt.metadata)


def _sensitivity(prompt: OfflinePrompt) -> Answer:
    possible = prompt.schema["properties"]["sensitivity_types"]["items"]["enum"]
    return sensitivity_answer(prompt.record, possible)


SUMMARIZE: OfflineAnswers = {"summarize": _summary, "summarize_scored": _scored_summary, "judge_summary": _judgement}
SUMMARIZE_AGGREGATE: OfflineAnswers = {
    "summarize_aggregate": _summary_of_many,
    "merge_summaries": _merged_summary,
    "judge_summary": _judgement,
}
ANALYZE: OfflineAnswers = {"analyze": _analysis, "judge_analysis": _judgement}
DETECT_SENSITIVE: OfflineAnswers = {"detect_sensitive": _sensitivity}
