"""What each role may do, and the authentication backend that answers Django's permission questions from it.

Permissions are Django's own names, `app.verb_model`, with `*` for any. A platform admin may do everything everywhere;
what a role may do holds in the tenant in scope only.
"""

from fnmatch import fnmatchcase
from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AnonymousUser

from tenants import access
from tenants.identifiers import PLATFORM_TENANT_ID
from tenants.models import Membership, Role, User
from tenants.scoping import scope_or_none

READS_CODING = ("coding.view_*", "feedback.view_*")
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
        *READS_USAGE,
        *READS_CODING,
    ),
    Role.FRAMEWORK_EDITOR: (
        "coding.*_codingframework",
        "coding.*_frameworkversion",
        "coding.*_code",
        *READS_CODING,
    ),
    Role.REVIEWER: ("coding.add_codeassignment", *READS_CODING),
    Role.ANALYST: (*READS_CODING, *READS_USAGE),
    Role.VIEWER: READS_CODING,
}


def is_platform_admin(user: User | AnonymousUser) -> bool:
    return isinstance(user, User) and any(
        found.tenant_id == PLATFORM_TENANT_ID and found.role == Role.PLATFORM_ADMIN
        for found in memberships_in_force(user)
    )


def role_in_scope(user: User) -> str | None:
    """Return the person's role in the tenant in scope; None in another tenant, or in none."""
    scope = scope_or_none()
    if scope is None:
        return None
    return next((found.role for found in memberships_in_force(user) if found.tenant_id == scope.tenant_id), None)


def memberships_in_force(user: User) -> list[Membership]:
    """The person's memberships, read once a request: the user object lives as long as it does."""
    known: list[Membership] | None = getattr(user, "known_memberships", None)
    if known is None:
        known = list(access.memberships_of(user))
        user.known_memberships = known  # type: ignore[attr-defined]
    return known


class RoleBackend(ModelBackend):
    """Passwords as Django checks them, permissions by role."""

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
