"""The base of every endpoint."""

import uuid
from datetime import timedelta
from typing import Any, ClassVar, cast

from django.conf import settings
from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.viewsets import ViewSet

from tenants import scoping
from tenants.access import Caller
from tenants.errors import Forbidden
from tenants.rest import idempotency
from tenants.rest.bodies import read_body
from tenants.rest.errors import FieldIssue, InvalidRequest
from tenants.rest.parsers import refuse_large_body
from tenants.rest.rate_limits import count_request
from tenants.rest.refusals import record_refusal

MAX_IDEMPOTENCY_KEY_LENGTH = 255


class Replayed(Exception):
    """The answer to this request is known already. Ends the request; not an error."""

    def __init__(self, answer: idempotency.StoredAnswer) -> None:
        super().__init__()
        self.answer = answer


class ApiViewSet(ViewSet):
    """Authenticates the caller, validates bodies in the contract's envelope and handles Idempotency-Key."""

    needs_superuser: ClassVar[bool] = False
    scope: ClassVar[str] = ""  # of the key, for the resource; empty: none is needed, or another one for each action
    lease: ClassVar[timedelta] = timedelta(seconds=settings.OPERATION_DEADLINE_SECONDS)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        count_request(self.caller)
        if self.needs_superuser and not self.caller.key.is_superuser:
            raise Forbidden("A superuser key is needed")
        if self.scope:
            self.ensure_scope(self.scope)
        self._claim_idempotency_key(request)

    def ensure_scope(self, name: str) -> None:
        """Refuse a key without a scope. Raises Forbidden."""
        if not self.caller.has_scope(name):
            raise Forbidden(f"This key may not use {name}")

    @property
    def caller(self) -> Caller:
        """Return the authenticated key and its tenant."""
        return cast(Caller, self.request.user)

    @property
    def request_id(self) -> uuid.UUID:
        """Return the X-Request-ID, which is the call_id in the ledger."""
        return cast(uuid.UUID, getattr(self.request._request, "request_id"))  # noqa: B009  (set by our middleware)

    def validated(self, serializer_class: type[Serializer[Any]], *, partial: bool = False) -> dict[str, Any]:
        """Return the body as the serializer reads it. Raises InvalidRequest naming every field that is wrong.

        partial: any fields, but at least one: a change whose fields are all misspelt is refused.
        """
        return read_body(serializer_class, self.request.data, partial=partial)

    def handle_exception(self, exc: Exception) -> Any:
        if isinstance(exc, Replayed):
            return replayed_answer(exc.answer)
        response = super().handle_exception(exc)
        self._record_refusal(response)
        return response

    def _record_refusal(self, response: Response) -> None:
        """Add a row to the page of refused requests, once the tenant is known."""
        if scoping.scope_or_none() is not None:
            error = response.data["error"]
            record_refusal(
                tenant_id=self.caller.tenant.id,
                api_key_id=self.caller.key.id,
                request_id=self.request_id,
                method=str(self.request.method),
                path=getattr(self.request.resolver_match, "route", ""),
                status=response.status_code,
                code=error["code"],
                field=error["fields"][0]["field"] if error["fields"] else "",
            )

    def _claim_idempotency_key(self, request: Request) -> None:
        key = request.headers.get("Idempotency-Key")
        if request.method != "POST" or key is None:
            return
        if not 1 <= len(key) <= MAX_IDEMPOTENCY_KEY_LENGTH:
            issue = f"String should have 1 to {MAX_IDEMPOTENCY_KEY_LENGTH} characters"
            raise InvalidRequest(fields=[FieldIssue("header.Idempotency-Key", issue)])
        refuse_large_body(request.META)
        claimed = idempotency.claim(
            api_key_id=self.caller.key.series_id,
            path=request.path.rstrip("/"),
            key=key,
            body=request._request.body,
            request_id=self.request_id,
            lease=self.lease,
        )
        if isinstance(claimed, idempotency.StoredAnswer):
            raise Replayed(claimed)
        self._claim = claimed

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        finalized = super().finalize_response(request, response, *args, **kwargs)
        claimed = getattr(self, "_claim", None)
        if claimed is None:
            return finalized
        if finalized.status_code < 300 or finalized.status_code == 422:
            finalized.add_post_render_callback(
                lambda done: idempotency.store_answer(claimed, status=done.status_code, content=done.content)
            )
        else:
            idempotency.release(claimed)
        return finalized


def replayed_answer(answer: idempotency.StoredAnswer) -> HttpResponse:
    """Return the first answer byte for byte, under this request's own id."""
    response = HttpResponse(answer.content, status=answer.status, content_type="application/json")
    response["Idempotency-Replayed"] = "true"
    response["Idempotency-Original-Request-ID"] = str(answer.request_id)
    return response


class AdminViewSet(ApiViewSet):
    """Endpoints for superuser keys, which see every tenant."""

    needs_superuser = True

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        scoping.enter_all_tenants()

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        if scoping.scope_or_none() is not None:
            scoping.enter_tenant(self.caller.tenant.id)  # the Idempotency-Key belongs to the caller's own tenant
        return super().finalize_response(request, response, *args, **kwargs)
