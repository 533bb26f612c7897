"""Who is let in to the usage pages."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from tenants.pages.scoped_admin import is_platform_staff

READS_USAGE = "usage.view_llmcall"
View = Callable[..., HttpResponse]


def signed_in_with(permission: str) -> Callable[[View], View]:
    """Let in who is signed in and has a permission in the tenant in force."""

    def decorate(view: View) -> View:
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.has_perm(permission):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return admin.site.admin_view(guarded)

    return decorate


def usage_page(view: View) -> View:
    """A page to read, for who may read usage in the tenant in force."""
    return signed_in_with(READS_USAGE)(require_safe(view))


def in_admin(request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200) -> TemplateResponse:
    """Render a page in the frame of the admin site."""
    request.current_app = admin.site.name
    shared = {**admin.site.each_context(request), "may_set_prices": is_platform_staff(request)}
    return TemplateResponse(request, template, {**shared, **context}, status=status)
