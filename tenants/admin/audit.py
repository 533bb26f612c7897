"""Admin screens of the audit log and of refused requests."""

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib import admin, messages
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenants.admin import index_cards
from tenants.audit import verify_chain
from tenants.errors import AuditChainBroken
from tenants.identifiers import uuid_or_none
from tenants.models import ApiKey, AuditEvent, RefusedRequest, Tenant, User
from tenants.pages.keyset_filters import DaysFilter, RecentValuesFilter
from tenants.pages.keyset_list import KeysetList
from tenants.pages.scoped_admin import ReadOnlyAdmin
from tenants.registry import register_index_card
from tenants.rest.refusals import RETENTION_DAYS, advice_on


@admin.register(AuditEvent)
class AuditEventAdmin(KeysetList, ReadOnlyAdmin):
    """The audit log. Rows are only added; each contains the hash of the row before it."""

    newest_by = "sequence"
    list_display = ["timestamp", "sequence", "actor", "action", "resource_id", "result"]
    list_filter = [
        ("timestamp", DaysFilter),
        ("action", RecentValuesFilter),
        ("resource_type", RecentValuesFilter),
        ("result", RecentValuesFilter),
    ]
    search_fields = ["action", "actor_id", "resource_id"]
    fields = [
        "timestamp",
        "sequence",
        "actor",
        "actor_id",
        "action",
        "resource_type",
        "resource_id",
        "result",
        "metadata",
    ]
    change_list_template = "admin/tenants/auditevent/change_list.html"

    @admin.display(description=gettext_lazy("Who"))
    def actor(self, event: AuditEvent) -> str:
        return getattr(event, "actor_name", event.actor_id)

    def look_up(self, rows: Sequence[Any]) -> None:
        """Look up the names of people and keys, in one query each."""
        ids = {kind: _ids_of(kind, rows) for kind in ("user", "key")}
        names = {f"user:{pk}": person.username for pk, person in User.objects.in_bulk(ids["user"]).items()}
        names |= {f"key:{pk}": key.name for pk, key in ApiKey.objects.in_bulk(ids["key"]).items()}
        for row in rows:
            row.actor_name = names.get(row.actor_id, row.actor_id)

    def get_urls(self) -> list[URLPattern]:
        verify = self.admin_site.admin_view(self.verify_view)
        return [path("verify/", verify, name="tenants_auditevent_verify"), *super().get_urls()]

    def verify_view(self, request: HttpRequest) -> HttpResponse:
        """Verify the audit chains of the tenants in scope, and show the result."""
        if request.method == "POST" and self.has_view_permission(request):
            for tenant in Tenant.objects.order_by("name"):
                self._verify_chain_of(request, tenant)
        return HttpResponseRedirect(reverse("admin:tenants_auditevent_changelist"))

    def _verify_chain_of(self, request: HttpRequest, tenant: Tenant) -> None:
        try:
            count = verify_chain(tenant.id)
        except AuditChainBroken as error:
            broken = _("%(tenant)s: row %(row)s of the audit log was changed by hand.")
            messages.error(request, broken % {"tenant": tenant, "row": error.sequence})
        else:
            messages.success(
                request,
                _("%(tenant)s: %(count)s rows of the audit log are intact.") % {"tenant": tenant, "count": count},
            )


def _ids_of(kind: str, events: Iterable[Any]) -> set[uuid.UUID]:
    """Return the ids of all actors of one kind."""
    actors = (event.actor_id.partition(":") for event in events)
    ids = (uuid_or_none(name) for prefix, _colon, name in actors if prefix == kind)
    return {pk for pk in ids if pk is not None}


@admin.register(RefusedRequest)
class RefusedRequestAdmin(KeysetList, ReadOnlyAdmin):
    """Requests that got an error. The CRM does not show its errors, so they are shown here. No text is stored."""

    newest_by = "timestamp"
    list_display = ["timestamp", "key_name", "method", "path", "status", "code", "field"]
    list_filter = [
        ("timestamp", DaysFilter),
        ("status", RecentValuesFilter),
        ("code", RecentValuesFilter),
        ("path", RecentValuesFilter),
    ]
    search_fields = ["request_id", "field"]
    fields = ["timestamp", "key_name", "method", "path", "status", "code", "field", "advice", "request_id"]
    change_list_template = "admin/tenants/refusedrequest/change_list.html"

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return super().changelist_view(request, {"retention_days": RETENTION_DAYS} | (extra_context or {}))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        name = ApiKey.objects.filter(id=OuterRef("api_key_id")).values("name")[:1]
        rows: QuerySet[Any] = super().get_queryset(request).annotate(shown_key_name=Subquery(name))
        return rows

    @admin.display(description=gettext_lazy("Key"))
    def key_name(self, refused: RefusedRequest) -> str:
        return getattr(refused, "shown_key_name", None) or _("(deleted)")

    @admin.display(description=gettext_lazy("What to do"))
    def advice(self, refused: RefusedRequest) -> str:
        return str(advice_on(refused))


register_index_card("tenants.view_refusedrequest", index_cards.refused_requests)
