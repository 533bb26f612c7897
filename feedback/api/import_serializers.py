"""Bodies and answers of imports."""

import json
from typing import Any

from rest_framework import serializers

from feedback.imports.fields import FIELDS
from feedback.imports.models import ImportRun, ImportStatus
from feedback.imports.previews import Plan, Preview
from feedback.models import MAX_WORD_LENGTH
from tenants.rest.fields import REQUIRED, Body, StringField

NO_DELIMITERS = '"\r\n\0.'


class MappingField(serializers.CharField):
    """JSON: column → field, or column → {"field", "date_order"}."""

    def to_internal_value(self, data: Any) -> Any:
        try:
            parsed = json.loads(data) if data else None
        except (ValueError, RecursionError) as error:
            raise serializers.ValidationError("JSON decode error") from error
        if parsed is not None and not isinstance(parsed, dict):
            raise serializers.ValidationError("Input should be a valid dictionary")
        return parsed


class DelimiterField(StringField):
    """One character that can stand between cells."""

    def run_validation(self, data: Any = serializers.empty) -> Any:
        text = super().run_validation(data)
        if text and (text.isalnum() or text in NO_DELIMITERS):
            raise serializers.ValidationError("Input should be a delimiter such as a comma or a semicolon")
        return text


class ImportFileSerializer(Body):
    file = serializers.FileField(
        max_length=255,
        error_messages=REQUIRED | {"invalid": "Input should be a file", "empty": "The file is empty"},
        help_text="CSV in any encoding, with or without an HXL tag row; XLSX; JSONL; an export of KoboToolbox",
    )
    mapping = MappingField(
        required=False,
        allow_blank=True,
        default=None,
        help_text=f'JSON: column → field. Fields are {", ".join(FIELDS)}; "" leaves a column out. For a date'
        ' {"field": "collected_at", "date_order": "day_first"} says which number is the day.',
    )
    dry_run = serializers.BooleanField(default=False, help_text="Check the file and store nothing")
    source = StringField(  # type: ignore[assignment]
        default="", allow_blank=True, max_length=MAX_WORD_LENGTH, help_text="Of records whose row names none"
    )
    encoding = StringField(default="", allow_blank=True, max_length=40, help_text="Of a CSV file, if it is known")
    delimiter = DelimiterField(default="", allow_blank=True, max_length=1, help_text="Of a CSV file, if it is known")


class KoboSubmissionSerializer(Body):
    _uuid = StringField()
    _submission_time = StringField(required=False)


class ImportErrorSerializer(Body):
    row = serializers.IntegerField(allow_null=True, help_text="As a person counts rows in the sheet; null for the file")
    column = serializers.CharField(allow_blank=True)
    issue = serializers.CharField()


class DryRunSerializer(Body):
    columns = serializers.ListField(child=serializers.CharField())
    mapping = serializers.DictField(child=serializers.CharField(allow_blank=True))
    date_orders = serializers.DictField(child=serializers.CharField())
    rows = serializers.IntegerField()
    rows_ok = serializers.IntegerField()
    rows_failed = serializers.IntegerField()
    errors = ImportErrorSerializer(many=True)  # type: ignore[assignment]
    sample = serializers.ListField(child=serializers.DictField())
    notes = serializers.ListField(child=serializers.CharField())


class StartedImportSerializer(Body):
    import_id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=ImportStatus.choices)


class ImportSerializer(StartedImportSerializer):
    file_name = serializers.CharField()
    rows = serializers.IntegerField()
    rows_done = serializers.IntegerField()
    rows_ok = serializers.IntegerField()
    rows_failed = serializers.IntegerField()
    created = serializers.IntegerField()
    updated = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    errors = ImportErrorSerializer(many=True)  # type: ignore[assignment]
    notes = serializers.ListField(child=serializers.CharField())
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    undone_at = serializers.DateTimeField(allow_null=True)


def as_dry_run(plan: Plan, preview: Preview) -> dict[str, Any]:
    notes = list(plan.notes)
    if preview.repeated:
        notes.append(f"{preview.repeated} rows repeat the id of an earlier row; the last of them is stored")
    return {
        "columns": list(plan.table.header),
        "mapping": dict(plan.mapping.fields),
        "date_orders": {column: order.value for column, order in plan.mapping.orders.items()},
        "rows": preview.rows,
        "rows_ok": preview.rows_ok,
        "rows_failed": preview.rows - preview.rows_ok,
        "errors": [issue.as_json() for issue in preview.errors],
        "sample": preview.sample,
        "notes": notes,
    }


def as_import(run: ImportRun) -> dict[str, Any]:
    same = ("status", "file_name", "rows_ok", "rows_failed", "created", "updated", "unchanged", "errors", "notes")
    moments = ("created_at", "started_at", "finished_at", "undone_at")
    return {
        "import_id": str(run.id),
        "rows": run.rows_total,
        "rows_done": run.rows_read,
        **{name: getattr(run, name) for name in (*same, *moments)},
    }
