"""The batch endpoints."""

import json
import uuid
from collections.abc import Iterator, Mapping
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
from feedback.batches import exports, results, services, summaries, webhooks
from feedback.batches.models import Batch
from feedback.batches.options import read_options
from feedback.batches.reports import progress_of
from inference.connections import generation_connection, judge_connection
from inference.errors import OperationNotAllowed
from inference.orchestrator import ensure_in_scope
from inference.registry import UseCase, use_case_named
from tenants.errors import Forbidden, NotFound
from tenants.rest.errors import FieldIssue, InvalidRequest
from tenants.rest.paging import cursor_of, read_paging, unreadable_cursor
from tenants.rest.views import ApiViewSet
from usage.prices import price_in_force

SCOPE = "batches"
FORMATS = ("json", "jsonl", "csv")
PAGES = [
    OpenApiParameter("limit", int, description="1 to 1000, default 100"),
    OpenApiParameter("cursor", str, description="next_cursor of the page before"),
]


class BatchBase(ApiViewSet):
    """What the endpoints of batches share."""

    lease = timedelta(minutes=5)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if self.caller.key.scopes and SCOPE not in self.caller.key.scopes:
            raise Forbidden(f"This key may not use {SCOPE}")

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
        batch = services.create_batch(tenant=self.caller.tenant, order=order, records=body["records"])
        return self._created(batch)

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

    @extend_schema(operation_id="list_batches", parameters=PAGES, responses=serializers.BatchListSerializer)
    def list(self, request: Request) -> Response:
        """List the tenant's batches, newest first."""
        paging = read_paging(request.query_params)
        batches = Batch.objects.order_by("-id").defer("options_encrypted")
        if paging.after is not None:
            try:
                batches = batches.filter(id__lt=uuid.UUID(paging.after))
            except ValueError:
                raise unreadable_cursor() from None
        rows = list(batches[: paging.limit + 1])
        page, has_more = rows[: paging.limit], len(rows) > paging.limit
        progress = progress_of(page)
        return Response(
            {
                "batches": [summaries.as_line(batch, progress[batch.id]) for batch in page],
                "next_cursor": cursor_of(page[-1].id) if has_more else None,
            }
        )

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
        parameters=[OpenApiParameter("format", str, enum=FORMATS), *PAGES],
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
    paging = read_paging(query)
    if paging.after is not None and not (paging.after.isascii() and paging.after.isdigit() and len(paging.after) < 9):
        raise unreadable_cursor()
    after = -1 if paging.after is None else int(paging.after)
    rows = list(islice(results.result_rows(batch, after=after), paging.limit + 1))
    page, has_more = rows[: paging.limit], len(rows) > paging.limit
    return {"results": page, "next_cursor": cursor_of(page[-1]["index"]) if has_more else None}


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
