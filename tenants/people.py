"""What is done to people's accounts and roles. Every act is audited in the transaction that does it.

An account belongs to the person, not to a tenant: what is done to it is in the platform tenant's audit log, what role
it has in a tenant is in that tenant's.
"""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.db import transaction
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

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
    """The two parts of an address at which a person sets their password: good once, for three days."""

    uid: str
    token: str


class PasswordLinkTokens(PasswordResetTokenGenerator):
    """Tokens that end with the roles they were made under.

    A manager who kept the link of a newcomer could otherwise use it once another tenant had given them a role.
    """

    def _make_hash_value(self, user: Any, timestamp: int) -> str:
        tenants = sorted(str(found.tenant_id) for found in memberships_of(user))
        return f"{super()._make_hash_value(user, timestamp)}{tenants}"


password_link_tokens = PasswordLinkTokens()


@dataclass(frozen=True)
class Invitation:
    """A new member, and the link with which they set their password."""

    membership: Membership
    link: PasswordLink


def create_person(*, username: str, actor_id: str, password: str | None = None, **names: str) -> User:
    """Open an account. Without a password nobody can sign in with it until they set one. Raises Conflict."""
    with conflict_on(USERNAME), transaction.atomic():
        if User.objects.filter(username__iexact=username).exists():
            raise Conflict
        person = User.objects.create_user(username, password=password, **names)
        record_act(person, actor_id, "person.created")
    return person


def change_person(*, person: User, actor_id: str, **changes: Any) -> User:
    """Change names, address or whether the account is active."""
    with transaction.atomic():
        for field, value in changes.items():
            setattr(person, field, value)
        person.save(update_fields=list(changes))
        record_act(person, actor_id, "person.changed", {"fields": sorted(changes)})
    return person


def note_password_set(*, person: User, actor_id: str) -> None:
    """Record that a password was set. Django's forms set it; every other session of the person ends with it."""
    record_act(person, actor_id, "person.password_set")


def make_password_link(*, person: User, actor_id: str) -> PasswordLink:
    """Make a link for setting a password. The old password works until the link is used."""
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
    """Give whoever has this address a role, opening an account when there is none.

    Raises Conflict for a member, and Forbidden for an account with a role elsewhere: only platform staff join tenants
    in one account, and then its password ends. It may have been set by whoever invited that address first, who would
    otherwise enter every tenant the address is given a role in later.

    The names are used for a new account only: an account that exists is its owner's.
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
    tenants = {found.tenant_id for found in memberships_of(person)}
    if tenants - {tenant.id} and not by_platform_staff:
        raise Forbidden("This address has an account with a role elsewhere: platform staff can add this role to it.")


def _end_password(person: User, actor_id: str) -> None:
    person.set_unusable_password()
    person.save(update_fields=["password"])
    record_act(person, actor_id, "person.password_ended")


def change_role(*, membership: Membership, role: Role, actor_id: str) -> Membership:
    """Give a member another role; it holds from their next request on."""
    with tenant_scope(membership.tenant_id), transaction.atomic():
        was = Membership.objects.select_for_update().get(id=membership.id).role
        membership.role = role
        membership.save(update_fields=["role"])
        _audit_membership(membership, actor_id, "membership.changed", {"from": was, "to": role})
    return membership


def remove_member(*, membership: Membership, actor_id: str) -> None:
    """Take a person's role in a tenant away, from their next request on. The account stays."""
    with tenant_scope(membership.tenant_id), transaction.atomic():
        _audit_membership(membership, actor_id, "membership.deleted", {"role": membership.role})
        membership.delete()


def belongs_to_one_tenant(person: User, tenant: Tenant) -> bool:
    """Tell whether a person has no role elsewhere, so that this tenant's manager may help them with their password.

    A manager who could reset the password of somebody with roles in two tenants could enter the other one.
    """
    return {found.tenant_id for found in memberships_of(person)} == {tenant.id}


def _audit_membership(membership: Membership, actor_id: str, action: str, metadata: dict[str, Any]) -> None:
    whose = {"user_id": str(membership.user_id)}
    record_act(membership, actor_id, action, whose | metadata)
