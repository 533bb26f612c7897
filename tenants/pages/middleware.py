"""The scope of pages: the tenant that the reader selected, or the only one they belong to."""

import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from tenants import scoping
from tenants.models import User
from tenants.roles import is_platform_admin, memberships_in_force

SESSION_KEY = "tenant_id"
ALL_TENANTS = "all"
PICK_PAGE = "admin:pick_tenant"
PAGES_WITHOUT_TENANT = {
    PICK_PAGE,
    "admin:login",
    "admin:logout",
    "admin:set_password",
    "admin:password_change",
    "admin:password_change_done",
    "admin:jsi18n",
    "admin:set_language",
}


class PageScopeMiddleware:
    """Sets the scope of pages. The scope of API requests is set by their authentication.

    A person with several memberships has to select a tenant, and has to select again after losing that membership.
    There is no silent default.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        if request.path.startswith("/v1/") or not isinstance(request.user, User):
            return None
        if _enter_scope(request, request.user) or not memberships_in_force(request.user):
            return None
        if request.resolver_match is not None and request.resolver_match.view_name in PAGES_WITHOUT_TENANT:
            return None
        return HttpResponseRedirect(f"{reverse(PICK_PAGE)}?{urlencode({'next': request.get_full_path()})}")


def _enter_scope(request: HttpRequest, user: User) -> bool:
    """Enter the scope of the selected tenant, or of the only one; return False when the reader has to select."""
    picked = request.session.get(SESSION_KEY)
    if picked is None and (picked := _obvious_choice(user)):
        request.session[SESSION_KEY] = picked
    if picked == ALL_TENANTS and is_platform_admin(user):
        scoping.enter_all_tenants()
        return True
    tenant_id = uuid.UUID(picked) if picked and picked != ALL_TENANTS else None
    if tenant_id is None or not may_pick(user, tenant_id):
        return False
    scoping.enter_tenant(tenant_id)
    return True


def _obvious_choice(user: User) -> str | None:
    """Return all tenants for platform staff, the only tenant of other people, or None when there are several."""
    if is_platform_admin(user):
        return ALL_TENANTS
    memberships = memberships_in_force(user)
    return str(memberships[0].tenant_id) if len(memberships) == 1 else None


def may_pick(user: User, tenant_id: uuid.UUID) -> bool:
    """Tell whether a person may see a tenant's pages."""
    return is_platform_admin(user) or any(
        membership.tenant_id == tenant_id for membership in memberships_in_force(user)
    )
