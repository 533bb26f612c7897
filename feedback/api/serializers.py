"""What the feedback endpoints take and give, in both versions of the contract."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from feedback.record_text import FeedbackRecord
from feedback.sensitivity import SensitivityType
from tenants.rest.fields import (
    Body,
    BooleanField,
    ChoiceField,
    ClosedBody,
    ListField,
    StringField,
)

QUOTED_RECORDS = "Records that the analysis repeats word for word, against its rules; 0 when all is well."
COULD_IDENTIFY = "Whether a role, an event and a place in the record could tell who it is, without a name."
COULD_IDENTIFY_MANY = "Records in which a role, an event and a place could tell who it is, without a name."
LONGEST_CONTENT = 100_000
LONGEST_PROMPT = 4_000
LEVELS = ("coding_level_1", "coding_level_2", "coding_level_3")


class RecordListField(ListField):
    """At least one record."""

    def __init__(self, child: serializers.Serializer[Any], **kwargs: Any) -> None:
        super().__init__(child=child, min_length=1, **kwargs)


class MetadataSerializer(ClosedBody):
    created = StringField(default="", allow_blank=True)
    coding_level_1 = StringField(default=None, allow_null=True, allow_blank=True)
    coding_level_2 = StringField(default=None, allow_null=True, allow_blank=True)
    coding_level_3 = StringField(default=None, allow_null=True, allow_blank=True)
    feedback_record_id = StringField(default=None, allow_null=True, allow_blank=True)


class RecordSerializer(Body):
    id = StringField(allow_blank=True)
    content = StringField(allow_blank=True, max_length=LONGEST_CONTENT)
    metadata = MetadataSerializer(default=dict)


class SummarizeSerializer(Body):
    feedback_record = RecordSerializer()


class SummarizeBulkSerializer(Body):
    feedback_records = RecordListField(RecordSerializer())
    output_language = StringField(default=None, allow_null=True, allow_blank=True)


class AnalyzeBulkSerializer(Body):
    feedback_records = RecordListField(RecordSerializer())
    prompt = StringField(min_length=1, max_length=LONGEST_PROMPT)
    output_language = StringField(default=None, allow_null=True, allow_blank=True)
    mode = ChoiceField(choices=["single_pass", "hierarchical"], default=None, allow_null=True)
    period = ChoiceField(choices=["day", "week", "month"], default=None, allow_null=True)


class DetectSensitiveSerializer(Body):
    feedback_record = RecordSerializer()


class SummaryAnswerSerializer(Body):
    id = serializers.CharField(allow_blank=True)
    title = serializers.CharField(allow_blank=True)
    summary = serializers.CharField(allow_blank=True)
    quality_score = serializers.FloatField(min_value=0, max_value=1, allow_null=True)
    could_identify = serializers.BooleanField(help_text=COULD_IDENTIFY)
    pretty_output = serializers.CharField()


class SummarizeBulkAnswerSerializer(Body):
    ids = serializers.ListField(child=serializers.CharField(allow_blank=True))
    title = serializers.CharField(allow_blank=True)
    summary = serializers.CharField(allow_blank=True)
    quality_score = serializers.FloatField(min_value=0, max_value=1, allow_null=True)
    records_that_could_identify = serializers.IntegerField(min_value=0, help_text=COULD_IDENTIFY_MANY)
    pretty_output = serializers.CharField()


class TrendCellSerializer(Body):
    code = serializers.CharField()
    period = serializers.CharField()
    count = serializers.IntegerField()


class CodingTrendsSerializer(Body):
    periods = serializers.ListField(child=serializers.CharField())
    cells = TrendCellSerializer(many=True)


class AnalyzeBulkAnswerSerializer(Body):
    analysis = serializers.CharField()
    quality_score = serializers.FloatField(min_value=0, max_value=1, allow_null=True)
    uncertainty_explanation = serializers.CharField()
    feedback_record_count = serializers.IntegerField()
    request_id = serializers.UUIDField()
    confidence = serializers.FloatField(min_value=0, max_value=1, allow_null=True)
    coding_trends = CodingTrendsSerializer(allow_null=True)
    quoted_records = serializers.IntegerField(min_value=0, help_text=QUOTED_RECORDS)
    records_that_could_identify = serializers.IntegerField(min_value=0, help_text=COULD_IDENTIFY_MANY)
    pretty_output = serializers.CharField()


class RatingSerializer(Body):
    id = serializers.CharField(allow_blank=True)
    is_sensitive = serializers.BooleanField()
    explanation = serializers.CharField()
    sensitivity_types = serializers.ListField(
        child=serializers.ChoiceField(choices=[each.value for each in SensitivityType])
    )


class SensitivityAnswerSerializer(RatingSerializer):
    could_identify = serializers.BooleanField(help_text=COULD_IDENTIFY)


# Contract v1


@extend_schema_field({"oneOf": [{"type": "string"}, {"type": "number"}, {"type": "boolean"}]})
class AnyScalarField(serializers.Field[Any, Any, Any, Any]):
    """A string, number or boolean."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str | int | float):
            raise serializers.ValidationError("Input should be a string, a number or a boolean")
        return data

    def to_representation(self, value: Any) -> Any:
        return value


