"""Admin screens of the ledger, read-only, and of model prices."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.views.main import PAGE_VAR
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenants.pages.keyset import read_page
from tenants.pages.scoped_admin import ReadOnlyAdmin, TenantScopedAdmin, actor_of
from tenants.registry import operation_names, register_index_card
from tenants.scoping import current_tenant_id
from tenants.services import names_of_keys
from usage.admin.index_cards import recent_cost
from usage.forms import LedgerFilterForm
from usage.models import LLMCall, ModelPrice
from usage.services import set_price


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


@admin.register(ModelPrice)
class ModelPriceAdmin(TenantScopedAdmin):
    """Prices from a moment on. A price is never changed or deleted; a new one replaces it from its moment on."""

    acts_are_audited = True
    list_display = ["model", "token_class", "price_per_million", "currency", "effective_from"]
    list_filter = ["token_class"]
    search_fields = ["model"]
    date_hierarchy = "effective_from"
    fields = ["model", "token_class", "price_per_million", "currency", "effective_from"]
    readonly_fields = ["currency"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.pk = set_price(tenant_id=current_tenant_id(), actor_id=actor_of(request), **form.cleaned_data).pk

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> forms.Field | None:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and db_field.name == "effective_from":
            field.help_text = gettext_lazy("Calls before this moment keep their price.")
        return field


register_index_card("usage.view_llmcall", recent_cost)
