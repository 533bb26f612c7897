"""The batch endpoints."""

import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from itertools import islice
from typing import Any, cast

from django.http import StreamingHttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

from feedback.api import batch_serializers as serializers
from feedback.batches import services, webhooks
from feedback.batches.answers import exports, results, summaries
from feedback.batches.models import Batch
from feedback.batches.options import read_options
from feedback.batches.records import MAX_RECORDS, BatchRecord, inline_records, stored_records
from feedback.batches.reports import progress_of
from feedback.filters import parse_filter
from feedback.services import ensure_storing
from feedback.stored_answers import Reader
from inference.connections import generation_connection, judge_connection
from inference.errors import OperationNotAllowed
from inference.orchestrator import ensure_in_scope
from inference.registry import UseCase, use_case_named
from tenants.errors import NotFound
from tenants.rest.errors import FieldIssue, InvalidRequest
from tenants.rest.lists import LIST_PARAMETERS, read_limit, read_list_page, unreadable_cursor
from tenants.rest.views import ApiViewSet
from usage.prices import price_in_force

FORMATS = ("json", "jsonl", "csv")


class BatchBase(ApiViewSet):
    """Methods that the endpoints of batches share."""

    scope = "batches"
    lease = timedelta(minutes=5)

    def batch(self, batch_id: str) -> Batch:
        """Return a batch of the caller's tenant. Raises NotFound."""
        try:
            batch: Batch | None = Batch.objects.filter(id=uuid.UUID(batch_id)).first()
        except ValueError:
            batch = None
        if batch is None:
            raise NotFound
        return batch

    def shown(self, batch_id: str) -> dict[str, Any]:
        return summaries.as_json(self.batch(batch_id))


class BatchViewSet(BatchBase):
    """One operation on many records, worked on in the background."""

    @extend_schema(
        operation_id="create_batch",
        request=serializers.CreateBatchSerializer,
        responses={202: serializers.CreatedBatchSerializer},
    )
    def create(self, request: Request) -> Response:
        """Queue a batch."""
        use_case = self._use_case(cast(dict[str, Any], request.data))
        body = self.validated(serializers.CreateBatchSerializer)
        _refuse_both_or_none(body)
        order = services.Order(
            use_case=use_case,
            options=read_options(use_case, body["options"]),
            actor_id=self.caller.actor_id,
            api_key_id=self.caller.key.series_id,
            webhook_url=_webhook_url(body["webhook_url"]),
            max_cost_usd=_ceiling(body["max_cost_usd"]),
        )
        batch = services.create_batch(tenant=self.caller.tenant, order=order, records=self._records(body))
        return self._created(batch)

    def _records(self, body: Mapping[str, Any]) -> Sequence[BatchRecord]:
        if "records" in body:
            return inline_records(body["records"])
        ensure_storing(self.caller.tenant)
        chosen = parse_filter(body["filter"], location="body.filter")
        records = stored_records(chosen, sees_sensitive=Reader.of_caller(self.caller).sees_sensitive)
        if not 1 <= len(records) <= MAX_RECORDS:
            issue = f"More than {MAX_RECORDS} records fit" if records else "No stored record fits"
            raise InvalidRequest(fields=[FieldIssue("body.filter", issue)])
        return records

    def _use_case(self, data: Mapping[str, Any]) -> UseCase[Any]:
        """Return the use case of a body, before its records are validated. Raises Forbidden, InvalidRequest."""
        name = data.get("operation")
        use_case = use_case_named(name) if isinstance(name, str) else None
        if use_case is None:
            issue = "Field required" if "operation" not in data else _one_of_the_operations()
            raise InvalidRequest(fields=[FieldIssue("body.operation", issue)])
        ensure_in_scope(use_case.operation, self.caller.key.scopes)
        if use_case.operation.name in self.caller.tenant.refused_operations:
            raise OperationNotAllowed
        return use_case

    def _created(self, batch: Batch) -> Response:
        answer = {
            "batch_id": batch.id,
            "operation": batch.operation,
            "status": batch.status,
            "records_total": batch.records_total,
            "estimated_cost_usd": None if batch.estimated_cost_usd is None else float(batch.estimated_cost_usd),
            "request_id": self.request_id,
        }
        if batch.webhook_url:
            answer["webhook_secret"] = webhooks.secret_of(batch)
        return Response(answer, status=202, headers={"Location": f"/v1/batches/{batch.id}"})

    @extend_schema(operation_id="list_batches", parameters=LIST_PARAMETERS, responses=serializers.BatchListSerializer)
    def list(self, request: Request) -> Response:
        """List the tenant's batches, newest first."""
        page = read_list_page(Batch.objects.defer("options_encrypted"), request.query_params, by="created_at")
        progress = progress_of(page.rows)
        batches = [summaries.as_line(batch, progress[batch.id]) for batch in page.rows]
        return Response({"batches": batches, "next_cursor": page.next_cursor})

    @extend_schema(operation_id="get_batch", responses=serializers.ShownBatchSerializer)
    def retrieve(self, request: Request, batch_id: str) -> Response:
        """Read how far a batch is."""
        return Response(self.shown(batch_id))

    @extend_schema(operation_id="cancel_batch", request=None, responses={202: serializers.ShownBatchSerializer})
    def cancel(self, request: Request, batch_id: str) -> Response:
        """Stop a batch. Its results so far stay."""
        services.cancel_batch(batch=self.batch(batch_id), actor_id=self.caller.actor_id)
        return Response(self.shown(batch_id), status=202)

    @extend_schema(operation_id="retry_batch", request=None, responses={202: serializers.ShownBatchSerializer})
    def retry(self, request: Request, batch_id: str) -> Response:
        """Queue the failed and the pending records again."""
        batch = self.batch(batch_id)
        ensure_in_scope(_operation(batch), self.caller.key.scopes)
        services.retry_batch(batch=batch, actor_id=self.caller.actor_id)
        return Response(self.shown(batch_id), status=202)


