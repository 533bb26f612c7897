"""The admin site, for everybody who has a role."""

from functools import partial
from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.admin.models import LogEntry
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, URLResolver, path
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.i18n import set_language

from tenants.pages.forms import SignInForm
from tenants.pages.views import ChangePasswordView, SetPasswordView, pick_tenant
from tenants.registry import index_cards
from tenants.roles import is_platform_admin, role_in_scope


class QfaAdminSite(AdminSite):
    """One site for all roles. The role decides which screens a person sees."""

    site_header = _("Community feedback platform")
    site_title = _("Community feedback platform")
    index_title = _("Overview")
    site_url = None
    enable_nav_sidebar = True
    login_form = SignInForm

    def has_permission(self, request: HttpRequest) -> bool:
        user: Any = request.user
        return bool(user.is_active and (is_platform_admin(user) or (user.is_authenticated and role_in_scope(user))))

    def get_urls(self) -> list[URLPattern | URLResolver]:
        set_password = never_cache(SetPasswordView.as_view())
        own = [
            path("tenant/", pick_tenant, name="pick_tenant"),
            path("language/", set_language, name="set_language"),
            path("set-password/<uidb64>/<token>/", set_password, name="set_password"),
        ]
        return own + super().get_urls()

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> Any:
        """Return the screens that the reader may open, computed only on pages that show them."""
        return SimpleLazyObject(partial(super().get_app_list, request, app_label))

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        cards = index_cards(request.user.has_perm)
        return super().index(request, {"cards": cards} | (extra_context or {}))

    def get_log_entries(self, request: HttpRequest) -> QuerySet[LogEntry]:
        """Return no entries: Django's log has no tenant. The audit log takes its place."""
        return LogEntry.objects.none()

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        context = {**self.each_context(request), **(extra_context or {})}
        request.current_app = self.name
        view = ChangePasswordView.as_view(template_name="registration/password_change_form.html", extra_context=context)
        return view(request)

    def catch_all_view(self, request: HttpRequest, url: str) -> HttpResponse:
        """Redirect an address that was typed without its last slash; APPEND_SLASH is off for the API."""
        if request.method == "GET" and not url.endswith("/"):
            return HttpResponseRedirect(f"{request.path}/")
        return super().catch_all_view(request, url)
