"""The menu of our own pages: each reader finds the pages that their role opens, and no other."""

import re

import pytest
from django.test import Client

from tenants.models import Role, Tenant
from tests.support.people import READER_HEADERS, new_person, new_platform_admin, pages_for

EVERYWHERE = "/admin/tenant/"


def links_of(client: Client, address: str = EVERYWHERE) -> dict[str, bool]:
    """The addresses of the menu on a page, and whether each is marked as the page itself."""
    page = client.get(address).content.decode()
    menu = re.search(r'<nav id="menu".*?</nav>', page, re.DOTALL)
    found = re.findall(r'<a href="([^"]+)"( aria-current="page")?>', menu[0]) if menu else []
    return {address: bool(current) for address, current in found}


@pytest.mark.parametrize("role", [Role.TENANT_MANAGER, Role.ANALYST, Role.VIEWER, Role.FRAMEWORK_EDITOR])
def test_every_page_in_the_menu_can_be_opened_by_its_reader(role: Role, tenant: Tenant) -> None:
    reader = pages_for(new_person((tenant, role)))
    links = links_of(reader)
    assert links
    assert {address: reader.get(address, follow=True).status_code for address in links} == dict.fromkeys(links, 200)


def test_the_menu_has_no_page_that_a_role_cannot_open(tenant: Tenant) -> None:
    assert "/usage/" in links_of(pages_for(new_person((tenant, Role.ANALYST))))
    assert "/usage/" not in links_of(pages_for(new_person((tenant, Role.VIEWER))))


def test_the_menu_follows_the_selected_tenant(tenant: Tenant, other_tenant: Tenant) -> None:
    reader = pages_for(new_person((tenant, Role.ANALYST), (other_tenant, Role.VIEWER)))
    reader.post(EVERYWHERE, {"tenant_id": str(tenant.id)})
    assert "/usage/" in links_of(reader)
    reader.post(EVERYWHERE, {"tenant_id": str(other_tenant.id)})
    assert "/usage/" not in links_of(reader)


def test_the_menu_marks_the_page_itself_also_below_its_address(database: None) -> None:
    reader = pages_for(new_platform_admin())
    assert [address for address, current in links_of(reader, "/usage/").items() if current] == ["/usage/"]
    below = links_of(reader, "/usage/months/2026/10/")
    assert [address for address, current in below.items() if current] == ["/usage/months/"]


def test_people_who_are_not_signed_in_see_no_menu(database: None) -> None:
    page = Client(headers=READER_HEADERS).get("/admin/login/").content.decode()
    assert 'id="login-form"' in page
    assert 'id="menu"' not in page
