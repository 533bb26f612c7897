"""Parts of every page: the menu, the tenant in the header, and the language in the footer."""

from typing import Any

from django import template

from tenants.models import Tenant, User
from tenants.pages.menu import menu_of
from tenants.pages.middleware import ALL_TENANTS
from tenants.pages.views import tenants_to_pick
from tenants.roles import is_platform_admin
from tenants.scoping import scope_or_none

register = template.Library()


@register.inclusion_tag("tenants/tenant_switch.html", takes_context=True)
def tenant_switch(context: dict[str, Any]) -> dict[str, Any]:
    """Show the tenant in scope, and let people with several select another one."""
    request, scope = context["request"], scope_or_none()
    if scope is None or not isinstance(request.user, User):
        return {}
    tenants = tenants_to_pick(request.user)
    return {
        "request": request,
        "csrf_token": context.get("csrf_token"),
        "tenants": tenants,
        "current": _current(tenants, scope.tenant_id),
        "spans_tenants": scope.tenant_id is None,
        "offers_all": is_platform_admin(request.user),
        "all_value": ALL_TENANTS,
    }


@register.inclusion_tag("pages/menu.html", takes_context=True)
def menu(context: dict[str, Any]) -> dict[str, Any]:
    """Show the pages that the reader may open, by section."""
    request = context["request"]
    return {"sections": menu_of(request.user.has_perm, request.path)}


@register.inclusion_tag("pages/language_switch.html", takes_context=True)
def language_switch(context: dict[str, Any]) -> dict[str, Any]:
    """Let the reader select the language of the pages."""
    return {"request": context.get("request"), "csrf_token": context.get("csrf_token")}


def _current(tenants: list[Tenant], tenant_id: object) -> Tenant | None:
    return next((tenant for tenant in tenants if tenant.id == tenant_id), None)
