"""The scope of a page: the tenant its reader picked, or the only one they belong to."""

import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from tenants import access, scoping
from tenants.identifiers import PLATFORM_TENANT_ID
from tenants.models import User
from tenants.roles import is_platform_admin

SESSION_KEY = "tenant_id"


class PageScopeMiddleware:
    """Put the reader's tenant in force. API requests carry no session: their key decides, in the authentication."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith("/v1/") and isinstance(request.user, User):
            self._enter_scope(request, request.user)
        return self.get_response(request)

    def _enter_scope(self, request: HttpRequest, user: User) -> None:
        picked = request.session.get(SESSION_KEY)
        tenant_ids = [found.tenant_id for found in access.memberships_of(user)]
        if is_platform_admin(user):
            scoping.enter_tenant(uuid.UUID(picked)) if picked else scoping.enter_all_tenants()
        elif picked and uuid.UUID(picked) in tenant_ids:
            scoping.enter_tenant(uuid.UUID(picked))
        elif len(tenant_ids) == 1 and tenant_ids[0] != PLATFORM_TENANT_ID:
            scoping.enter_tenant(tenant_ids[0])
