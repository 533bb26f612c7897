"""Bodies and answers of the batch endpoints."""

from typing import Any

from rest_framework import serializers

from feedback.api.serializers import RecordListField, RecordSerializer
from feedback.batches.models import BatchStatus, ItemStatus
from feedback.batches.records import MAX_RECORDS
from inference.registry import registered_operations
from tenants.rest.fields import Body, ChoiceField, MappingField, NumberField, StringField

OPERATIONS = sorted(operation.name for operation in registered_operations())
MAX_URL_LENGTH = 2_000
MAX_COST_USD = 99_999_999


class PlainRecordSerializer(RecordSerializer):
    """A record. One that is plain is validated in a few steps, as 50,000 of them would take a minute otherwise."""

    def run_validation(self, data: Any = serializers.empty) -> Any:
        return plain_record(data) or super().run_validation(data)


METADATA_FIELDS = RecordSerializer().fields["metadata"].fields  # type: ignore[attr-defined]
EMPTY_METADATA = {name: field.default for name, field in METADATA_FIELDS.items()}
MAX_CONTENT_LENGTH = RecordSerializer().fields["content"].max_length  # type: ignore[attr-defined]


def plain_record(data: Any) -> dict[str, Any] | None:
    """Return the record as its serializer would, or None when that has to look at it."""
    if type(data) is not dict or type(data.get("id")) is not str or type(data.get("content")) is not str:
        return None
    metadata = data.get("metadata", {})
    if len(data["content"]) > MAX_CONTENT_LENGTH or type(metadata) is not dict:
        return None
    if any(name not in EMPTY_METADATA or type(value) is not str for name, value in metadata.items()):
        return None
    return {"id": data["id"], "content": data["content"], "metadata": EMPTY_METADATA | metadata}


class CreateBatchSerializer(Body):
    """One operation on many records: those in the body, or stored ones."""

    operation = ChoiceField(choices=OPERATIONS)
    records = RecordListField(PlainRecordSerializer(), max_length=MAX_RECORDS, required=False)
    filter = MappingField(required=False)
    options = MappingField(default=dict)
    webhook_url = StringField(default=None, allow_null=True, max_length=MAX_URL_LENGTH)
    max_cost_usd = NumberField(default=None, allow_null=True, min_value=0, max_value=MAX_COST_USD)


class CreatedBatchSerializer(Body):
    batch_id = serializers.UUIDField()
    operation = serializers.CharField()
    status = serializers.ChoiceField(choices=BatchStatus.choices)
    records_total = serializers.IntegerField()
    estimated_cost_usd = serializers.FloatField(allow_null=True, help_text="null when a model has no price.")
    webhook_secret = serializers.CharField(required=False, help_text="With webhook_url. Shown once.")
    request_id = serializers.UUIDField()


class BatchErrorSerializer(Body):
    index = serializers.IntegerField()
    id = serializers.CharField(allow_blank=True)
    code = serializers.CharField()
    message = serializers.CharField()


class BatchSerializer(Body):
    batch_id = serializers.UUIDField()
    operation = serializers.CharField()
    status = serializers.ChoiceField(choices=BatchStatus.choices)
    records_total = serializers.IntegerField()
    records_done = serializers.IntegerField(help_text="Ok and failed together.")
    records_failed = serializers.IntegerField()
    progress = serializers.FloatField(min_value=0, max_value=1)
    eta_seconds = serializers.IntegerField(allow_null=True)
    cost_usd = serializers.FloatField()
    estimated_cost_usd = serializers.FloatField(allow_null=True)
    max_cost_usd = serializers.FloatField(allow_null=True)
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    expires_at = serializers.DateTimeField(allow_null=True)


class ShownBatchSerializer(BatchSerializer):
    """A batch with its first 100 errors. The list of batches leaves them out."""

    def get_fields(self) -> dict[str, Any]:
        return {**super().get_fields(), "errors": BatchErrorSerializer(many=True)}


class BatchListSerializer(Body):
    batches = BatchSerializer(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class ResultErrorSerializer(Body):
    code = serializers.CharField()
    message = serializers.CharField()
    details = serializers.JSONField(allow_null=True)


class ResultSerializer(Body):
    index = serializers.IntegerField()
    id = serializers.CharField(allow_blank=True)
    status = serializers.ChoiceField(choices=ItemStatus.choices)
    result = serializers.JSONField(allow_null=True, help_text="The answer of the operation's own endpoint.")
    error = ResultErrorSerializer(allow_null=True)


class ResultListSerializer(Body):
    results = ResultSerializer(many=True)
    next_cursor = serializers.CharField(allow_null=True)
