"""The admin site: Django's own, with our name on it, open to everybody who has a role."""

from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest

from tenants.roles import is_platform_admin, role_in_scope


class QfaAdminSite(AdminSite):
    """One site for administrators, managers, editors, reviewers and analysts; roles decide what each sees."""

    site_header = "Community feedback platform"
    site_title = "Community feedback platform"
    index_title = "Administration"
    enable_nav_sidebar = True

    def has_permission(self, request: HttpRequest) -> bool:
        user: Any = request.user
        return bool(user.is_active and (is_platform_admin(user) or (user.is_authenticated and role_in_scope(user))))
