"""The endpoint that gives out stored records as a file."""

from django.http import StreamingHttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from feedback.api.record_views import FILTERS, RAW, RecordsBase, filter_of_query
from feedback.exports import FORMATS, stream_export
from feedback.filters import visible_records
from tenants.audit import record_event
from tenants.rest.errors import FieldIssue, InvalidRequest

ENDINGS = tuple(FORMATS)
OWN = ("format", "hxl", "raw")


class ExportViewSet(RecordsBase):
    """Give out stored records as a file, streamed, with the filters of the list."""

    @extend_schema(
        operation_id="export_records",
        parameters=[
            OpenApiParameter("format", str, enum=ENDINGS, default="csv", description="Of the file"),
            OpenApiParameter("hxl", bool, description="Add a row of HXL tags below the heading of a table"),
            *FILTERS,
            RAW,
        ],
        responses={
            (200, file_format.media_type.partition(";")[0]): OpenApiTypes.BINARY for file_format in FORMATS.values()
        },
    )
    def list(self, request: Request) -> StreamingHttpResponse:
        """Stream a file, which an import reads again. Each export is an audit row."""
        ending = request.query_params.get("format", "csv")
        if ending not in ENDINGS:
            raise InvalidRequest(fields=[FieldIssue("query.format", f"Input should be one of {', '.join(ENDINGS)}")])
        has_tags = request.query_params.get("hxl", "false")
        if has_tags not in ("true", "false"):
            raise InvalidRequest(fields=[FieldIssue("query.hxl", "Input should be a valid boolean")])
        wants_raw = self.wants_raw(request)
        chosen = filter_of_query(request.query_params, without=OWN)
        records = chosen.apply(visible_records(sees_sensitive=self.reader.sees_sensitive))
        record_event(
            tenant_id=self.caller.tenant.id,
            actor_id=self.caller.actor_id,
            action="records.exported",
            resource_type="feedback_record",
            metadata={"format": ending, "filters": sorted(chosen.values), "raw": wants_raw},
        )
        content = stream_export(
            records,
            tenant=self.caller.tenant,
            reader=self.reader,
            ending=ending,
            has_tags=has_tags == "true",
            raw_texts=self.raw_texts if wants_raw else None,
        )
        response = StreamingHttpResponse(content, content_type=FORMATS[ending].media_type)
        name = f"feedback-{timezone.localdate().isoformat()}.{ending}"
        response["Content-Disposition"] = content_disposition_header(True, name)
        return response
