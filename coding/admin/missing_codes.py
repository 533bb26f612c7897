"""Show the page on which a framework's owner decides about missing codes."""

import uuid

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from coding.admin.forms import typed_line
from coding.admin.tree_markup import find_by_path
from coding.frameworks import missing_codes
from coding.frameworks.stored_trees import read_tree
from coding.models import CodingFramework, FrameworkVersion
from tenants.errors import Conflict
from tenants.pages.scoped_admin import TenantScopedAdmin, actor_of


class MissingCodePages(TenantScopedAdmin):
    """Adds one address under a framework."""

    def missing_code_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.missing_codes_view)
        return [path("<path:object_id>/missing-codes/", view, name="coding_codingframework_missing_codes")]

    def missing_codes_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show the groups of missing codes; accept or dismiss one of them."""
        framework: CodingFramework = self.get_scoped_object(request, object_id)
        if not self.has_view_permission(request, framework):
            raise Http404
        may_decide = self.has_change_permission(request, framework)
        if request.method == "POST":
            if not may_decide:
                raise Http404
            self._decide(request, framework)
            return HttpResponseRedirect(reverse("admin:coding_codingframework_missing_codes", args=[framework.pk]))
        context = {
            "title": _("Missing codes of %(framework)s") % {"framework": framework},
            "framework": framework,
            "groups": missing_codes.open_groups(framework),
            "may_decide": may_decide,
        }
        return self.page(request, "coding/missing_codes.html", context)

    def _decide(self, request: HttpRequest, framework: CodingFramework) -> None:
        ids = _uuids(request.POST.get("missing_codes", ""))
        if request.POST.get("decision") == "dismiss":
            missing_codes.dismiss(framework=framework, missing_code_ids=ids, actor_id=actor_of(request))
            messages.success(request, _("Dismissed."))
            return
        name, typed = (typed_line(request.POST.get(field_name, "")) for field_name in ("name", "parent"))
        parent_id = _stable_id(framework, typed) if typed else None
        if not name or len(name) > 500 or (typed and parent_id is None):
            messages.error(request, _("Enter a name, and a parent that exists."))
            return
        try:
            code = missing_codes.accept(
                framework=framework, missing_code_ids=ids, name=name, parent_id=parent_id, actor_id=actor_of(request)
            )
            messages.success(request, _("%(code)s is in the draft.") % {"code": code})
        except Conflict as error:
            messages.error(request, str(error) or _("This cannot be done."))


def _uuids(text: str) -> list[uuid.UUID]:
    """Read the ids in a form field. Raises Http404 if one is invalid."""
    try:
        return [uuid.UUID(row_id) for row_id in text.split()]
    except ValueError as error:
        raise Http404 from error


def _stable_id(framework: CodingFramework, typed: str) -> uuid.UUID | None:
    """Return the stable id of the code that a person typed, from the newest version."""
    newest = FrameworkVersion.objects.filter(framework=framework).order_by("-number").first()
    row_id = find_by_path(read_tree(newest.id), typed) if newest else None
    stable_id: uuid.UUID | None = (
        newest.codes.filter(id=row_id).values_list("stable_id", flat=True).first() if newest else None
    )
    return stable_id
