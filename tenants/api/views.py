"""The base of every endpoint, and the admin endpoints for tenants and keys."""

import uuid
from datetime import timedelta
from typing import Any, ClassVar, cast

from django.conf import settings
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.viewsets import ViewSet

from tenants import scoping, services
from tenants.access import Caller
from tenants.api.serializers import (
    ChangedTenantSerializer,
    ChangeKeySerializer,
    ChangeTenantSerializer,
    CreatedKeySerializer,
    CreatedTenantSerializer,
    CreateKeySerializer,
    CreateTenantSerializer,
    KeyListSerializer,
    KeySerializer,
    RotateKeySerializer,
    TenantListSerializer,
    TenantSerializer,
)
from tenants.errors import Forbidden, NotFound
from tenants.identifiers import uuid_or_none
from tenants.models import ApiKey, Tenant
from tenants.rest import idempotency
from tenants.rest.bodies import read_body
from tenants.rest.errors import FieldIssue, InvalidRequest
from tenants.rest.parsers import refuse_large_body
from tenants.rest.rate_limits import count_request
from tenants.rest.refusals import record_refusal

LONGEST_IDEMPOTENCY_KEY = 255


class Replayed(Exception):
    """Not an error: the answer to this request is already known."""

    def __init__(self, answer: idempotency.StoredAnswer) -> None:
        super().__init__()
        self.answer = answer


class ApiViewSet(ViewSet):
    """What all endpoints share: who calls, validation in the contract's envelope, Idempotency-Key."""

    needs_superuser: ClassVar[bool] = False
    lease: ClassVar[timedelta] = timedelta(seconds=settings.OPERATION_DEADLINE_SECONDS)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        count_request(self.caller)
        if self.needs_superuser and not self.caller.key.is_superuser:
            raise Forbidden("A superuser key is needed")
        self._claim_idempotency_key(request)

    @property
    def caller(self) -> Caller:
        """The authenticated key and its tenant."""
        return cast(Caller, self.request.user)

    @property
    def request_id(self) -> uuid.UUID:
        """The X-Request-ID, and its call_id in the ledger."""
        return cast(uuid.UUID, getattr(self.request._request, "request_id"))  # noqa: B009  (set by our middleware)

    def validated(self, serializer_class: type[Serializer[Any]], *, partial: bool = False) -> dict[str, Any]:
        """Return the body as the serializer reads it. Raises InvalidRequest naming every field that is wrong.

        partial: any of the fields, but at least one; a change of nothing but misspelt fields is refused.
        """
        return read_body(serializer_class, self.request.data, partial=partial)

    def handle_exception(self, exc: Exception) -> Any:
        if isinstance(exc, Replayed):
            return replayed_answer(exc.answer)
        response = super().handle_exception(exc)
        self._record_refusal(response)
        return response

    def _record_refusal(self, response: Response) -> None:
        """Keep a row for the page of refused requests, once we know whose request it was."""
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
        if not 1 <= len(key) <= LONGEST_IDEMPOTENCY_KEY:
            issue = f"String should have 1 to {LONGEST_IDEMPOTENCY_KEY} characters"
            raise InvalidRequest(fields=[FieldIssue("header.Idempotency-Key", issue)])
        refuse_large_body(request.META)
        claimed = idempotency.claim(
            api_key_id=self.caller.key.id,
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
                lambda done: idempotency.keep(claimed, status=done.status_code, content=done.content)
            )
        else:
            idempotency.release(claimed)
        return finalized


def replayed_answer(answer: idempotency.StoredAnswer) -> HttpResponse:
    """The first answer once more, byte for byte, under this request's own id."""
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


