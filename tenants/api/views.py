"""The admin endpoints for tenants and keys."""

from datetime import timedelta

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from tenants import services
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
from tenants.errors import NotFound
from tenants.identifiers import uuid_or_none
from tenants.models import ApiKey, Tenant
from tenants.rest.views import AdminViewSet


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
        keys = ApiKey.objects.filter(tenant__closed_at=None).order_by("created_at", "id")
        tenant_id = request.query_params.get("tenant_id")
        if tenant_id is not None:
            valid_id = uuid_or_none(tenant_id)
            keys = keys.filter(tenant_id=valid_id) if valid_id else keys.none()
        return Response({"auth_keys": KeySerializer(keys, many=True).data})

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
    """Return a key in scope. Raises NotFound, also for a malformed id."""
    keys = ApiKey.objects.select_related("tenant").filter(id=uuid_or_none(key_id), tenant__closed_at=None)
    key: ApiKey | None = keys.first()
    if key is None:
        raise NotFound
    return key
