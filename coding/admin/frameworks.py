"""Show the admin screens of frameworks and their versions."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coding.admin.comparing import ComparingPages
from coding.admin.editor import EditorPages
from coding.admin.forms import FrameworkForm, ImportForm, NameForm, VersionForm
from coding.admin.issue_texts import translated, translated_issue
from coding.admin.missing_codes import MissingCodePages
from coding.errors import CodingError, ImportIssue, UnreadableFramework
from coding.frameworks import services
from coding.frameworks.formats.registry import FORMATS, MAX_FILE_BYTES, read_file
from coding.models import CodingFramework, FrameworkVersion, VersionStatus
from tenants.errors import Conflict
from tenants.pages.scoped_admin import TenantScopedAdmin, actor_of
from tenants.scoping import current_tenant_id

MAX_ISSUES = 200


@admin.register(CodingFramework)
class CodingFrameworkAdmin(MissingCodePages):
    """Frameworks of the tenant, and the standards of the platform, which can be read and copied."""

    acts_are_audited = True
    form = FrameworkForm
    change_list_template = "coding/framework_change_list.html"
    change_form_template = "coding/framework_change_form.html"
    list_display = ["name", "languages", "published_version", "created_at"]
    search_fields = ["name", "description"]
    fields = ["name", "description", "languages", "versions_listed"]
    readonly_fields = ["versions_listed"]

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False  # assignments refer to its versions

    @admin.display(description=gettext_lazy("Published"))
    def published_version(self, framework: CodingFramework) -> str:
        numbers = [version.number for version in framework.versions.all() if version.status == VersionStatus.PUBLISHED]
        return str(numbers[0]) if numbers else "–"

    @admin.display(description=gettext_lazy("Versions"))
    def versions_listed(self, framework: CodingFramework) -> str:
        if framework.pk is None:
            return "–"
        links = [
            format_html(
                '<a href="{}">{}</a>', reverse("admin:coding_frameworkversion_change", args=[version.pk]), version
            )
            for version in framework.versions.all()
        ]
        return format_html("{}" + "<br>{}" * (len(links) - 1), *links) if links else "–"

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("versions")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.import_view)
        return [
            path("import/", view, name="coding_codingframework_import"),
            *self.missing_code_urls(),
            *super().get_urls(),
        ]

    def import_view(self, request: HttpRequest) -> HttpResponse:
        """Make a framework, or the next version of one, from a file. A file with issues is not saved."""
        if not self.has_add_permission(request):
            raise Http404
        if asked := self.ask_for_tenant(request):
            return asked
        form = ImportForm(request.POST or None, request.FILES or None)
        issues: Sequence[ImportIssue] = ()
        if request.method == "POST" and form.is_valid():
            try:
                version, notes = self._imported(form, actor_of(request))
                for note in notes:
                    messages.warning(request, translated(note))
                return HttpResponseRedirect(reverse("admin:coding_frameworkversion_editor", args=[version.pk]))
            except UnreadableFramework as error:
                issues = error.issues
            except Conflict:
                form.add_error("name", _("This framework has an open draft: publish or discard it first."))
        context = {
            "title": _("Import a framework"),
            "form": form,
            "issues": list(map(translated_issue, issues[:MAX_ISSUES])),
            "all": len(issues),
        }
        return self.page(request, "coding/import.html", context)

    def _imported(self, form: ImportForm, actor_id: str) -> tuple[FrameworkVersion, Sequence[str]]:
        """Return the new draft, and notes about lost parts of the file."""
        file = form.cleaned_data["file"]
        imported = read_file(file.name, file.read(MAX_FILE_BYTES + 1))
        version = services.import_framework(
            tenant_id=current_tenant_id(), imported=imported, name=form.cleaned_data["name"], actor_id=actor_id
        )
        return version, services.import_notes(version, imported)

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
class FrameworkVersionAdmin(EditorPages, ComparingPages):
    """Versions: drafts can be edited and published, others can be read."""

    acts_are_audited = True
    form = VersionForm
    list_display = ["framework", "number", "status", "codes_counted", "published_at", "published_by"]
    list_filter = ["status", "framework"]
    fields = ["framework", "number", "status", "notes", "codes_counted", "created_at", "published_at", "published_by"]
    readonly_fields = ["framework", "number", "status", "codes_counted", "created_at", "published_at", "published_by"]
    change_form_template = "coding/version_change_form.html"

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("framework")

    def ids_in_history(self, obj: Any) -> Sequence[str]:
        """Return the ids under which changes of a version are recorded: its own and its framework's."""
        return [str(obj.pk), str(obj.framework_id)]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # a draft is started from a version

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.is_draft)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and obj is not None and obj.is_draft

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        services.discard_draft(version=obj, actor_id=actor_of(request))

    @admin.display(description=gettext_lazy("Codes"))
    def codes_counted(self, version: FrameworkVersion) -> str:
        url = reverse("admin:coding_code_changelist")
        return format_html('<a href="{}?version__id__exact={}">{}</a>', url, version.pk, version.codes.count())

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            *self.editor_urls(),
            *self.comparing_urls(),
            path("<path:object_id>/copy/", view(self.copy_view), name="coding_frameworkversion_copy"),
            path("<path:object_id>/publish/", view(self.publish_view), name="coding_frameworkversion_publish"),
            path("<path:object_id>/archive/", view(self.archive_view), name="coding_frameworkversion_archive"),
            path("<path:object_id>/draft/", view(self.draft_view), name="coding_frameworkversion_draft"),
            *super().get_urls(),
        ]

    def _may_edit_framework(self, request: HttpRequest, version: FrameworkVersion) -> bool:
        return TenantScopedAdmin.has_change_permission(self, request, version)

    def publish_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Publish a draft after confirmation."""
        version = self.get_scoped_object(request, object_id)
        if not self.has_change_permission(request, version) or not version.is_draft:
            raise Http404

        def publish(form: forms.Form) -> None:
            try:
                services.publish_version(version=version, actor_id=actor_of(request))
                messages.success(request, _("Version %(number)s is now used for coding.") % {"number": version.number})
            except CodingError as error:
                messages.error(request, str(error) or type(error).__name__)

        return self.act_page(
            request,
            title=_("Publish %(version)s") % {"version": version},
            obj=version,
            form_class=forms.Form,
            act=publish,
            submit=_("Publish"),
            explanation=format_html(
                '{} <a href="{}">{}</a>',
                _("The version will be frozen and used to code new feedback. The version before it will be archived."),
                reverse("admin:coding_frameworkversion_preview", args=[version.pk]),
                _("See a preview first."),
            ),
        )

    def archive_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Archive the published version after confirmation."""
        version = self.get_scoped_object(request, object_id)
        if not self._may_edit_framework(request, version) or version.status != VersionStatus.PUBLISHED:
            raise Http404

        def archive(form: forms.Form) -> None:
            services.archive_version(version=version, actor_id=actor_of(request))
            messages.success(request, _("Version %(number)s is archived.") % {"number": version.number})

        return self.act_page(
            request,
            title=_("Archive %(version)s") % {"version": version},
            obj=version,
            form_class=forms.Form,
            act=archive,
            submit=_("Archive"),
            explanation=_("This framework will not be used for coding until another version is published."),
        )

    def draft_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Start the next draft after confirmation."""
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

    def copy_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for a name, and copy a version into a new framework of the tenant."""
        version = self.get_scoped_object(request, object_id)
        if not self.has_view_permission(request, version) or not request.user.has_perm("coding.add_codingframework"):
            raise Http404
        if asked := self.ask_for_one_tenant(request):
            return asked

        def copy(form: NameForm) -> HttpResponse:
            draft = services.copy_framework(
                version=version,
                tenant_id=current_tenant_id(),
                name=form.cleaned_data["name"],
                actor_id=actor_of(request),
            )
            return HttpResponseRedirect(reverse("admin:coding_frameworkversion_editor", args=[draft.pk]))

        return self.act_page(
            request,
            title=_("Copy %(version)s") % {"version": version},
            obj=version,
            form_class=NameForm,
            act=copy,
            submit=_("Copy"),
            explanation=_(
                "You can adapt the copy. Its codes stay linked to the standard, so that you can compare both later."
            ),
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        version = self.get_scoped_object(request, object_id)
        more = {"formats": list(FORMATS), "may_edit": self._may_edit_framework(request, version), "version": version}
        return super().change_view(request, object_id, form_url, more | (extra_context or {}))
