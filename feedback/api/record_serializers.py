"""Bodies and answers of the endpoints of stored records, for validation of the envelope and for the API documentation.

The fields of a record are read one by one (feedback/storing/record_input.py), so that a bad one rejects no other.
"""

from typing import Any

from rest_framework import serializers

from feedback.api.serializers import MetadataSerializer
from feedback.models import MAX_WORD_LENGTH
from feedback.services import Stored
from feedback.storing.record_input import MAX_CONTENT_LENGTH, MAX_LANGUAGE_LENGTH, MAX_TAGS, Rejection
from tenants.rest.fields import Body, BooleanField, ListField, MappingField, StringField

MAX_RECORDS = 1000


class AnyField(serializers.Field[Any, Any, Any, Any]):
    """Any JSON value."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(allow_null=True, **kwargs)

    def to_internal_value(self, data: Any) -> Any:
        return data

    def to_representation(self, value: Any) -> Any:
        return value


class StoreRecordsEnvelope(Body):
    """The body of POST /v1/records before its records are read."""

    records = ListField(child=AnyField(), min_length=1, max_length=MAX_RECORDS)


def _word() -> StringField:
    return StringField(allow_null=True, allow_blank=True, required=False, max_length=MAX_WORD_LENGTH)


class ChangeRecordSerializer(Body):
    language = StringField(allow_null=True, allow_blank=True, required=False, max_length=MAX_LANGUAGE_LENGTH)
    collected_at = _word()
    received_at = _word()
    closed_at = _word()
    channel = _word()
    admin1 = _word()
    admin2 = _word()
    admin3 = _word()
    site = _word()
    sex = _word()
    age_band = _word()
    community_group = _word()
    priority = _word()
    status = _word()
    consent = BooleanField(allow_null=True, required=False)
    is_sensitive = BooleanField(allow_null=True, required=False)
    tags = ListField(
        child=StringField(max_length=MAX_WORD_LENGTH), allow_null=True, required=False, max_length=MAX_TAGS
    )
    extra = MappingField(child=StringField(allow_blank=True), allow_null=True, required=False)


class NewRecordSerializer(ChangeRecordSerializer):
    id = StringField(max_length=MAX_WORD_LENGTH)
    content = StringField(allow_blank=True, max_length=MAX_CONTENT_LENGTH)
    source = _word()  # type: ignore[assignment]
    metadata = MetadataSerializer(required=False, allow_null=True)


class StoreRecordsSerializer(Body):
    records = ListField(child=NewRecordSerializer(), min_length=1, max_length=MAX_RECORDS)


class RecordIssueSerializer(Body):
    field = serializers.CharField(allow_blank=True)
    issue = serializers.CharField()


class RejectionSerializer(Body):
    index = serializers.IntegerField()
    id = serializers.CharField(allow_null=True, allow_blank=True)
    fields = RecordIssueSerializer(many=True)  # type: ignore[assignment]


class StoredCountsSerializer(Body):
    created = serializers.IntegerField()
    updated = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    rejected = RejectionSerializer(many=True)
    request_id = serializers.UUIDField()


class CodingSerializer(Body):
    code_id = serializers.CharField()
    path = serializers.ListField(child=serializers.CharField())
    source = serializers.ChoiceField(choices=["auto", "manual"])  # type: ignore[assignment]
    status = serializers.CharField()
    confidence = serializers.FloatField(allow_null=True)


class StoredRecordSerializer(Body):
    record_id = serializers.UUIDField()
    id = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]
    content = serializers.CharField(allow_blank=True)
    is_redacted = serializers.BooleanField(help_text="Whether the content is the redacted text.")
    language = serializers.CharField(allow_null=True)
    collected_at = serializers.DateTimeField(allow_null=True)
    received_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    channel = serializers.CharField(allow_null=True)
    admin1 = serializers.CharField(allow_null=True)
    admin2 = serializers.CharField(allow_null=True)
    admin3 = serializers.CharField(allow_null=True)
    site = serializers.CharField(allow_null=True)
    sex = serializers.CharField(allow_null=True)
    age_band = serializers.CharField(allow_null=True)
    community_group = serializers.CharField(allow_null=True)
    priority = serializers.CharField(allow_null=True)
    status = serializers.CharField(allow_null=True)
    consent = serializers.BooleanField(allow_null=True)
    is_sensitive = serializers.BooleanField(allow_null=True)
    is_escalated = serializers.BooleanField()
    tags = serializers.ListField(child=serializers.CharField())
    extra = serializers.DictField(child=serializers.CharField(allow_blank=True))
    metadata = serializers.DictField(child=serializers.CharField())
    codings = CodingSerializer(many=True)
    duplicate_of = serializers.UUIDField(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class RecordListSerializer(Body):
    records = StoredRecordSerializer(many=True)
    next_cursor = serializers.CharField(allow_null=True)


def as_counts(stored: Stored) -> dict[str, Any]:
    return {
        "created": stored.created,
        "updated": stored.updated,
        "unchanged": stored.unchanged,
        "rejected": [_as_rejection(rejection) for rejection in stored.rejected],
    }


def _as_rejection(rejection: Rejection) -> dict[str, Any]:
    issues = [{"field": issue.field, "issue": issue.issue} for issue in rejection.issues]
    return {"index": rejection.index, "id": rejection.id, "fields": issues}
