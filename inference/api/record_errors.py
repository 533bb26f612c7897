"""Errors of single records, as a batch's answer has them beside the record's id."""

from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string
from rest_framework import serializers

from inference.fan_out import RecordError
from tenants.rest.fields import Body

RECORD_ERROR = "Only where the record could not be answered; its other values are null then."


class RecordErrorSerializer(Body):
    """Why a record could not be answered."""

    code = serializers.CharField(help_text="As in the error that the record alone would have been answered with.")
    message = serializers.CharField()
    details = serializers.JSONField(allow_null=True)


def as_record_error(error: RecordError) -> dict[str, Any]:
    """Return the code, message and details of the error table."""
    # The table stands above this room. It is named in the settings, as REST framework's exception handler is.
    problem = import_string(settings.ERROR_TABLE)(error)
    return {"code": problem.code, "message": problem.message, "details": problem.details}
