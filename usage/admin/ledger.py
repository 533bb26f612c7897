"""The admin screen of the ledger, read-only."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import PAGE_VAR
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from tenants.pages.keyset import read_page
from tenants.pages.scoped_admin import ReadOnlyAdmin
from tenants.registry import operation_names, register_index_card
from tenants.services import names_of_keys
from usage.admin.index_cards import recent_cost
from usage.forms import LedgerFilterForm
from usage.models import LLMCall


@admin.register(LLMCall)
class LLMCallAdmin(ReadOnlyAdmin):
    """Every attempt at a model, newest first. The list is a page of its own, because Django's counts and skips rows."""

    list_display = ["created_at"]
    fields = [field.name for field in LLMCall._meta.concrete_fields if not field.primary_key]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the rows without the base class's join, with which PostgreSQL does not use the index of a page."""
        rows: QuerySet[Any] = super().get_queryset(request).select_related(None).prefetch_related("tenant")
        return rows

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if not self.has_view_permission(request):
            return super().changelist_view(request, extra_context)  # which refuses
        form = LedgerFilterForm(request.GET, spans_tenants=self._spans_tenants())
        calls, place = form.narrow(self.get_queryset(request)), request.GET.get(PAGE_VAR, "")
        page = read_page(calls, by="created_at", at=place, length=self.list_per_page)
        address = request.GET.copy()
        address.pop(PAGE_VAR, None)
        context = {
            "title": _("Model calls"),
            "form": form,
            "page": page,
            "address": address.urlencode(),
            "key_names": _names_of_keys(page.rows),
            "spans_tenants": self._spans_tenants(),
            "operations": operation_names(),
        }
        return self.page(request, "usage/ledger.html", context | (extra_context or {}))


def _names_of_keys(calls: Any) -> dict[Any, str]:
    return names_of_keys(call.api_key_id for call in calls if call.api_key_id)


register_index_card("usage.view_llmcall", recent_cost)
