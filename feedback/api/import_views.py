"""The endpoints of imports."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from feedback.api import import_serializers as serializers
from feedback.api.import_serializers import as_dry_run, as_import
from feedback.api.record_serializers import StoredCountsSerializer, as_counts
from feedback.api.record_views import RecordsBase
from feedback.imports.errors import UnreadableFile
from feedback.imports.kobo_push import record_of_submission
from feedback.imports.models import ImportRun
from feedback.imports.previews import plan_import, preview_import
from feedback.imports.readers.files import ReadingOptions
from feedback.imports.services import start_import
from feedback.services import store_records
from tenants.errors import NotFound
from tenants.identifiers import uuid_or_none
from tenants.rest.errors import FieldIssue, InvalidRequest
from tenants.rest.uploads import FormIn, LargeFormParser


class ImportFileViewSet(RecordsBase):
    """Import a file of feedback records."""

    parser_classes = [LargeFormParser]
    content_negotiation_class = FormIn

    @extend_schema(
        operation_id="import_records",
        request={"multipart/form-data": serializers.ImportFileSerializer},
        responses={200: serializers.DryRunSerializer, 202: serializers.StartedImportSerializer},
    )
    def create(self, request: Request) -> Response:
        """Check a file and queue its import (202). With dry_run nothing is stored (200)."""
        body = self.validated(serializers.ImportFileSerializer)
        options = ReadingOptions(body["encoding"], body["delimiter"])
        try:
            if body["dry_run"]:
                plan = plan_import(body["file"], options=options, named=body["mapping"])
                return Response(as_dry_run(plan, preview_import(plan, body["source"])))
            run = start_import(
                body["file"],
                file_name=body["file"].name,
                tenant=self.caller.tenant,
                actor_id=self.caller.actor_id,
                options=options,
                named=body["mapping"],
                source=body["source"],
            )
        except UnreadableFile as error:
            raise _invalid(error) from error
        return Response({"import_id": str(run.id), "status": run.status}, status=202)


class KoboViewSet(RecordsBase):
    """Store a submission as the REST service of KoboToolbox sends it."""

    creates = False

    @extend_schema(
        operation_id="store_kobo_submission",
        request=serializers.KoboSubmissionSerializer,
        responses={200: StoredCountsSerializer},
    )
    def create(self, request: Request) -> Response:
        """Store one submission. The mapping that was last used for its questions says which is the content."""
        record = record_of_submission(dict(request.data))
        stored = store_records([record], tenant=self.caller.tenant, actor_id=self.caller.actor_id)
        return Response({**as_counts(stored), "request_id": str(self.request_id)})


class ImportViewSet(RecordsBase):
    """An import, its progress and its row errors."""

    @extend_schema(operation_id="get_import", responses=serializers.ImportSerializer)
    def retrieve(self, request: Request, import_id: str) -> Response:
        """Read the progress of an import, and the faults of its rows."""
        wanted = uuid_or_none(import_id)
        run = ImportRun.objects.filter(id=wanted).first() if wanted else None
        if run is None:
            raise NotFound
        return Response(as_import(run))


def _invalid(error: UnreadableFile) -> InvalidRequest:
    places = [
        ".".join(filter(None, ("body.file", f"row {issue.row}" if issue.row else "", issue.column)))
        for issue in error.issues
    ]
    return InvalidRequest(
        fields=[FieldIssue(place, issue.issue) for place, issue in zip(places, error.issues, strict=True)]
    )
