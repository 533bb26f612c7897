"""Show the admin screens of codes as a plain list, with a form for a code."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.urls import reverse

from coding.admin.forms import CodeForm
from coding.errors import ChangedMeanwhile
from coding.frameworks import editing
from coding.models import Code, FrameworkVersion
from tenants.errors import Conflict
from tenants.pages.scoped_admin import TenantScopedAdmin, actor_of


class NewCodeForm(CodeForm):
    """A new code and its parent."""

    # The default manager needs a scope, which does not exist at import. The screen sets the draft's codes.
    parent = forms.ModelChoiceField(queryset=Code._base_manager.none(), required=False)
    field_order = ["parent"]


@admin.register(Code)
class CodeAdmin(TenantScopedAdmin):
    """Codes as a plain list, which works for any number of codes and without script."""

    acts_are_audited = True
    form = CodeForm
    list_display = ["name", "parent", "external_id", "version", "is_sensitive", "is_retired"]
    list_filter = ["version", "is_sensitive", "is_retired"]
    search_fields = ["name", "external_id", "definition"]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("parent", "version__framework")

    def lookup_allowed(self, lookup: str, value: Any, request: Any = None) -> bool:
        return lookup == "version__id__exact" or super().lookup_allowed(lookup, value, request)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is not None:
            return super().get_form(request, obj, change, **kwargs)
        form: Any = super().get_form(request, obj, change, form=NewCodeForm, **kwargs)
        form.base_fields["parent"].queryset = Code.objects.filter(version=self._draft(request))
        return form

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and "version" in request.GET

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.version.is_draft)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and obj is not None and obj.version.is_draft

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        editing.delete_code(code=obj, actor_id=actor_of(request))

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        try:
            return super().delete_view(request, object_id, extra_context)
        except Conflict as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(reverse("admin:coding_code_change", args=[object_id]))

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except ChangedMeanwhile:  # between reading and saving; the form is read again and shows both texts
            return super().changeform_view(request, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            changes = {name: form.cleaned_data[name] for name in form.changed_data}
            if changes:
                editing.change_code(code=obj, actor_id=actor_of(request), expected=form.initial, **changes)
            return
        added = editing.add_code(version=self._draft(request), actor_id=actor_of(request), **form.cleaned_data)
        obj.pk, obj.tenant_id, obj.version = added.pk, added.tenant_id, added.version
        obj._state.adding = False  # noqa: SLF001 - the service has saved it

    def _draft(self, request: HttpRequest) -> FrameworkVersion:
        """Return the draft of a new code. Raises Http404 if there is none that may be changed."""
        try:
            version = FrameworkVersion.objects.filter(id=request.GET.get("version", "")).first()
        except (ValueError, ValidationError) as error:
            raise Http404 from error
        if version is None or not version.is_draft or not self._may_write(version):
            raise Http404
        draft: FrameworkVersion = version
        return draft
