"""Show the pages that check and compare a version: findings, changes, preview, export."""

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coding.errors import TooManyCodes, UnreadableFramework
from coding.frameworks.formats.exports import export_version
from coding.frameworks.formats.registry import FORMATS
from coding.frameworks.stored_trees import read_tree
from coding.frameworks.versions import frozen_tree
from coding.models import FrameworkVersion, VersionStatus
from coding.publishing.diff import Change, Kind, compare, counted
from coding.publishing.lint import by_rule, lint
from coding.publishing.preview import Outcome, Preview, preview, stored_texts
from coding.publishing.series import Series, series_under_newer, series_under_older
from coding.reports import codings_by_code, codings_by_month
from tenants.models import Tenant
from tenants.pages.scoped_admin import TenantScopedAdmin
from tenants.scoping import current_tenant_id

KINDS = {
    Kind.ADDED: gettext_lazy("added"),
    Kind.DELETED: gettext_lazy("deleted"),
    Kind.RENAMED: gettext_lazy("renamed"),
    Kind.MOVED: gettext_lazy("moved"),
    Kind.MERGED: gettext_lazy("merged"),
    Kind.SPLIT: gettext_lazy("split"),
    Kind.RETIRED: gettext_lazy("retired"),
    Kind.RESTORED: gettext_lazy("restored"),
    Kind.TEXT: gettext_lazy("text changed"),
}
OUTCOMES = {
    Outcome.RENAMED: gettext_lazy("same code with another name or place"),
    Outcome.FOLLOWED: gettext_lazy("successor of its code"),
    Outcome.MOVED: gettext_lazy("another code"),
    Outcome.GAINED: gettext_lazy("coded for the first time"),
    Outcome.LOST: gettext_lazy("no longer coded"),
}


class ComparingPages(TenantScopedAdmin):
    """Adds addresses under a framework version."""

    def comparing_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        name = "coding_frameworkversion"
        return [
            path("<path:object_id>/lint/", view(self.lint_view), name=f"{name}_lint"),
            path("<path:object_id>/diff/", view(self.diff_view), name=f"{name}_diff"),
            path("<path:object_id>/preview/", view(self.preview_view), name=f"{name}_preview"),
            path("<path:object_id>/export/<str:ending>/", view(self.export_view), name=f"{name}_export"),
        ]

    def _viewed(self, request: HttpRequest, object_id: str) -> FrameworkVersion:
        version: FrameworkVersion = self.get_scoped_object(request, object_id)
        if not self.has_view_permission(request, version):
            raise Http404
        return version

    def lint_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show the findings of a version, grouped by rule."""
        version = self._viewed(request, object_id)
        findings = lint(read_tree(version.id))
        context = {"title": _("Check %(version)s") % {"version": version}, "version": version, "original": version}
        return self.page(request, "coding/lint.html", context | {"findings": findings, "groups": by_rule(findings)})

    def diff_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Compare with the version in `with`, else the version before, else the standard that was copied."""
        version = self._viewed(request, object_id)
        others = FrameworkVersion.objects.filter(framework=version.framework).exclude(id=version.id)
        with_version = self._other(request) or others.filter(number__lt=version.number).first()
        standard = self._standard(version)
        with_version = with_version or standard
        changes = compare(read_tree(with_version.id), read_tree(version.id)) if with_version else []
        codings = codings_by_code(version.framework)
        is_older = request.GET.get("series") == "older"
        context = {
            "title": _("Changes in %(version)s") % {"version": version},
            "version": version,
            "original": version,
            "with_version": with_version,
            "standard": standard,
            "standard_changes": self._changes_of_standard(version, standard),
            "others": [*others, *([standard] if standard else [])],
            "changes": [(KINDS[change.kind], change, codings.get(change.stable_id, 0)) for change in changes],
            "counts": [(KINDS[kind], count) for kind, count in counted(changes).items()],
            "series": self._series(version, with_version, is_older=is_older) if codings and with_version else None,
            "is_older": is_older,
        }
        return self.page(request, "coding/diff.html", context)

    def _series(self, version: FrameworkVersion, with_version: FrameworkVersion, *, is_older: bool) -> Series:
        read_under = series_under_older if is_older else series_under_newer
        return read_under(read_tree(with_version.id), read_tree(version.id), codings_by_month(version.framework))

    def preview_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Code a sample of stored texts with this version and the one before, and show the differences."""
        version = self._viewed(request, object_id)
        if asked := self.ask_for_one_tenant(request):
            return asked
        older = FrameworkVersion.objects.filter(framework=version.framework, number__lt=version.number)
        before: FrameworkVersion | None = older.exclude(status=VersionStatus.DRAFT).first()
        texts = stored_texts(version.framework)
        seen = self._preview(request, before, version, texts) if before and texts else None
        context = {
            "title": _("Preview of %(version)s") % {"version": version},
            "version": version,
            "original": version,
            "before": before,
            "stores_records": Tenant.objects.get(id=current_tenant_id()).stores_records,
            "preview": seen,
            "changes": [(OUTCOMES[transition.outcome], transition) for transition in seen.changes] if seen else [],
            "shows_texts": request.user.has_perm("coding.view_codeassignment"),
        }
        return self.page(request, "coding/preview.html", context)

    def _preview(
        self, request: HttpRequest, before: FrameworkVersion, version: FrameworkVersion, texts: list[str]
    ) -> Preview | None:
        try:
            return preview(frozen_tree(before.id), read_tree(version.id), texts)
        except TooManyCodes:
            messages.error(request, _("The framework is too large to be compared word by word."))
            return None

    def _other(self, request: HttpRequest) -> FrameworkVersion | None:
        """Return the version in `with`. Raises Http404 if it cannot be seen."""
        wanted = request.GET.get("with", "")
        if not wanted:
            return None
        try:
            other: FrameworkVersion | None = FrameworkVersion.objects.filter(id=uuid.UUID(wanted)).first()
        except (ValueError, ValidationError) as error:
            raise Http404 from error
        if other is None:
            raise Http404
        return other

    def _standard(self, version: FrameworkVersion) -> FrameworkVersion | None:
        """Return the newest version of the standard framework that this one was copied from."""
        copied = FrameworkVersion.objects.filter(id=version.framework.copied_from_version_id).first()
        newest: FrameworkVersion | None = (
            FrameworkVersion.objects.filter(framework=copied.framework_id).exclude(status="draft").first()
            if copied
            else None
        )
        return newest

    def _changes_of_standard(
        self, version: FrameworkVersion, standard: FrameworkVersion | None
    ) -> list[tuple[Any, Change]]:
        """Return the changes of the standard since this framework was copied from it."""
        copied_id = version.framework.copied_from_version_id
        if standard is None or copied_id is None or standard.id == copied_id:
            return []
        return [(KINDS[change.kind], change) for change in compare(read_tree(copied_id), read_tree(standard.id))]

    def export_view(self, request: HttpRequest, object_id: str, ending: str) -> HttpResponse:
        """Send a version as a file, or show on its page why the format cannot hold it."""
        version = self._viewed(request, object_id)
        if ending not in FORMATS:
            raise Http404
        try:
            file = export_version(version, ending)
        except UnreadableFramework as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(reverse("admin:coding_frameworkversion_change", args=[version.pk]))
        response = HttpResponse(file.content, content_type=file.media_type)
        response["Content-Disposition"] = content_disposition_header(True, file.name)
        return response
