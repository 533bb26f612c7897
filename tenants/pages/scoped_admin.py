"""The base of every admin screen on tenant data, in all rooms.

The scoped manager and row-level security decide which rows are visible. On these screens an invisible row is a 404,
tenants can read rows of the platform tenant but not change them, a new row needs one tenant, and the history of a row
comes from the audit log. Django's own LogEntry is not used, because it has no tenant.
"""

import uuid
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import AdminForm
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import (
    DateTimeField,
    DecimalField,
    JSONField,
    Model,
    PositiveIntegerField,
    PositiveSmallIntegerField,
    QuerySet,
    UniqueConstraint,
)
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenants.audit import record_act
from tenants.conflicts import conflict_on
from tenants.errors import Conflict, Forbidden
from tenants.models import AuditEvent, User
from tenants.pages.numbers import TypedDecimalField, TypedIntegerField
from tenants.roles import is_platform_admin
from tenants.scoping import current_scope
from tenants.storable import is_storable, storable

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
else:
    ModelAdmin = admin.ModelAdmin

HISTORY_LENGTH = 200


class JSONFormField(forms.JSONField):
    """A JSON field. Left empty it is the column's default; Django's is None, which our columns do not accept."""

    default_error_messages = {"unstorable": gettext_lazy("It holds a character that cannot be stored.")}

    def clean(self, value: Any) -> Any:
        cleaned = super().clean(value)
        if not is_storable(cleaned):
            raise forms.ValidationError(self.error_messages["unstorable"], code="unstorable")
        return self.initial() if cleaned is None and callable(self.initial) else cleaned

    def prepare_value(self, value: Any) -> Any:
        return storable(super().prepare_value(value))  # so that a refused value can be shown again


class MomentInput(forms.DateTimeInput):
    """The browser's own date and time picker: one control, which works on phones and without script."""

    input_type = "datetime-local"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%dT%H:%M:%S")
        self.attrs.setdefault("step", "1")


def actor_of(request: HttpRequest) -> str:
    """Return the person of a request as the audit log names them."""
    return f"user:{request.user.pk}"


def is_platform_staff(request: HttpRequest) -> bool:
    """Tell whether the reader is a platform admin."""
    return isinstance(request.user, User) and is_platform_admin(request.user)


