"""People who read pages: each with a role, and signed in."""

from django.test import Client

from tenants import people
from tenants.models import Role, Tenant, User
from tenants.scoping import all_tenants
from tenants.services import add_member, get_platform_tenant
from tests.support.factories import ACTOR, unique_name

PASSWORD = "correct-horse-battery-staple"
READER_HEADERS = {"accept": "text/html,*/*;q=0.8"}


def new_person(*roles: tuple[Tenant, Role], password: str | None = None) -> User:
    """Open an account with these roles. password: None is faster, for who is signed in without one."""
    username = unique_name("person").replace(" ", "-") + "@example.org"
    person = people.create_person(username=username, email=username, password=password, actor_id=ACTOR)
    for tenant, role in roles:
        add_member(tenant=tenant, user=person, role=role, actor_id=ACTOR)
    return person


def new_platform_admin() -> User:
    with all_tenants():
        platform = get_platform_tenant()
    return new_person((platform, Role.PLATFORM_ADMIN))


def pages_for(person: User) -> Client:
    """A client in which a person is signed in."""
    client = Client(headers=READER_HEADERS)
    client.force_login(person)
    return client
