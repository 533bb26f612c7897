"""The guard and the frame of the usage pages."""

from typing import Any

from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from tenants.pages.access import View, own_page, signed_in_with
from tenants.pages.scoped_admin import is_platform_staff

READS_USAGE = "usage.view_llmcall"


def usage_page(view: View) -> View:
    """Let people who may read usage in the tenant in scope read a page, and only read it."""
    return signed_in_with(READS_USAGE)(require_safe(view))


def in_usage(request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200) -> TemplateResponse:
    """Render a usage page. Platform staff are led to prices where one is missing."""
    return own_page(request, template, {"may_set_prices": is_platform_staff(request), **context}, status=status)