class ResultViewSet(BatchBase):
    """The results of a batch."""

    @extend_schema(
        operation_id="get_batch_results",
        parameters=[OpenApiParameter("format", str, enum=FORMATS), *LIST_PARAMETERS],
        responses=serializers.ResultListSerializer,
    )
    def list(self, request: Request, batch_id: str) -> Any:
        """Read the results record by record: a page of JSON, or all of them as JSONL or CSV."""
        batch = self.batch(batch_id)
        wanted = request.query_params.get("format", "json")
        if wanted not in FORMATS:
            issue = "Input should be 'json' or 'jsonl' or 'csv'"
            raise InvalidRequest(fields=[FieldIssue("query.format", issue)])
        if wanted == "json":
            return Response(_page_of(batch, request.query_params))
        if wanted == "jsonl":
            return _download(map(_json_line, results.result_rows(batch)), "application/x-ndjson", f"{batch.id}.jsonl")
        return _download(exports.csv_lines(batch), "text/csv; charset=utf-8", f"{batch.id}.csv")


def _page_of(batch: Batch, query: Mapping[str, str]) -> dict[str, Any]:
    limit, cursor = read_limit(query), query.get("cursor", "")
    if cursor and not (cursor.isascii() and cursor.isdigit() and len(cursor) < 9):
        raise unreadable_cursor()
    rows = list(islice(results.result_rows(batch, after=int(cursor or -1)), limit + 1))
    page, has_more = rows[:limit], len(rows) > limit
    return {"results": page, "next_cursor": str(page[-1]["index"]) if has_more else None}


def _json_line(row: dict[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False, cls=JSONEncoder) + "\n"


def _download(lines: Iterator[str], content_type: str, name: str) -> StreamingHttpResponse:
    response = StreamingHttpResponse(lines, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _operation(batch: Batch) -> Any:
    use_case = use_case_named(batch.operation)
    if use_case is None:
        raise NotFound
    return use_case.operation


def _one_of_the_operations() -> str:
    return "Input should be " + " or ".join(f"'{name}'" for name in serializers.OPERATIONS)


def _refuse_both_or_none(body: Mapping[str, Any]) -> None:
    if "records" not in body and "filter" not in body:
        raise InvalidRequest(fields=[FieldIssue("body.records", "Field required")])
    if "records" in body and "filter" in body:
        raise InvalidRequest(fields=[FieldIssue("body.filter", "Records and filter exclude each other")])


def _webhook_url(url: str | None) -> str:
    try:
        return webhooks.checked_address(url) if url else ""
    except webhooks.AddressRefused as refused:
        raise InvalidRequest(fields=[FieldIssue("body.webhook_url", refused.reason)]) from None


def _ceiling(max_cost_usd: float | None) -> Decimal | None:
    if max_cost_usd is None:
        return None
    models = (generation_connection().model, judge_connection().model)
    if any(price_in_force(model) is None for model in models):
        issue = "A model in use has no known price, so that a ceiling could not be held"
        raise InvalidRequest(fields=[FieldIssue("body.max_cost_usd", issue)])
    return Decimal(repr(max_cost_usd))
