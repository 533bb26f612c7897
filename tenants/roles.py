"""Permissions of roles, and the authentication backend that answers Django's permission checks with them.

Permissions have Django's names, `app.verb_model`, with `*` for any. A platform admin has all permissions everywhere;
the permissions of other roles apply in the tenant in scope only.
"""

from fnmatch import fnmatchcase
from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AnonymousUser

from tenants import access
from tenants.identifiers import PLATFORM_TENANT_ID
from tenants.models import Membership, Role, User
from tenants.scoping import scope_or_none

READS_CODING = ("coding.view_*", "feedback.view_dashboard")
READS_RECORDS = ("feedback.view_*",)
IMPORTS_RECORDS = "feedback.add_importrun"
SEES_SENSITIVE, SEES_RAW = "feedback.read_sensitive", "feedback.read_raw"
READS_USAGE = ("usage.view_*", "tenants.view_refusedrequest")
PERMISSIONS: dict[str, tuple[str, ...]] = {
    Role.TENANT_MANAGER: (
        "tenants.view_*",
        "tenants.*_membership",
        "tenants.*_apikey",
        "tenants.change_tenant",
        "inference.view_*",
        "coding.*_codingpolicy",
        "usage.*_operationrank",
        "usage.*_budgetwebhook",
        SEES_SENSITIVE,
        SEES_RAW,
        "feedback.change_batch",
        IMPORTS_RECORDS,
        *READS_USAGE,
        *READS_CODING,
        *READS_RECORDS,
    ),
    Role.FRAMEWORK_EDITOR: (
        "coding.*_codingframework",
        "coding.*_frameworkversion",
        "coding.*_code",
        *READS_CODING,
        *READS_RECORDS,
    ),
    Role.REVIEWER: ("coding.add_codeassignment", SEES_SENSITIVE, *READS_CODING, *READS_RECORDS),
    Role.ANALYST: ("feedback.change_batch", IMPORTS_RECORDS, *READS_CODING, *READS_RECORDS, *READS_USAGE),
    Role.VIEWER: READS_CODING,
}


def is_platform_admin(user: User | AnonymousUser) -> bool:
    return isinstance(user, User) and any(
        membership.tenant_id == PLATFORM_TENANT_ID and membership.role == Role.PLATFORM_ADMIN
        for membership in memberships_in_force(user)
    )


def role_in_scope(user: User) -> str | None:
    """Return the person's role in the tenant in scope; None without one."""
    scope = scope_or_none()
    if scope is None:
        return None
    roles = (membership.role for membership in memberships_in_force(user) if membership.tenant_id == scope.tenant_id)
    return next(roles, None)


def memberships_in_force(user: User) -> list[Membership]:
    """Return the person's memberships, cached on the user object, which lives for one request."""
    memberships: list[Membership] | None = getattr(user, "cached_memberships", None)
    if memberships is None:
        memberships = list(access.memberships_of(user))
        user.cached_memberships = memberships  # type: ignore[attr-defined]
    return memberships


class RoleBackend(ModelBackend):
    """Checks passwords as Django does, and permissions by role."""

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        if not user_obj.is_active or not isinstance(user_obj, User):
            return False
        if is_platform_admin(user_obj):
            return True
        granted = PERMISSIONS.get(role_in_scope(user_obj) or "", ())
        return any(fnmatchcase(perm, pattern) for pattern in granted)

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        if not user_obj.is_active or not isinstance(user_obj, User):
            return False
        if is_platform_admin(user_obj):
            return True
        granted = PERMISSIONS.get(role_in_scope(user_obj) or "", ())
        return any(pattern.split(".")[0] == app_label for pattern in granted)
