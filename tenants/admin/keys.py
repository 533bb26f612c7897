"""Admin screen of the API keys."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from tenants import services
from tenants.admin import index_cards
from tenants.models import ApiKey, Tenant
from tenants.pages.forms import ApiKeyForm, NewApiKeyForm, RotateKeyForm
from tenants.pages.scoped_admin import TenantScopedAdmin, actor_of, is_platform_staff
from tenants.registry import register_index_card
from tenants.scoping import current_tenant_id


@admin.register(ApiKey)
class ApiKeyAdmin(TenantScopedAdmin):
    """API keys. The text of a key is shown once. Superuser keys, which see all tenants, are for the platform team."""

    acts_are_audited = True
    form = ApiKeyForm
    list_display = ["name", "prefix", "is_superuser", "last_used_at", "expires_at", "created_at"]
    list_filter = ["is_superuser", ("expires_at", admin.EmptyFieldListFilter)]
    search_fields = ["name", "prefix"]
    fields = [
        "name",
        "prefix",
        "scopes",
        "allowed_networks",
        "expires_at",
        "requests_per_minute",
        "is_superuser",
        "last_used_at",
        "created_at",
    ]
    readonly_fields = ["prefix", "is_superuser", "last_used_at", "created_at"]
    change_form_template = "admin/tenants/apikey/change_form.html"

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may_handle(request, obj) and super().has_change_permission(request, obj)

    def _may_handle(self, request: HttpRequest, key: ApiKey | None) -> bool:
        """Tell whether the reader may change and rotate a key: only platform admins may for a superuser key."""
        return key is None or not key.is_superuser or is_platform_staff(request)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        values = {name: form.cleaned_data[name] for name in form.changed_data}
        services.change_api_key(key=obj, actor_id=actor_of(request), **values)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        services.delete_api_key(key=obj, actor_id=actor_of(request))

    def delete_queryset(self, request: HttpRequest, queryset: Iterable[ApiKey]) -> None:
        for key in queryset:
            self.delete_model(request, key)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if ask := self.ask_for_tenant(request):
            return ask
        tenant = Tenant.objects.get(id=current_tenant_id())

        def issue(form: NewApiKeyForm) -> HttpResponse:
            issued = services.create_api_key(tenant=tenant, actor_id=actor_of(request), **form.cleaned_data)
            return self._show_key(request, issued)

        return self.act_page(
            request,
            title=_("New API key for %(tenant)s") % {"tenant": tenant},
            form_class=lambda data: self._new_key_form(request, tenant, data),
            act=issue,
            submit=_("Create the key"),
        )

    def _new_key_form(self, request: HttpRequest, tenant: Tenant, data: Any) -> NewApiKeyForm:
        form = NewApiKeyForm(data)
        if not (tenant.allows_superusers and is_platform_staff(request)):
            del form.fields["is_superuser"]
        return form

    def _show_key(self, request: HttpRequest, issued: services.IssuedKey) -> HttpResponse:
        return self.shown_once(
            request,
            title=_("API key %(name)s") % {"name": issued.key.name},
            text=issued.text,
            explanation=_("Copy it now to where it is used, and nowhere else. It is not stored and not shown again."),
        )

    def get_urls(self) -> list[URLPattern]:
        rotate = self.admin_site.admin_view(self.rotate_view)
        return [path("<path:object_id>/rotate/", rotate, name="tenants_apikey_rotate"), *super().get_urls()]

    def rotate_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Issue a successor of a key."""
        key = self.get_scoped_object(request, object_id)
        if not self.has_change_permission(request, key):
            raise Http404

        def rotate(form: RotateKeyForm) -> HttpResponse:
            overlap = form.cleaned_data["overlap"]
            return self._show_key(
                request, services.rotate_api_key(key=key, actor_id=actor_of(request), overlap=overlap)
            )

        return self.act_page(
            request,
            title=_("Rotate %(name)s") % {"name": key},
            obj=key,
            form_class=RotateKeyForm,
            act=rotate,
            submit=_("Create the new key"),
            explanation=_(
                "A new key with the same rights replaces this one. The old key works until the overlap is over."
            ),
        )


register_index_card("tenants.view_apikey", index_cards.api_keys)
