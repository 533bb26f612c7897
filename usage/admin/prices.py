"""The admin screen of prices."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.formats import localize
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenants.pages.final_acts import FinalAct, ask_once
from tenants.pages.numbers import write_number
from tenants.pages.scoped_admin import TenantScopedAdmin, actor_of
from tenants.scoping import current_tenant_id
from usage.costs.model_names import doubt_about
from usage.models import ModelPrice, TokenClass
from usage.services import set_price


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

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if ask := self.ask_for_tenant(request):
            return ask
        form_class = self.get_form(request)
        initial = self.get_changeform_initial_data(request)

        def set_it(form: Any) -> HttpResponse | None:
            if asks := ask_once(request, _act_of_setting(form.cleaned_data)):
                return asks
            set_price(tenant_id=current_tenant_id(), actor_id=actor_of(request), **form.cleaned_data)
            messages.success(request, _("The price is set."))
            return None

        return self.act_page(
            request,
            title=_("New price"),
            form_class=lambda data: form_class(data, initial=initial),
            act=set_it,
            submit=_("Check"),
        )

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> forms.Field | None:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and db_field.name == "effective_from":
            field.help_text = gettext_lazy("Calls before this moment keep their price.")
        return field


def _act_of_setting(price: Mapping[str, Any]) -> FinalAct:
    """Say what is about to be set. price: the columns of the row."""
    doubt = doubt_about(price["model"])
    return FinalAct(
        title=_("Set a price for good"),
        facts=[
            (_("Model"), price["model"]),
            (_("Tokens"), str(TokenClass(price["token_class"]).label)),
            (_("USD for a million tokens"), _written(price["price_per_million"])),
            (_("From"), localize(localtime(price["effective_from"]))),
        ],
        explanation=_("A price is never changed or deleted. A new one can take over from a later moment."),
        submit=_("Set the price"),
        back_url=reverse("admin:usage_modelprice_add"),
        doubts=[doubt] if doubt else [],
    )


def _written(price: Decimal) -> str:
    """Write a price to the cent, or with all the decimals it has."""
    exponent = price.normalize().as_tuple().exponent
    return write_number(price, places=max(2, -int(exponent)))
