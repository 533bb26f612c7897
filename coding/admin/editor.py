"""Show the framework editor: the tree, the form of the selected code, and actions on it.

Every action is a plain form that answers with a redirect to the editor. The script only avoids loading the page.
"""

import uuid
from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from coding.admin.forms import CodeForm, typed_line
from coding.admin.tree_markup import find_by_path, search_codes, tree_markup
from coding.errors import ChangedMeanwhile, CodingError, TooManyCodes
from coding.frameworks import editing
from coding.frameworks.stored_trees import read_tree, tree_of
from coding.models import Code, FrameworkVersion
from coding.operations.try_version import TryResult, try_codes
from inference.errors import (
    InferenceError,
    ModelError,
    ModelNotApproved,
    ModelUnavailable,
    OperationNotAllowed,
    OperationTimedOut,
)
from inference.redaction import RedactionError
from tenants.errors import Conflict
from tenants.pages.scoped_admin import TenantScopedAdmin, actor_of
from tenants.storable import storable
from usage.errors import BudgetExceeded, ModelHasNoPrice, UsageError

MAX_RESULTS = 100
MAX_TRIED_LENGTH = 5_000


class ActRefused(Exception):
    """An action cannot be done. The message has the reason."""


class EditorPages(TenantScopedAdmin):
    """Adds the addresses of the editor under a framework version."""

    def editor_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        name = "coding_frameworkversion"
        return [
            path("<path:object_id>/editor/", view(self.editor_view), name=f"{name}_editor"),
            path("<path:object_id>/editor/act/", view(self.act_view), name=f"{name}_act"),
            path("<path:object_id>/editor/try/", view(self.try_view), name=f"{name}_try"),
        ]

    def editor_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show the tree and the form of the selected code, or save the form."""
        version = self._readable(request, object_id)
        rows = list(Code.objects.filter(version=version))
        code = self._selected(request, rows)
        form, status = CodeForm(instance=code) if code else None, 200
        if request.method == "POST":
            posted, status = self._posted(request, version, code)
            if posted.is_valid():
                return self._back(version, code)
            form = posted
        tree = tree_of(rows)
        query = request.GET.get("q", "").strip()
        context = {
            "title": _("Codes of %(version)s") % {"version": version},
            "version": version,
            "original": version,
            "may_edit": self.has_change_permission(request, version),
            "markup": tree_markup(tree, selected=code.id if code else None),
            "code": code,
            "form": form,
            "successors": [row for row in rows if code and str(row.stable_id) in code.replaced_by],
            "query": query,
            "found": search_codes(tree, query)[:MAX_RESULTS] if query else [],
        }
        response = self.page(request, "coding/editor.html", context)
        response.status_code = status
        return response

    def _readable(self, request: HttpRequest, object_id: str) -> FrameworkVersion:
        version: FrameworkVersion = self.get_scoped_object(request, object_id)
        if not self.has_view_permission(request, version):
            raise Http404
        return version

    def _selected(self, request: HttpRequest, rows: list[Code]) -> Code | None:
        """Return the code in the address. Raises Http404 if this version does not have it, unless a form is saved."""
        wanted = request.GET.get("code", "")
        code = next((row for row in rows if str(row.id) == wanted), None)
        if code is None and wanted and request.method != "POST":
            raise Http404
        return code

    def _posted(self, request: HttpRequest, version: FrameworkVersion, code: Code | None) -> tuple[CodeForm, int]:
        """Save a form, or return it with the reason and the status of the page."""
        if not TenantScopedAdmin.has_change_permission(self, request, version):
            raise Http404
        form = CodeForm(request.POST, instance=code)
        if code is None:
            form.add_error(None, _("Another person deleted this code while you were editing it. Your text is below."))
            return form, 404
        if not version.is_draft:
            form.add_error(None, _("This version was published while you were editing it. Your text is below."))
            return form, 409
        if not form.is_valid():
            return form, 200
        try:
            self._save(request, form, code)
        except ChangedMeanwhile:
            code.refresh_from_db()
            return self._posted(request, version, code)
        except (Conflict, CodingError) as error:
            form.add_error(None, str(error) or _("This cannot be saved."))
        return form, 200

    def _save(self, request: HttpRequest, form: CodeForm, code: Code) -> None:
        changes = {name: form.cleaned_data[name] for name in form.changed_data}
        if changes:
            editing.change_code(code=code, actor_id=actor_of(request), expected=form.initial, **changes)
        messages.success(request, _("%(code)s is saved.") % {"code": code})

    def _back(self, version: FrameworkVersion, code: Code | None) -> HttpResponse:
        url = reverse("admin:coding_frameworkversion_editor", args=[version.pk])
        return HttpResponseRedirect(f"{url}?code={code.pk}" if code else url)

    def act_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Do an action on a code, and answer a form with a redirect and the script with JSON."""
        version = self._readable(request, object_id)
        if request.method != "POST" or not TenantScopedAdmin.has_change_permission(self, request, version):
            raise Http404
        wants_json = request.headers.get("Accept", "").startswith("application/json")
        code = self._code(version, request.POST.get("code", ""))
        try:
            shown = ACTS.get(request.POST.get("act", ""), _unknown)(request, version, code)
        except (ActRefused, Conflict, CodingError) as error:
            refusal = str(error) or _("This cannot be done.")
            if wants_json:
                return JsonResponse({"error": refusal}, status=409)
            messages.error(request, refusal)
            shown = code
        else:
            if not wants_json:
                messages.success(request, _done(request, code, shown))
        return JsonResponse({"code": str(shown.pk) if shown else None}) if wants_json else self._back(version, shown)

    def _code(self, version: FrameworkVersion, code_id: str) -> Code | None:
        return _find(version, code_id) if code_id else None

    def try_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Code a pasted text with this version, and show the result. Only the cost is stored."""
        version = self._readable(request, object_id)
        if asked := self.ask_for_one_tenant(request):
            return asked
        text = storable(request.POST.get("text", ""))
        tried: TryResult | None = None
        if len(text) > MAX_TRIED_LENGTH:
            messages.error(
                request, _("The text is longer than %(maximum)s characters.") % {"maximum": MAX_TRIED_LENGTH}
            )
        elif request.method == "POST" and text.strip():
            try:
                tried = try_codes(version=version, tree=read_tree(version.id), text=text, user_id=request.user.pk)
            except (CodingError, InferenceError, RedactionError, UsageError) as error:
                messages.error(request, _("It could not be coded: %(error)s") % {"error": _why_not(error)})
        context = {
            "title": _("Try %(version)s") % {"version": version},
            "version": version,
            "text": text,
            "tried": tried,
        }
        return self.page(request, "coding/try_version.html", context | {"original": version})


def _why_not(error: Exception) -> str:
    """Return the reason why a text was not coded, for people."""
    reasons: dict[type[Exception], str] = {
        BudgetExceeded: _("it could cost more than is left in the budget."),
        ModelHasNoPrice: _("a budget refuses models without a price."),
        RedactionError: _("personal data could not be removed, so nothing was sent."),
        TooManyCodes: _("the framework is too large for this strategy."),
        ModelNotApproved: _("the model is not approved."),
        OperationNotAllowed: _("this tenant may not use this operation."),
        OperationTimedOut: _("it took too long."),
        ModelError: _("the model could not be used."),
        ModelUnavailable: _("the model could not be used."),
    }
    return next((said for kind, said in reasons.items() if isinstance(error, kind)), type(error).__name__)


def _find(version: FrameworkVersion, code_id: str) -> Code:
    try:
        code: Code | None = Code.objects.filter(version=version, id=uuid.UUID(code_id)).first()
    except (ValueError, ValidationError) as error:
        raise Http404 from error
    if code is None:
        raise Http404
    return code


def _target(request: HttpRequest, version: FrameworkVersion) -> Code | None:
    """Return the other code of an action, by row id or as a person typed it, or None if the field is empty."""
    typed = request.POST.get("target", "").strip()
    if not typed:
        return None
    row_id = find_by_path(read_tree(version.id), typed)
    try:
        return _find(version, str(row_id or uuid.UUID(typed)))
    except (ValueError, Http404):
        raise ActRefused(_("There is no code %(name)s.") % {"name": typed[:100]}) from None


def _done(request: HttpRequest, code: Code | None, shown: Code | None) -> str:
    """Return the message about a finished action."""
    done = {
        "add": _("%(shown)s is added."),
        "move": _("%(code)s is moved."),
        "merge": _("%(code)s is merged into %(shown)s."),
        "split": _("%(code)s is split; %(shown)s is the first part."),
        "retire": _("%(code)s is retired."),
        "restore": _("%(code)s is offered again."),
        "delete": _("%(code)s is deleted."),
    }
    return done[request.POST["act"]] % {"code": code, "shown": shown}


def _unknown(request: HttpRequest, version: FrameworkVersion, code: Code | None) -> Code:
    raise ActRefused(_("There is no such action."))


def _needed(code: Code | None) -> Code:
    if code is None:
        raise ActRefused(_("Select a code first."))
    return code


def _add(request: HttpRequest, version: FrameworkVersion, code: Code | None) -> Code:
    name = typed_line(request.POST.get("name", ""))
    if not name or len(name) > 500:
        raise ActRefused(_("A code needs a name."))
    where = request.POST.get("where", "child")
    sibling = code if where == "sibling" else None
    parent = sibling.parent if sibling else code
    return editing.add_code(version=version, name=name, parent=parent, after=sibling, actor_id=actor_of(request))


def _move(request: HttpRequest, version: FrameworkVersion, code: Code | None) -> Code:
    """Move a code up, down, in (under the sibling above) or out (behind the parent), or under or beside a target."""
    moved = _needed(code)
    parent, position = _destination(request, version, moved)
    editing.move_code(code=moved, parent=parent, position=position, actor_id=actor_of(request))
    return moved


def _destination(request: HttpRequest, version: FrameworkVersion, code: Code) -> tuple[Code | None, int]:
    siblings = list(Code.objects.filter(version=version, parent_id=code.parent_id))
    place = next(index for index, sibling in enumerate(siblings) if sibling.id == code.id)
    how = request.POST.get("how", "")
    if how in {"up", "down"}:
        return code.parent, place + (1 if how == "down" else -1)
    if how == "in" and place > 0:
        above = siblings[place - 1]
        return above, above.children.count()
    if how == "out" and code.parent is not None:
        return code.parent.parent, _place_of(version, code.parent) + 1
    if how in {"under", "before", "after"}:
        return _beside(request, version, code, how)
    raise ActRefused(_("It cannot be moved there."))


def _beside(request: HttpRequest, version: FrameworkVersion, code: Code, how: str) -> tuple[Code | None, int]:
    target = _target(request, version)
    if how == "under":
        return target, target.children.count() if target else version.codes.filter(parent=None).count()
    if target is None or target.id == code.id:
        raise ActRefused(_("It cannot be moved there."))
    place = _place_of(version, target, without=code)
    return target.parent, place + (how == "after")


def _place_of(version: FrameworkVersion, code: Code, *, without: Code | None = None) -> int:
    siblings = Code.objects.filter(version=version, parent_id=code.parent_id).values_list("id", flat=True)
    return [sibling_id for sibling_id in siblings if without is None or sibling_id != without.id].index(code.id)


def _merge(request: HttpRequest, version: FrameworkVersion, code: Code | None) -> Code:
    into = _target(request, version)
    if into is None:
        raise ActRefused(_("Select the code to merge into."))
    editing.merge_codes(code=_needed(code), into=into, actor_id=actor_of(request))
    return into


def _split(request: HttpRequest, version: FrameworkVersion, code: Code | None) -> Code:
    names = [name for name in map(typed_line, request.POST.get("names", "").splitlines()) if name]
    if len(names) < 2 or any(len(name) > 500 for name in names):
        raise ActRefused(_("Name at least two codes, one per line."))
    return editing.split_code(code=_needed(code), names=names, actor_id=actor_of(request))[0]


def _retire(request: HttpRequest, version: FrameworkVersion, code: Code | None) -> Code:
    successor = _target(request, version)
    editing.retire_code(code=_needed(code), replaced_by=[successor] if successor else [], actor_id=actor_of(request))
    return _needed(code)


def _restore(request: HttpRequest, version: FrameworkVersion, code: Code | None) -> Code:
    editing.restore_code(code=_needed(code), actor_id=actor_of(request))
    return _needed(code)


def _delete(request: HttpRequest, version: FrameworkVersion, code: Code | None) -> Code | None:
    parent = _needed(code).parent
    editing.delete_code(code=_needed(code), actor_id=actor_of(request))
    return parent


Act = Callable[[HttpRequest, FrameworkVersion, Code | None], Code | None]
ACTS: dict[str, Act] = {
    "add": _add,
    "move": _move,
    "merge": _merge,
    "split": _split,
    "retire": _retire,
    "restore": _restore,
    "delete": _delete,
}
