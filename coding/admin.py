"""Admin screens of frameworks, versions, codes, assignments and the coding policy."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _

from coding import editing, services
from coding.errors import CodingError
from coding.forms import CodeForm
from coding.models import Code, CodeAssignment, CodingFramework, CodingPolicy, FrameworkVersion, VersionStatus
from tenants.errors import Conflict
from tenants.scoped_admin import ReadOnlyAdmin, TenantScopedAdmin, actor_of
from tenants.scoping import current_tenant_id


@admin.register(CodingFramework)
class CodingFrameworkAdmin(TenantScopedAdmin):
    """Frameworks of the tenant, and the standard ones of the platform to read and copy."""

    acts_are_audited = True
    list_display = ["name", "languages", "published_version", "created_at"]
    search_fields = ["name", "description"]
    fields = ["name", "description", "languages", "versions_listed"]
    readonly_fields = ["versions_listed"]

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False  # what was coded names its versions

    @admin.display(description="Published")
    def published_version(self, framework: CodingFramework) -> str:
        numbers = [each.number for each in framework.versions.all() if each.status == VersionStatus.PUBLISHED]
        return str(numbers[0]) if numbers else "–"

    @admin.display(description="Versions")
    def versions_listed(self, framework: CodingFramework) -> str:
        if framework.pk is None:
            return "–"
        links = [
            format_html('<a href="{}">{}</a>', reverse("admin:coding_frameworkversion_change", args=[each.pk]), each)
            for each in framework.versions.all()
        ]
        return format_html("{}" + "<br>{}" * (len(links) - 1), *links) if links else "–"

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("versions")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            changes = {name: form.cleaned_data[name] for name in form.changed_data}
            services.change_framework(framework=obj, actor_id=actor_of(request), **changes)
            return
        version = services.create_framework(
            tenant_id=current_tenant_id(), actor_id=actor_of(request), **form.cleaned_data
        )
        obj.pk, obj.tenant_id = version.framework_id, version.tenant_id
        obj._state.adding = False  # noqa: SLF001 - the service has saved it


@admin.register(FrameworkVersion)
class FrameworkVersionAdmin(TenantScopedAdmin):
    """Versions: drafts are edited and published, the rest is read."""

    acts_are_audited = True
    list_display = ["framework", "number", "status", "codes_counted", "published_at", "published_by"]
    list_filter = ["status", "framework"]
    fields = ["framework", "number", "status", "notes", "codes_counted", "created_at", "published_at", "published_by"]
    readonly_fields = ["framework", "number", "status", "codes_counted", "created_at", "published_at", "published_by"]
    change_form_template = "coding/version_change_form.html"

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("framework")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # a draft is started from a version

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.is_draft)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and obj is not None and obj.is_draft

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        services.discard_draft(version=obj, actor_id=actor_of(request))

    @admin.display(description="Codes")
    def codes_counted(self, version: FrameworkVersion) -> str:
        url = reverse("admin:coding_code_changelist")
        return format_html('<a href="{}?version__id__exact={}">{}</a>', url, version.pk, version.codes.count())

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("<path:object_id>/publish/", view(self.publish_view), name="coding_frameworkversion_publish"),
            path("<path:object_id>/draft/", view(self.draft_view), name="coding_frameworkversion_draft"),
            *super().get_urls(),
        ]

    def _may_edit_framework(self, request: HttpRequest, version: FrameworkVersion) -> bool:
        return TenantScopedAdmin.has_change_permission(self, request, version)

    def publish_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask, and publish a draft."""
        version = self.get_scoped_object(request, object_id)
        if not self.has_change_permission(request, version) or not version.is_draft:
            raise Http404

        def publish(form: forms.Form) -> None:
            try:
                services.publish_version(version=version, actor_id=actor_of(request))
                messages.success(request, _("Version %(number)s codes from now on.") % {"number": version.number})
            except CodingError as error:
                messages.error(request, str(error) or type(error).__name__)

        return self.act_page(
            request,
            title=_("Publish %(version)s") % {"version": version},
            obj=version,
            form_class=forms.Form,
            act=publish,
            submit=_("Publish"),
            explanation=_("It is frozen then, and new feedback is coded with it. The version before is archived."),
        )

    def draft_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask, and start the next draft."""
        version = self.get_scoped_object(request, object_id)
        if not self._may_edit_framework(request, version):
            raise Http404

        def start(form: forms.Form) -> HttpResponse:
            draft = services.start_draft(framework=version.framework, actor_id=actor_of(request))
            return HttpResponseRedirect(reverse("admin:coding_frameworkversion_change", args=[draft.pk]))

        return self.act_page(
            request,
            title=_("Start the next version of %(framework)s") % {"framework": version.framework},
            obj=version,
            form_class=forms.Form,
            act=start,
            submit=_("Start"),
            explanation=_("It begins with the codes of the latest version."),
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        version = self.get_scoped_object(request, object_id)
        more = {"may_edit": self._may_edit_framework(request, version), "version": version}
        return super().change_view(request, object_id, form_url, more | (extra_context or {}))


class NewCodeForm(CodeForm):
    """A new code, and where it stands."""

    # The default manager would ask for a scope here, where no request is; the screen fills in the draft's codes.
    parent = forms.ModelChoiceField(queryset=Code._base_manager.none(), required=False)
    field_order = ["parent"]


@admin.register(Code)
class CodeAdmin(TenantScopedAdmin):
    """Codes as a plain list, a form each: usable at any number of codes, and without script."""

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

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            changes = {name: form.cleaned_data[name] for name in form.changed_data}
            if changes:
                editing.change_code(code=obj, actor_id=actor_of(request), **changes)
            return
        added = editing.add_code(version=self._draft(request), actor_id=actor_of(request), **form.cleaned_data)
        obj.pk, obj.tenant_id, obj.version = added.pk, added.tenant_id, added.version
        obj._state.adding = False  # noqa: SLF001 - the service has saved it

    def _draft(self, request: HttpRequest) -> FrameworkVersion:
        """The draft that a new code is for. Raises Http404 for anything else."""
        try:
            found = FrameworkVersion.objects.filter(id=request.GET.get("version", "")).first()
        except (ValueError, ValidationError) as error:
            raise Http404 from error
        if found is None or not found.is_draft or not self._may_write(found):
            raise Http404
        draft: FrameworkVersion = found
        return draft


@admin.register(CodeAssignment)
class CodeAssignmentAdmin(ReadOnlyAdmin):
    """What was coded: added by coding, changed by nobody."""

    list_display = ["record_reference", "path_shown", "confidence", "source", "strategy", "model", "created_at"]
    list_filter = ["source", "strategy"]
    search_fields = ["record_reference", "code_external_id"]
    date_hierarchy = None

    @admin.display(description="Code")
    def path_shown(self, assignment: CodeAssignment) -> str:
        return " > ".join(assignment.code_path)


@admin.register(CodingPolicy)
class CodingPolicyAdmin(TenantScopedAdmin):
    """How a tenant codes and publishes: one row, or the defaults."""

    list_display = ["strategy", "uses_judge", "needs_second_person"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and not CodingPolicy.objects.exists()
