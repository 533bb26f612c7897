"""Services for people's accounts and roles. Every act is audited in its own transaction.

An account belongs to a person, not to a tenant, so its audit events are in the platform tenant's log. Events of a role
are in the log of its tenant.
"""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.db import transaction
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext

from tenants.access import memberships_of
from tenants.audit import record_act
from tenants.conflicts import conflict_on
from tenants.errors import Conflict, Forbidden
from tenants.models import Membership, Role, Tenant, User
from tenants.scoping import tenant_scope
from tenants.services import add_member

USERNAME = "tenants_user_username_key"


@dataclass(frozen=True)
class PasswordLink:
    """The two parts of the address where a person sets a password. It works once, within three days."""

    uid: str
    token: str


class PasswordLinkTokens(PasswordResetTokenGenerator):
    """Tokens that become invalid when the person's roles change.

    Otherwise a manager who still has the link of a new person could use it after another tenant gave them a role.
    """

    def _make_hash_value(self, user: Any, timestamp: int) -> str:
        tenants = sorted(str(membership.tenant_id) for membership in memberships_of(user))
        return f"{super()._make_hash_value(user, timestamp)}{tenants}"


password_link_tokens = PasswordLinkTokens()


@dataclass(frozen=True)
class Invitation:
    """A new membership, and the link to set a password."""

    membership: Membership
    link: PasswordLink


def create_person(*, username: str, actor_id: str, password: str | None = None, **names: str) -> User:
    """Create an account. Without a password, nobody can sign in before one is set. Raises Conflict."""
    with conflict_on(USERNAME), transaction.atomic():
        if User.objects.filter(username__iexact=username).exists():
            raise Conflict
        person = User.objects.create_user(username, password=password, **names)
        record_act(person, actor_id, "person.created")
    return person


def change_person(*, person: User, actor_id: str, **changes: Any) -> User:
    """Change the names, the address or the activity of an account."""
    with transaction.atomic():
        for field, value in changes.items():
            setattr(person, field, value)
        person.save(update_fields=list(changes))
        record_act(person, actor_id, "person.changed", {"fields": sorted(changes)})
    return person


def note_password_set(*, person: User, actor_id: str) -> None:
    """Record that a password was set. Django's forms set it, which ends all other sessions of the person."""
    record_act(person, actor_id, "person.password_set")


def make_password_link(*, person: User, actor_id: str) -> PasswordLink:
    """Create a link to set a password. The old password works until the link is used."""
    record_act(person, actor_id, "person.password_link_made")
    return _link_for(person)


def _link_for(person: User) -> PasswordLink:
    return PasswordLink(
        uid=urlsafe_base64_encode(force_bytes(person.pk)), token=password_link_tokens.make_token(person)
    )


def invite_member(
    *,
    tenant: Tenant,
    email: str,
    role: Role,
    actor_id: str,
    by_platform_staff: bool,
    first_name: str = "",
    last_name: str = "",
) -> Invitation:
    """Give the person with this address a role. Creates an account when there is none.

    Raises Conflict for a member, and Forbidden for an account with a role in another tenant: only platform staff give
    one account roles in several tenants. The account's password then becomes invalid, because a manager who invited
    the address first may have set it, and could enter the new tenant.

    The names are used for new accounts only: an existing account belongs to its person.
    """
    with transaction.atomic():
        known = User.objects.filter(username__iexact=email).first()
        if known is not None:
            _refuse_known_elsewhere(known, tenant, by_platform_staff)
        person = known or create_person(
            username=email.lower(), email=email.lower(), first_name=first_name, last_name=last_name, actor_id=actor_id
        )
        membership = add_member(tenant=tenant, user=person, role=role, actor_id=actor_id)
        if known is not None:
            _end_password(person, actor_id)
        return Invitation(membership, make_password_link(person=person, actor_id=actor_id))


def _refuse_known_elsewhere(person: User, tenant: Tenant, by_platform_staff: bool) -> None:
    tenants = {membership.tenant_id for membership in memberships_of(person)}
    if tenants - {tenant.id} and not by_platform_staff:
        raise Forbidden(
            gettext("This address has an account in another tenant. Ask the platform team to add this role to it.")
        )


def _end_password(person: User, actor_id: str) -> None:
    person.set_unusable_password()
    person.save(update_fields=["password"])
    record_act(person, actor_id, "person.password_ended")


def change_role(*, membership: Membership, role: Role, actor_id: str) -> Membership:
    """Change the role of a member, with effect from their next request."""
    with tenant_scope(membership.tenant_id), transaction.atomic():
        was = Membership.objects.select_for_update().get(id=membership.id).role
        membership.role = role
        membership.save(update_fields=["role"])
        _audit_membership(membership, actor_id, "membership.changed", {"from": was, "to": role})
    return membership


def remove_member(*, membership: Membership, actor_id: str) -> None:
    """Remove a person's role in a tenant, with effect from their next request. The account stays."""
    with tenant_scope(membership.tenant_id), transaction.atomic():
        _audit_membership(membership, actor_id, "membership.deleted", {"role": membership.role})
        membership.delete()


def belongs_to_one_tenant(person: User, tenant: Tenant) -> bool:
    """Tell whether a person has no role in another tenant.

    Only then may a manager reset their password. Otherwise the manager could enter the other tenant with it.
    """
    return {membership.tenant_id for membership in memberships_of(person)} == {tenant.id}


def _audit_membership(membership: Membership, actor_id: str, action: str, metadata: dict[str, Any]) -> None:
    record_act(membership, actor_id, action, {"user_id": str(membership.user_id), **metadata})
