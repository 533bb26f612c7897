"""The endpoints of stored records."""

import uuid
from collections.abc import Sequence
from typing import Any

from django.http import QueryDict
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from feedback.api.record_serializers import (
    ChangeRecordSerializer,
    RecordListSerializer,
    StoredCountsSerializer,
    StoredRecordSerializer,
    StoreRecordsEnvelope,
    StoreRecordsSerializer,
    as_counts,
)
from feedback.errors import InvalidRecord
from feedback.filters import FLAG_FILTERS, KNOWN_FILTERS, MOMENT_FILTERS, RecordFilter, parse_filter, visible_records
from feedback.models import FeedbackRecord
from feedback.services import change_metadata, ensure_storing, erase_records, store_records
from feedback.stored_answers import RAW_SCOPE, Reader, stored_answers
from feedback.storing.raw_text import look_at_raw_texts
from feedback.storing.record_input import read_changes
from tenants.errors import NotFound
from tenants.identifiers import uuid_or_none
from tenants.models import Storage
from tenants.rest.errors import FieldIssue, InvalidRequest
from tenants.rest.lists import LIST_PARAMETERS, read_list_page
from tenants.rest.views import ApiViewSet

NO_FILTERS = ("limit", "cursor", "raw")
RAW = OpenApiParameter("raw", bool, description="Show raw text. The key needs the scope records:raw; a look is audited")
DESCRIPTIONS = {
    "search": 'Words; "a phrase", or, -not',
    "code_id": "The caller's id of a code, or its stable id",
    "collected_to": "Before this moment or day",
}
FILTERS = [
    OpenApiParameter(
        name,
        {"type": "string", "enum": ["true", "false", "null"]} if name in FLAG_FILTERS else {"type": "string"},
        description=DESCRIPTIONS.get(
            name, "ISO 8601; a day begins in the local zone" if name in MOMENT_FILTERS else ""
        ),
    )
    for name in KNOWN_FILTERS
]


def filter_of_query(query: QueryDict, *, without: Sequence[str] = NO_FILTERS) -> RecordFilter:
    """Return the filter of a query string. Raises InvalidRequest. without: the parameters that are no filters."""
    filters = {name: query.getlist(name) for name in query if name not in without}
    return parse_filter(filters, location="query")


class RecordsBase(ApiViewSet):
    """Base of the endpoints of stored records. Refuses tenants that store none."""

    scope = "records"

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        ensure_storing(self.caller.tenant)

    @property
    def reader(self) -> Reader:
        return Reader.of_caller(self.caller)

    def get_record(self, record_id: str) -> FeedbackRecord:
        """Return a record that the caller may see. Raises NotFound, also for a malformed id."""
        records = visible_records(sees_sensitive=self.reader.sees_sensitive)
        wanted = uuid_or_none(record_id)
        record = records.filter(id=wanted).first() if wanted else None
        if record is None:
            raise NotFound
        return record

    def answers(self, request: Request, rows: Sequence[FeedbackRecord]) -> list[dict[str, Any]]:
        """Describe records, with raw text where the caller asked for it and may see it. Raises Forbidden."""
        return stored_answers(rows, self.reader, raw=self.raw_texts(rows) if self.wants_raw(request) else {})

    def wants_raw(self, request: Request) -> bool:
        """Tell whether raw text was asked for. Raises Forbidden for a key that may not see it."""
        asked = request.query_params.get("raw", "false")
        if asked not in ("true", "false"):
            raise InvalidRequest(fields=[FieldIssue("query.raw", "Input should be a valid boolean")])
        if asked == "true":
            self.ensure_scope(RAW_SCOPE)
        return asked == "true"

    def raw_texts(self, rows: Sequence[FeedbackRecord]) -> dict[uuid.UUID, dict[str, Any]]:
        tenant = self.caller.tenant
        if tenant.storage != Storage.RAW:
            return {}
        return look_at_raw_texts(rows, tenant_id=tenant.id, actor_id=self.caller.actor_id)


class RecordViewSet(RecordsBase):
    """Store, list, read, change and erase feedback records."""

    creates = False

    @extend_schema(
        operation_id="store_records", request=StoreRecordsSerializer, responses={200: StoredCountsSerializer}
    )
    def create(self, request: Request) -> Response:
        body = self.validated(StoreRecordsEnvelope)
        stored = store_records(body["records"], tenant=self.caller.tenant, actor_id=self.caller.actor_id)
        return Response({**as_counts(stored), "request_id": str(self.request_id)})

    @extend_schema(
        operation_id="list_records",
        parameters=[*FILTERS, *LIST_PARAMETERS, RAW],
        responses={200: RecordListSerializer},
    )
    def list(self, request: Request) -> Response:
        self.wants_raw(request)  # refused before the search
        chosen = filter_of_query(request.query_params)
        records = chosen.apply(visible_records(sees_sensitive=self.reader.sees_sensitive))
        page = read_list_page(records.defer("search"), request.query_params, by="occurred_at")
        return Response({"records": self.answers(request, page.rows), "next_cursor": page.next_cursor})

    @extend_schema(operation_id="get_record", parameters=[RAW], responses={200: StoredRecordSerializer})
    def retrieve(self, request: Request, record_id: str) -> Response:
        self.wants_raw(request)
        return Response(self.answers(request, [self.get_record(record_id)])[0])

    @extend_schema(
        operation_id="change_record", request=ChangeRecordSerializer, responses={200: StoredRecordSerializer}
    )
    def partial_update(self, request: Request, record_id: str) -> Response:
        record = self.get_record(record_id)
        changes = _changes(request.data)
        change_metadata(record, changes, tenant=self.caller.tenant, actor_id=self.caller.actor_id)
        return Response(self.answers(request, [record])[0])

    @extend_schema(operation_id="erase_record", responses={204: None})
    def destroy(self, request: Request, record_id: str) -> Response:
        erase_records([self.get_record(record_id)], tenant=self.caller.tenant, actor_id=self.caller.actor_id)
        return Response(status=204)


def _changes(body: Any) -> dict[str, Any]:
    """Read a change of at least one field. Raises InvalidRequest."""
    try:
        changes = read_changes(body)
    except InvalidRecord as error:
        raise InvalidRequest(
            fields=[FieldIssue(f"body.{issue.field}", issue.issue) for issue in error.issues]
        ) from error
    if not changes:
        known = ", ".join(ChangeRecordSerializer().fields)
        raise InvalidRequest(fields=[FieldIssue("body", f"One of these fields is needed: {known}")])
    return changes
