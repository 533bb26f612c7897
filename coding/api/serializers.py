"""Define bodies and answers of the coding endpoint, contract v2."""

from collections.abc import Sequence
from typing import Any

from rest_framework import serializers

from coding.api.trees import CodingLevelsField
from coding.models import Strategy
from coding.operations.assign_codes import STRATEGIES
from coding.strategies.results import AssignedCode, CodingLimits, CodingResult
from feedback.api.serializers import COULD_IDENTIFY, RecordSerializer
from tenants.rest.fields import Body, BooleanField, ChoiceField, IntegerField, NumberField, StringField

MAX_CODES_ASKED = 50
FIXED_LEVELS = 3


class LimitsBody(Body):
    max_codes = IntegerField(default=1, min_value=1, max_value=MAX_CODES_ASKED)
    confidence_threshold = NumberField(default=None, allow_null=True, min_value=0, max_value=1)


class AssignCodesSerializer(LimitsBody):
    """The framework is inline, as coding_levels, or named by framework_id."""

    feedback_record = RecordSerializer()
    coding_levels = CodingLevelsField(required=False)  # unless there is no framework_id
    framework_id = StringField(required=False)
    framework_version = IntegerField(default=None, allow_null=True, min_value=1, max_value=2_147_483_647)
    strategy = ChoiceField(choices=[choice.value for choice in STRATEGIES], default=None, allow_null=True)
    judge = BooleanField(default=None, allow_null=True)

    def to_internal_value(self, data: dict[str, Any]) -> dict[str, Any]:
        self.fields["coding_levels"].required = "framework_id" not in data
        values: dict[str, Any] = super().to_internal_value(data)
        return values


class AssignedCodeSerializer(Body):
    coding_level_1_id = serializers.CharField(allow_blank=True)
    coding_level_1_name = serializers.CharField(allow_blank=True)
    coding_level_2_id = serializers.CharField(allow_blank=True, allow_null=True)
    coding_level_2_name = serializers.CharField(allow_blank=True, allow_null=True)
    coding_level_3_id = serializers.CharField(allow_blank=True, allow_null=True)
    coding_level_3_name = serializers.CharField(allow_blank=True, allow_null=True)
    confidence_level_1 = serializers.FloatField(min_value=0, max_value=1)
    confidence_level_2 = serializers.FloatField(min_value=0, max_value=1, allow_null=True)
    confidence_level_3 = serializers.FloatField(min_value=0, max_value=1, allow_null=True)
    confidence_aggregate = serializers.FloatField(min_value=0, max_value=1)
    explanation = serializers.CharField()
    code_id = serializers.CharField(allow_blank=True)
    path = serializers.ListField(child=serializers.CharField(allow_blank=True))
    evidence = serializers.CharField(allow_null=True)
    level_n = serializers.IntegerField(min_value=1)


class AssignCodesAnswerSerializer(Body):
    assigned_codes = AssignedCodeSerializer(many=True)
    not_coded_reason = serializers.CharField(allow_null=True)
    suggested_code = serializers.CharField(allow_null=True)
    strategy = serializers.ChoiceField(choices=[choice.value for choice in STRATEGIES])
    could_identify = serializers.BooleanField(help_text=COULD_IDENTIFY)
    dropped_codes = serializers.IntegerField(min_value=0)
    dropped_evidence = serializers.IntegerField(min_value=0)


def as_limits(validated: dict[str, Any], *, uses_judge: bool) -> CodingLimits:
    return CodingLimits(validated["max_codes"], validated["confidence_threshold"], uses_judge)


def as_answer(result: CodingResult, strategy: Strategy, *, could_identify: bool) -> dict[str, Any]:
    """Return v2's answer. The record's id is not echoed."""
    return {
        "assigned_codes": [as_assigned_code(assigned) for assigned in result.assigned],
        "not_coded_reason": result.not_coded_reason,
        "suggested_code": result.suggested_code,
        "strategy": strategy.value,
        "could_identify": could_identify,
        "dropped_codes": result.dropped_codes,
        "dropped_evidence": result.dropped_evidence,
    }


def as_assigned_code(assigned: AssignedCode) -> dict[str, Any]:
    """Return v2's assigned code: the first three levels in fixed fields, null where the path ends earlier."""
    answer: dict[str, Any] = {}
    for level in range(1, FIXED_LEVELS + 1):
        node = assigned.path[level - 1] if level <= len(assigned.path) else None
        answer[f"coding_level_{level}_id"] = node.id if node else None
        answer[f"coding_level_{level}_name"] = node.name if node else None
        answer[f"confidence_level_{level}"] = assigned.confidences[level - 1] if node else None
    labels = [f"Level {level}" for level in range(1, len(assigned.path) + 1)]
    return answer | {
        "confidence_aggregate": assigned.confidence,
        "explanation": explanation_of(assigned, labels),
        "code_id": assigned.code.id,
        "path": list(assigned.names),
        "evidence": assigned.evidence,
        "level_n": len(assigned.path),
    }


def explanation_of(assigned: AssignedCode, labels: Sequence[str]) -> str:
    """Return the reasons in one line, such as `Level 1 (0.90): Fits. Level 2 (0.90): Fits.` for two levels."""
    levels = zip(labels, assigned.confidences, assigned.reasons, strict=True)
    return " ".join(f"{label} ({confidence:.2f}): {reason}".rstrip() for label, confidence, reason in levels)