class FreeMetadataField(serializers.DictField):
    child = AnyScalarField()
    default_error_messages = {
        "not_a_dict": "Input should be a valid dictionary",
        "required": "Field required",
    }


class TextOrContent(Body):
    """v1 takes a record's text under either name."""

    id = StringField(allow_blank=True)
    text = StringField(min_length=1, max_length=LONGEST_CONTENT, required=False)
    content = StringField(min_length=1, max_length=LONGEST_CONTENT, required=False)
    preferred_name = "content"

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "text" not in attrs and "content" not in attrs:
            raise serializers.ValidationError({self.preferred_name: ["Field required"]})
        text = attrs.get(self.preferred_name) or attrs.get("text") or attrs["content"]
        if not text.strip():
            raise serializers.ValidationError({self.preferred_name: ["String should have at least 1 character"]})
        return attrs | {"content": text}


class TextRecordSerializer(TextOrContent):
    metadata = FreeMetadataField(default=dict)
    preferred_name = "text"


class CreatedField(StringField):
    """A moment as ISO 8601, with `T` or a space, with or without a zone; kept as it was written."""

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        serializers.DateTimeField(error_messages={"invalid": "Input should be a valid datetime"}).to_internal_value(
            text
        )
        return text


class RequiredMetadataSerializer(ClosedBody):
    created = CreatedField()
    feedback_record_id = StringField(allow_blank=True)
    coding_level_1 = StringField(allow_blank=True)
    coding_level_2 = StringField(allow_blank=True)
    coding_level_3 = StringField(allow_blank=True)


class DatedRecordSerializer(TextOrContent):
    metadata = RequiredMetadataSerializer()


class V1AnalyzeSerializer(Body):
    feedback_records = RecordListField(TextRecordSerializer())
    prompt = StringField(min_length=1, max_length=LONGEST_PROMPT)
    anonymize = BooleanField(default=True)


class V1SummarizeSerializer(Body):
    feedback_records = RecordListField(DatedRecordSerializer())
    output_language = StringField(default=None, allow_null=True, allow_blank=True)
    prompt = StringField(default=None, allow_null=True, allow_blank=True, max_length=LONGEST_PROMPT)
    anonymize = BooleanField(default=True)


class V1DetectSensitiveSerializer(Body):
    feedback_items = RecordListField(TextRecordSerializer())
    anonymize = BooleanField(default=True)


class V1AnalyzeAnswerSerializer(Body):
    analysis = serializers.CharField()
    feedback_record_count = serializers.IntegerField()
    quoted_records = serializers.IntegerField(min_value=0, help_text=QUOTED_RECORDS)
    request_id = serializers.UUIDField()
    used_anonymization = serializers.BooleanField()


class V1SummarySerializer(Body):
    id = serializers.CharField(allow_blank=True)
    title = serializers.CharField()
    summary = serializers.CharField()
    quality_score = serializers.FloatField(min_value=0, max_value=1, allow_null=True)


class V1SummarizeAnswerSerializer(Body):
    summaries = V1SummarySerializer(many=True)
    used_anonymization = serializers.BooleanField()


class V1AggregateSerializer(Body):
    ids = serializers.ListField(child=serializers.CharField(allow_blank=True))
    title = serializers.CharField()
    summary = serializers.CharField()
    quality_score = serializers.FloatField(min_value=0, max_value=1, allow_null=True)


class V1AggregateAnswerSerializer(Body):
    summary = V1AggregateSerializer()
    used_anonymization = serializers.BooleanField()


class V1DetectSensitiveAnswerSerializer(Body):
    ratings = RatingSerializer(many=True)
    used_anonymization = serializers.BooleanField()


def as_record(validated: dict[str, Any]) -> FeedbackRecord:
    """The record of a validated body. What is unset or not a string is left out of its metadata."""
    metadata = {
        name: value
        for name, value in validated.get("metadata", {}).items()
        if isinstance(value, str) and name in ("created", *LEVELS)
    }
    return FeedbackRecord(id=validated["id"], content=validated["content"], metadata=metadata)