class TenantScopedAdmin(ModelAdmin):
    """Lists, adds, changes and deletes rows of the tenant in scope.

    acts_are_audited: True when the services that the screen calls write the audit log. When False, the screen saves
    its rows directly, and this class records additions, changes and deletions, with the names of changed fields.
    """

    acts_are_audited = False
    formfield_overrides = {
        JSONField: {"form_class": JSONFormField},
        DateTimeField: {"form_class": forms.DateTimeField, "widget": MomentInput},
        DecimalField: {"form_class": TypedDecimalField},
        PositiveIntegerField: {"form_class": TypedIntegerField},
        PositiveSmallIntegerField: {"form_class": TypedIntegerField},
    }
    tenant_filter: type[admin.RelatedFieldListFilter] = admin.RelatedOnlyFieldListFilter
    list_per_page = 50
    show_full_result_count = False

    # Rows out of scope are invisible

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: Any, object_id: str) -> HttpResponse:
        raise Http404

    def get_scoped_object(self, request: HttpRequest, object_id: str) -> Any:
        """Return a row in scope. Raises Http404."""
        found = self.get_object(request, unquote(object_id))
        if found is None:
            raise Http404
        return found

    def lookup_allowed(self, lookup: str, value: Any, request: Any = None) -> bool:
        """Allow filters by the fields that the screen shows: never by hashes, nor through other relations."""
        shown = {field for field in self.list_display if isinstance(field, str)}
        filters = {field[0] if isinstance(field, list | tuple) else field for field in self.list_filter}
        own = lookup.partition("__")[0] in {"pk", "id", "tenant", self.date_hierarchy, *shown, *filters}
        is_filter = any(lookup == name or lookup.startswith(f"{name}__") for name in filters)
        return (own or is_filter) and super().lookup_allowed(lookup, value, request)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return bool(self._may_write(obj) and super().has_change_permission(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return bool(self._may_write(obj) and super().has_delete_permission(request, obj))

    def _may_write(self, obj: Model | None) -> bool:
        tenant_id = current_scope().tenant_id
        return obj is None or tenant_id is None or tenant_of(obj) in (tenant_id, None)

    # One tenant, or all

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        shown = list(super().get_list_display(request))
        return [*shown, "tenant"] if self._spans_tenants() else shown

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        filters = list(super().get_list_filter(request))
        return [*filters, ("tenant", self.tenant_filter)] if self._spans_tenants() else filters

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        return rows.select_related("tenant") if self._spans_tenants() else rows

    def _has_tenant(self) -> bool:
        return any(field.name == "tenant" for field in self.opts.fields)

    def _spans_tenants(self) -> bool:
        return self._has_tenant() and current_scope().tenant_id is None

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        title = capfirst(self.opts.verbose_name_plural)
        return super().changelist_view(request, {"title": title} | (extra_context or {}))

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        return self.ask_for_tenant(request) or super().add_view(request, form_url, extra_context)

    def ask_for_tenant(self, request: HttpRequest) -> HttpResponse | None:
        """Redirect platform staff in the scope of all tenants to select the tenant of a new row; None in one tenant."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        asked = self.ask_for_one_tenant(request)
        if asked:
            messages.info(request, _("Select the tenant first."))
        return asked

    def ask_for_one_tenant(self, request: HttpRequest) -> HttpResponse | None:
        """Redirect platform staff in the scope of all tenants to select one; None in one tenant."""
        if not self._spans_tenants():
            return None
        query = urlencode({"next": request.get_full_path()})
        return HttpResponseRedirect(f"{reverse('admin:pick_tenant')}?{query}")

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        # Django cannot check constraints with the tenant before the row is saved, because the form has no tenant field.
        constraints = [rule.name for rule in self.opts.constraints if isinstance(rule, UniqueConstraint)]
        try:
            with conflict_on(*constraints):
                return super().changeform_view(request, *args, **kwargs)
        except (Conflict, Forbidden) as error:
            messages.error(request, str(error) or _("It exists already."))
            return HttpResponseRedirect(request.get_full_path())

    # The audit log in place of Django's LogEntry

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None:  # type: ignore[override]
        self._audit(request, obj, "created", {})

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> None:  # type: ignore[override]
        parts = message if isinstance(message, list) else []
        changed = {field for part in parts for field in part.get("changed", {}).get("fields", [])}
        self._audit(request, obj, "changed", {"fields": sorted(map(str, changed))})

    def log_deletions(self, request: HttpRequest, queryset: Any) -> None:  # type: ignore[override]
        for obj in queryset:
            self._audit(request, obj, "deleted", {})

    def _audit(self, request: HttpRequest, obj: Model, verb: str, metadata: dict[str, Any]) -> None:
        if not self.acts_are_audited:
            record_act(obj, actor_of(request), f"{self.opts.model_name}.{verb}", metadata)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        found = self.get_scoped_object(request, object_id)
        if not self.has_view_or_change_permission(request, found):
            raise PermissionDenied
        events = AuditEvent.objects.filter(resource_id__in=self.ids_in_history(found)).order_by("-timestamp")
        context = {"title": _("History"), "object": found, "events": events[:HISTORY_LENGTH]}
        return self.page(request, "admin/audit_history.html", context | (extra_context or {}))

    def ids_in_history(self, obj: Any) -> Sequence[str]:
        """Return the ids of the rows whose acts are the history of one row."""
        return [str(obj.pk)]

    # Pages for acts other than editing fields

    def page(self, request: HttpRequest, template: str, context: dict[str, Any]) -> TemplateResponse:
        """Render a page of this screen."""
        request.current_app = self.admin_site.name
        return TemplateResponse(
            request,
            template,
            {**self.admin_site.each_context(request), "opts": self.opts, "media": self.media} | context,
        )

    def act_page(
        self,
        request: HttpRequest,
        *,
        title: str,
        form_class: Callable[..., forms.BaseForm],
        act: Callable[[Any], HttpResponse | None],
        submit: str,
        obj: Any = None,
        explanation: str = "",
        is_destructive: bool = False,
    ) -> HttpResponse:
        """Show a form, run the act with it, and redirect to the row or the list.

        act: gets the valid form. Its response is returned; None redirects. The form shows Conflict and Forbidden.
        """
        form = form_class(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            try:
                return act(form) or HttpResponseRedirect(self._after(obj))
            except (Conflict, Forbidden) as error:
                form.add_error(None, str(error) or _("It exists already."))
        context = {
            "title": title,
            "original": obj,
            "form": form,
            "adminform": AdminForm(form, [(None, {"fields": list(form.fields)})], {}),  # type: ignore[arg-type]
            "errors": form.errors,
            "explanation": explanation,
            "submit": submit,
            "is_destructive": is_destructive,
            "back_url": self._after(obj),
        }
        return self.page(request, "admin/act.html", context)

    def _after(self, obj: Any) -> str:
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}"
        return reverse(f"{name}_changelist") if obj is None else reverse(f"{name}_change", args=[obj.pk])

    def shown_once(self, request: HttpRequest, *, title: str, text: str, explanation: str) -> HttpResponse:
        """Show a secret once, on a page that is not cached."""
        context = {"title": title, "text": text, "explanation": explanation, "back_url": self._after(None)}
        response = self.page(request, "admin/shown_once.html", context)
        response["Cache-Control"] = "no-store"
        return response


class ReadOnlyAdmin(TenantScopedAdmin):
    """A screen of rows that nobody changes here."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


def tenant_of(obj: Model) -> uuid.UUID | None:
    """Return the tenant of a row; None for a row without one, such as a person."""
    tenant_id: uuid.UUID | None = getattr(obj, "tenant_id", None)
    return tenant_id
