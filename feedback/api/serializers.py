"""Bodies and answers of the feedback endpoints, contract v2."""

from typing import Any

from rest_framework import serializers

from feedback.record_text import METADATA, RecordText
from feedback.sensitivity import SensitivityType
from tenants.rest.fields import (
    Body,
    ChoiceField,
    ClosedBody,
    ListField,
    StringField,
)

QUOTED_RECORDS = "Records that the analysis repeats word for word, against its rules; 0 when all is well."
COULD_IDENTIFY = "Whether a role, an event and a place in the record could tell who it is, without a name."
COULD_IDENTIFY_MANY = "Records in which a role, an event and a place could tell who it is, without a name."
MAX_CONTENT_LENGTH = 100_000
MAX_PROMPT_LENGTH = 4_000


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
    content = StringField(allow_blank=True, max_length=MAX_CONTENT_LENGTH)
    metadata = MetadataSerializer(default=dict)


class SummarizeSerializer(Body):
    feedback_record = RecordSerializer()


class SummarizeBulkSerializer(Body):
    feedback_records = RecordListField(RecordSerializer())
    output_language = StringField(default=None, allow_null=True, allow_blank=True)


class AnalyzeBulkSerializer(Body):
    feedback_records = RecordListField(RecordSerializer())
    prompt = StringField(min_length=1, max_length=MAX_PROMPT_LENGTH)
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
        child=serializers.ChoiceField(choices=[matter.value for matter in SensitivityType])
    )


class SensitivityAnswerSerializer(RatingSerializer):
    could_identify = serializers.BooleanField(help_text=COULD_IDENTIFY)


def as_record(validated: dict[str, Any]) -> RecordText:
    """Make the record of a validated body. Metadata that is unset or not a string is left out."""
    metadata = {
        name: value
        for name, value in validated.get("metadata", {}).items()
        if isinstance(value, str) and name in METADATA
    }
    return RecordText(id=validated["id"], content=validated["content"], metadata=metadata)
