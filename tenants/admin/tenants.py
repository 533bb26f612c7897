"""Admin screen of the tenants."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from tenants import services
from tenants.admin import index_cards
from tenants.identifiers import PLATFORM_TENANT_ID
from tenants.models import Tenant
from tenants.pages.forms import CloseTenantForm, TenantForm
from tenants.pages.scoped_admin import TenantScopedAdmin, actor_of, is_platform_staff
from tenants.registry import register_index_card


@admin.register(Tenant)
class TenantAdmin(TenantScopedAdmin):
    """Tenants. Managers may change the name of their own and its note for the model; the platform team the rest."""

    acts_are_audited = True
    form = TenantForm
    list_display = ["name", "slug", "allows_superusers", "storage", "created_at", "closed_at"]
    list_filter = ["allows_superusers", "storage", ("closed_at", admin.EmptyFieldListFilter)]
    search_fields = ["name", "slug"]
    shown = (
        "name",
        "slug",
        "prompt_note",
        "storage",
        "retention_days",
        "allows_superusers",
        "requests_per_minute",
        "refused_operations",
        "redaction_policy",
        "created_at",
        "closed_at",
    )
    fields = shown
    managers_may_change = {"name", "prompt_note"}
    change_form_template = "admin/tenants/tenant/change_form.html"

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False  # tenants are closed, because ledger and audit log stay

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_open = obj is None or obj.closed_at is None
        return is_open and super().has_change_permission(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        always = ["created_at", "closed_at", *(["slug"] if obj else [])]
        if is_platform_staff(request):
            return always
        return [field for field in self.shown if field not in self.managers_may_change]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        values = {name: form.cleaned_data[name] for name in form.changed_data}
        if change:
            services.change_tenant(tenant=obj, actor_id=actor_of(request), **values)
        else:
            created = services.create_tenant(actor_id=actor_of(request), **(values | {"slug": obj.slug}))
            obj.pk = created.pk

    def get_urls(self) -> list[URLPattern]:
        close = self.admin_site.admin_view(self.close_view)
        return [path("<path:object_id>/close/", close, name="tenants_tenant_close"), *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        shown = {"may_close": self._may_close(request, self.get_scoped_object(request, object_id))}
        return super().change_view(request, object_id, form_url, shown | (extra_context or {}))

    def _may_close(self, request: HttpRequest, tenant: Tenant) -> bool:
        return is_platform_staff(request) and tenant.closed_at is None and tenant.pk != PLATFORM_TENANT_ID

    def close_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Close a tenant after its short name was typed."""
        tenant = self.get_scoped_object(request, object_id)
        if not self._may_close(request, tenant):
            raise Http404

        def close(form: CloseTenantForm) -> HttpResponse:
            services.close_tenant(tenant=tenant, actor_id=actor_of(request))
            messages.success(request, _("The tenant is closed."))
            return HttpResponseRedirect(reverse("admin:tenants_tenant_changelist"))

        return self.act_page(
            request,
            title=_("Close %(name)s") % {"name": tenant},
            obj=tenant,
            form_class=lambda data: CloseTenantForm(data, expected=tenant.slug),
            act=close,
            submit=_("Close this tenant for good"),
            explanation=_(
                "The keys and memberships of the tenant are deleted and its content is erased. The ledger and the"
                " audit log stay. Type %(slug)s to continue."
            )
            % {"slug": tenant.slug},
            is_destructive=True,
        )


register_index_card("tenants.view_tenant", index_cards.open_tenants)
