"""The guard and the frame of pages that are no screen of the admin site, such as reports."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

View = Callable[..., HttpResponse]


def signed_in_with(permission: str) -> Callable[[View], View]:
    """Let in people who are signed in and have a permission in the tenant in scope."""

    def decorate(view: View) -> View:
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.has_perm(permission):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return admin.site.admin_view(guarded)

    return decorate


def own_page(request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200) -> TemplateResponse:
    """Render a page of ours, whose template extends `pages/base.html`. context: with the page's `title`."""
    return in_admin(request, template, context, status=status)


def in_admin(request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200) -> TemplateResponse:
    """Render a page in the frame of the admin site, whose template extends `admin/base_site.html`."""
    request.current_app = admin.site.name
    return TemplateResponse(request, template, {**admin.site.each_context(request), **context}, status=status)