class TenantViewSet(AdminViewSet):
    """Open, list, change and close tenants."""

    @extend_schema(operation_id="list_tenants", responses={200: TenantListSerializer})
    def list(self, request: Request) -> Response:
        tenants = Tenant.objects.organisations().order_by("created_at", "id")
        return Response({"tenants": TenantSerializer(tenants, many=True).data})

    @extend_schema(
        operation_id="create_tenant", request=CreateTenantSerializer, responses={201: CreatedTenantSerializer}
    )
    def create(self, request: Request) -> Response:
        body = self.validated(CreateTenantSerializer)
        tenant = services.create_tenant(
            name=body["tenant_name"],
            allows_superusers=body["allows_superusers"],
            actor_id=self.caller.actor_id,
        )
        return Response({"tenant_id": str(tenant.id)}, status=201)

    @extend_schema(
        operation_id="change_tenant", request=ChangeTenantSerializer, responses={200: ChangedTenantSerializer}
    )
    def partial_update(self, request: Request, tenant_id: str) -> Response:
        tenant = services.get_open_tenant(tenant_id)
        body = self.validated(ChangeTenantSerializer, partial=True)
        if "tenant_name" in body:
            body["name"] = body.pop("tenant_name")
        services.change_tenant(tenant=tenant, actor_id=self.caller.actor_id, **body)
        return Response(ChangedTenantSerializer(tenant).data)

    @extend_schema(operation_id="close_tenant", responses={204: None})
    def destroy(self, request: Request, tenant_id: str) -> Response:
        services.close_tenant(tenant=services.get_open_tenant(tenant_id), actor_id=self.caller.actor_id)
        return Response(status=204)


class KeyViewSet(AdminViewSet):
    """Issue, list, change, rotate and revoke API keys."""

    @extend_schema(
        operation_id="list_keys",
        parameters=[OpenApiParameter("tenant_id", str, description="Only this tenant's keys")],
        responses={200: KeyListSerializer},
    )
    def list(self, request: Request) -> Response:
        found = ApiKey.objects.filter(tenant__closed_at=None).order_by("created_at", "id")
        tenant_id = request.query_params.get("tenant_id")
        if tenant_id is not None:
            wanted = uuid_or_none(tenant_id)
            found = found.filter(tenant_id=wanted) if wanted else found.none()
        return Response({"auth_keys": KeySerializer(found, many=True).data})

    @extend_schema(operation_id="create_key", request=CreateKeySerializer, responses={201: CreatedKeySerializer})
    def create(self, request: Request) -> Response:
        body = self.validated(CreateKeySerializer)
        issued = services.create_api_key(
            tenant=services.get_open_tenant(body["tenant_id"]),
            name=body["key_name"],
            is_superuser=body["is_superuser"],
            scopes=body["scopes"],
            expires_at=body["expires_at"],
            allowed_networks=body["allowed_networks"],
            actor_id=self.caller.actor_id,
        )
        return Response(shown_once(issued), status=201)

    @extend_schema(operation_id="change_key", request=ChangeKeySerializer, responses={200: KeySerializer})
    def partial_update(self, request: Request, key_id: str) -> Response:
        key = get_key(key_id)
        body = self.validated(ChangeKeySerializer, partial=True)
        if "key_name" in body:
            body["name"] = body.pop("key_name")
        services.change_api_key(key=key, actor_id=self.caller.actor_id, **body)
        return Response(KeySerializer(key).data)

    @extend_schema(operation_id="rotate_key", request=RotateKeySerializer, responses={201: CreatedKeySerializer})
    def rotate(self, request: Request, key_id: str) -> Response:
        body = self.validated(RotateKeySerializer)
        issued = services.rotate_api_key(
            key=get_key(key_id),
            overlap=timedelta(seconds=body["overlap_seconds"]),
            actor_id=self.caller.actor_id,
        )
        return Response(shown_once(issued), status=201)

    @extend_schema(operation_id="delete_key", responses={204: None})
    def destroy(self, request: Request, key_id: str) -> Response:
        services.delete_api_key(key=get_key(key_id), actor_id=self.caller.actor_id)
        return Response(status=204)


def shown_once(issued: services.IssuedKey) -> dict[str, str]:
    return {"key_id": str(issued.key.id), "api_key": issued.text}


def get_key(key_id: str) -> ApiKey:
    """Return a key in scope. Raises NotFound, also on a malformed id."""
    wanted = uuid_or_none(key_id)
    found: ApiKey | None = (
        ApiKey.objects.select_related("tenant").filter(id=wanted, tenant__closed_at=None).first() if wanted else None
    )
    if found is None:
        raise NotFound
    return found
