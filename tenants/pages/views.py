"""Pages of a person: selecting a tenant, setting a password."""

from typing import Any

from django.contrib import admin
from django.contrib.auth import login
from django.contrib.auth.views import PasswordChangeView, PasswordResetConfirmView
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import rotate_token
from django.template.response import TemplateResponse
from django.urls import reverse, reverse_lazy
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods

from tenants import people
from tenants.models import Tenant, User
from tenants.pages.middleware import ALL_TENANTS, SESSION_KEY
from tenants.pages.scoped_admin import actor_of
from tenants.roles import is_platform_admin, memberships_in_force
from tenants.scoping import all_tenants


def tenants_to_pick(user: User) -> list[Tenant]:
    """Return the open tenants whose pages a person may see, by name."""
    if is_platform_admin(user):
        with all_tenants():
            return list(Tenant.objects.filter(closed_at=None))
    return [membership.tenant for membership in memberships_in_force(user)]


@never_cache
@csrf_protect
@require_http_methods(["GET", "HEAD", "POST"])
def pick_tenant(request: HttpRequest) -> HttpResponse:
    """Let the reader select the tenant whose data the pages show, and store it in the session.

    The CSRF token changes as well, so that a form of one tenant cannot be sent in the scope of another one.
    """
    user = request.user
    if not isinstance(user, User):
        return HttpResponseRedirect(reverse("admin:login"))
    if request.method == "POST":
        return _store_choice(request, user, request.POST.get("tenant_id", ""))
    context = {
        **admin.site.each_context(request),
        "title": _("Select a tenant"),
        "tenants": tenants_to_pick(user),
        "offers_all": is_platform_admin(user),
        "next": _safe_next(request, request.GET.get("next", "")),
    }
    return TemplateResponse(request, "tenants/pick_tenant.html", context)


def _store_choice(request: HttpRequest, user: User, choice: str) -> HttpResponse:
    offered = {str(tenant.id) for tenant in tenants_to_pick(user)} | (
        {ALL_TENANTS} if is_platform_admin(user) else set()
    )
    if choice not in offered:
        raise PermissionDenied
    request.session[SESSION_KEY] = choice
    rotate_token(request)
    return HttpResponseRedirect(_safe_next(request, request.POST.get("next", "")))


def _safe_next(request: HttpRequest, address: str) -> str:
    is_ours = url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())
    return address if address and is_ours else reverse("admin:index")


class ChangePasswordView(PasswordChangeView):
    """Change of the reader's own password."""

    success_url = reverse_lazy("admin:password_change_done")

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        people.note_password_set(person=form.user, actor_id=actor_of(self.request))
        return response


class SetPasswordView(PasswordResetConfirmView):
    """The page of a password link, which works once."""

    template_name = "tenants/set_password.html"
    token_generator = people.password_link_tokens
    reset_url_token = "new"  # noqa: S105 (a word in an address)
    success_url = reverse_lazy("admin:index")
    title = gettext_lazy("Set your password")

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        people.note_password_set(person=form.user, actor_id=f"user:{form.user.pk}")
        login(self.request, form.user)
        return response
