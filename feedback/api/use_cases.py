"""Use cases of the feedback operations for endpoints and jobs, contract v2."""

from dataclasses import asdict
from typing import Any

from feedback.api import serializers
from feedback.api.serializers import as_record
from feedback.languages import cleaned_language
from feedback.operations.analyze import ANALYZE, AnalysisResult, analyze
from feedback.operations.detect_sensitive import DETECT_SENSITIVE, SensitivityResult, detect_sensitive
from feedback.operations.summarize import (
    SUMMARIZE,
    SUMMARIZE_AGGREGATE,
    SummaryResult,
    summarize_record,
    summarize_together,
)
from feedback.pretty_output import headers_in, pretty_output
from feedback.record_text import RecordText
from inference.errors import AnalysisUnavailable
from inference.orchestrator import OperationRun
from inference.registry import Body, UseCase


def _summarize(run: OperationRun, body: Body) -> SummaryResult:
    return summarize_record(run, as_record(body["feedback_record"]))


def _summary(run: OperationRun, body: Body, result: SummaryResult) -> dict[str, Any]:
    record_id = body["feedback_record"]["id"]
    shown = pretty_output(
        title=result.title, summary=result.summary, quality_score=result.quality_score, record_id=record_id
    )
    could_identify = run.redaction.could_identify > 0
    return {"id": record_id, **asdict(result), "pretty_output": shown, "could_identify": could_identify}


def _summarize_bulk(run: OperationRun, body: Body) -> SummaryResult:
    return summarize_together(run, _records(body), language=cleaned_language(body["output_language"]))


def _bulk_summary(run: OperationRun, body: Body, result: SummaryResult) -> dict[str, Any]:
    ids = [record.id for record in _records(body) if not record.is_empty]
    shown = pretty_output(
        title=result.title,
        summary=result.summary,
        quality_score=result.quality_score,
        ids=ids or None,
        headers=headers_in(cleaned_language(body["output_language"])),
    )
    return {
        "ids": ids,
        **asdict(result),
        "pretty_output": shown,
        "records_that_could_identify": run.redaction.could_identify,
    }


def _analyze(run: OperationRun, body: Body) -> AnalysisResult:
    records = _records(body)
    if body["mode"] == "hierarchical" and any(not record.is_empty for record in records):
        raise AnalysisUnavailable
    return analyze(
        run,
        records,
        question=body["prompt"],
        language=cleaned_language(body["output_language"]),
        period=body["period"],
    )


def _analysis(run: OperationRun, body: Body, result: AnalysisResult) -> dict[str, Any]:
    shown = pretty_output(title="Analysis", summary=result.analysis, quality_score=result.quality_score)
    return {
        "analysis": result.analysis,
        "quality_score": result.quality_score,
        "uncertainty_explanation": result.uncertainty_explanation,
        "feedback_record_count": result.feedback_record_count,
        "request_id": str(run.origin.call_id),
        "confidence": result.confidence,
        "coding_trends": asdict(result.trends) if result.trends else None,
        "pretty_output": shown,
        "quoted_records": result.quoted_records,
        "records_that_could_identify": run.redaction.could_identify,
    }


def _detect_sensitive(run: OperationRun, body: Body) -> SensitivityResult:
    return detect_sensitive(run, as_record(body["feedback_record"]))


def _rating(run: OperationRun, body: Body, result: SensitivityResult) -> dict[str, Any]:
    rating = as_rating(as_record(body["feedback_record"]), result)
    return {**rating, "could_identify": run.redaction.could_identify > 0}


def as_rating(record: RecordText, result: SensitivityResult) -> dict[str, Any]:
    return {
        "id": record.id,
        "is_sensitive": result.is_sensitive,
        "explanation": result.explanation,
        "sensitivity_types": [sensitivity_type.value for sensitivity_type in result.sensitivity_types],
    }


def _records(body: Body) -> list[RecordText]:
    return [as_record(record) for record in body["feedback_records"]]


USE_CASES: tuple[UseCase[Any], ...] = (
    UseCase(
        operation=SUMMARIZE,
        path="summarize",
        summary="One record, or v1's list of records.",
        takes=serializers.SummarizeSerializer,
        perform=_summarize,
        answer=_summary,
        gives=serializers.SummaryAnswerSerializer,
    ),
    UseCase(
        operation=SUMMARIZE_AGGREGATE,
        path="summarize-bulk",
        summary="Many records as a whole.",
        takes=serializers.SummarizeBulkSerializer,
        records_key="feedback_records",
        perform=_summarize_bulk,
        answer=_bulk_summary,
        gives=serializers.SummarizeBulkAnswerSerializer,
    ),
    UseCase(
        operation=ANALYZE,
        path="analyze-bulk",
        summary="An analyst's question, answered from many records.",
        takes=serializers.AnalyzeBulkSerializer,
        records_key="feedback_records",
        asks_once=True,
        perform=_analyze,
        answer=_analysis,
        gives=serializers.AnalyzeBulkAnswerSerializer,
    ),
    UseCase(
        operation=DETECT_SENSITIVE,
        path="detect-sensitive",
        summary="One record, or v1's list of items.",
        takes=serializers.DetectSensitiveSerializer,
        perform=_detect_sensitive,
        answer=_rating,
        gives=serializers.SensitivityAnswerSerializer,
    ),
)
