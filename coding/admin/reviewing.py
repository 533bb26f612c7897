"""Pages to look a version over before and after publishing: lint, differences, export."""

import re
import uuid

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from coding.diff import compare, counted
from coding.formats.files import FORMATS
from coding.formats.imported import ImportedFramework
from coding.lint import by_rule, lint
from coding.models import FrameworkVersion
from coding.reports import codings_by_code
from coding.stored_trees import read_tree
from tenants.scoped_admin import TenantScopedAdmin

NOT_IN_FILE_NAMES = re.compile(r"[^\w.-]+")


class ReviewPages(TenantScopedAdmin):
    """Addresses under a framework version."""

    def review_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        name = "coding_frameworkversion"
        return [
            path("<path:object_id>/lint/", view(self.lint_view), name=f"{name}_lint"),
            path("<path:object_id>/diff/", view(self.diff_view), name=f"{name}_diff"),
            path("<path:object_id>/export/<str:ending>/", view(self.export_view), name=f"{name}_export"),
        ]

    def _viewed(self, request: HttpRequest, object_id: str) -> FrameworkVersion:
        version: FrameworkVersion = self.get_scoped_object(request, object_id)
        if not self.has_view_permission(request, version):
            raise Http404
        return version

    def lint_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show what should be looked at, the findings of each rule together."""
        version = self._viewed(request, object_id)
        findings = lint(read_tree(version.id))
        context = {"title": _("Check %(version)s") % {"version": version}, "version": version, "original": version}
        return self.page(request, "coding/lint.html", context | {"findings": findings, "groups": by_rule(findings)})

    def diff_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Compare with the version that `with` names, or with the one before; for a copy's first, with the standard."""
        version = self._viewed(request, object_id)
        others = FrameworkVersion.objects.filter(framework=version.framework).exclude(id=version.id)
        with_version = self._other(request) or others.filter(number__lt=version.number).first()
        standard = self._standard(version)
        with_version = with_version or standard
        changes = compare(read_tree(with_version.id), read_tree(version.id)) if with_version else []
        codings = codings_by_code(version.framework)
        context = {
            "title": _("What changed in %(version)s") % {"version": version},
            "version": version,
            "original": version,
            "with_version": with_version,
            "others": [*others, *([standard] if standard else [])],
            "changes": [(change, codings.get(change.stable_id, 0)) for change in changes],
            "counts": counted(changes),
        }
        return self.page(request, "coding/diff.html", context)

    def _other(self, request: HttpRequest) -> FrameworkVersion | None:
        """The version that the address names. Raises Http404 when it is out of sight."""
        wanted = request.GET.get("with", "")
        if not wanted:
            return None
        try:
            found: FrameworkVersion | None = FrameworkVersion.objects.filter(id=uuid.UUID(wanted)).first()
        except (ValueError, ValidationError) as error:
            raise Http404 from error
        if found is None:
            raise Http404
        return found

    def _standard(self, version: FrameworkVersion) -> FrameworkVersion | None:
        """The newest version of the standard framework that this one was copied from."""
        copied = FrameworkVersion.objects.filter(id=version.framework.copied_from_version_id).first()
        newest: FrameworkVersion | None = (
            FrameworkVersion.objects.filter(framework=copied.framework_id).exclude(status="draft").first()
            if copied
            else None
        )
        return newest

    def export_view(self, request: HttpRequest, object_id: str, ending: str) -> HttpResponse:
        version = self._viewed(request, object_id)
        if ending not in FORMATS:
            raise Http404
        framework = version.framework
        exported = ImportedFramework(
            framework.name, read_tree(version.id), framework.description, tuple(framework.languages)
        )
        response = HttpResponse(FORMATS[ending].write(exported), content_type=FORMATS[ending].media_type)
        file_name = NOT_IN_FILE_NAMES.sub("-", f"{framework.name}-{version.number}").strip("-")
        response["Content-Disposition"] = f'attachment; filename="framework.{ending}"'
        if file_name.isascii():
            response["Content-Disposition"] = f'attachment; filename="{file_name}.{ending}"'
        return response
