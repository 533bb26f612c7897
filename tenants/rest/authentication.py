"""Authentication by `Authorization: Bearer <key>`, before the body is read."""

from django.conf import settings
from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from tenants import scoping
from tenants.access import Caller, find_caller, is_in_networks
from tenants.errors import NotAuthenticated


class ApiKeyAuthentication(BaseAuthentication):
    """Enters the scope of the key's tenant for the rest of the request."""

    def authenticate(self, request: Request) -> tuple[Caller, Caller]:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise NotAuthenticated
        caller = find_caller(token.strip(), remote_address(request))
        scoping.enter_tenant(caller.tenant.id)
        return caller, caller

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


def remote_address(request: Request | HttpRequest) -> str:
    """Return the client's address. X-Forwarded-For counts only when it comes from a trusted proxy."""
    peer = str(request.META.get("REMOTE_ADDR", ""))
    forwarded = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    while forwarded and is_in_networks(peer, settings.TRUSTED_PROXIES):
        peer = forwarded.pop()
    return peer
