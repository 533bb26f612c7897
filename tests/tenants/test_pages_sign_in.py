"""Signing in, choosing a tenant, and what holds of a page afterwards."""

import re
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tenants.errors import TooManyAttempts
from tenants.identifiers import PLATFORM_TENANT_ID
from tenants.models import AuditEvent, Membership, Role, SignInAttempt, Tenant, User
from tenants.pages import sign_in
from tenants.scoping import tenant_scope
from tests.support.factories import new_key, new_tenant, unique_name
from tests.support.people import PASSWORD, READER_HEADERS, new_person, pages_for

LOGIN = "/admin/login/"


def sign_in_as(client: Client, username: str, password: str = PASSWORD) -> Any:
    return client.post(LOGIN, {"username": username, "password": password, "next": "/admin/"})


def header_of(page: Any) -> str:
    found = re.search(r'<header id="header">(.*?)</header>', page.content.decode(), re.DOTALL)
    return found[1] if found else ""


@pytest.fixture
def reader_of_two(tenant: Tenant, other_tenant: Tenant) -> User:
    return new_person((tenant, Role.TENANT_MANAGER), (other_tenant, Role.VIEWER))


@pytest.fixture
def address() -> Callable[[], str]:
    """Another network address at each call: attempts of one test do not count in the next."""
    return lambda: f"2001:db8:{unique_name('')[1:].replace('-', '')[-4:]}::1"


# Sign-in


def test_a_person_signs_in_and_out(tenant: Tenant) -> None:
    person = new_person((tenant, Role.VIEWER), password=PASSWORD)
    client = Client(headers=READER_HEADERS)
    assert client.get("/admin/").status_code == 302
    assert sign_in_as(client, person.username).headers["Location"] == "/admin/"
    assert tenant.name in header_of(client.get("/admin/"))
    client.post("/admin/logout/")
    assert client.get("/admin/").status_code == 302


@pytest.mark.parametrize("change", [{"password": "wrong"}, {"username": "nobody@example.org"}])
def test_a_wrong_name_and_a_wrong_password_read_the_same(change: dict[str, str], tenant: Tenant) -> None:
    person = new_person((tenant, Role.VIEWER), password=PASSWORD)
    client = Client(headers=READER_HEADERS, REMOTE_ADDR="192.0.2.77")
    page = sign_in_as(client, **({"username": person.username, "password": PASSWORD} | change)).content.decode()
    assert "Please enter a correct username and password" in page
    assert "_auth_user_id" not in client.session


def test_an_account_without_a_role_opens_nothing(database: None) -> None:
    client = pages_for(new_person())
    page = client.get("/admin/", follow=True)
    assert "not authorized" in page.content.decode()
    assert client.get("/admin/tenants/apikey/").status_code == 302


def test_guesses_are_stopped_and_the_right_password_too(tenant: Tenant) -> None:
    person = new_person((tenant, Role.VIEWER), password=PASSWORD)
    client = Client(headers=READER_HEADERS, REMOTE_ADDR="192.0.2.1")
    for _ in range(sign_in.LIMIT_BY_NAME_AND_ADDRESS):
        assert "correct username" in sign_in_as(client, person.username, "wrong").content.decode()
    assert "Too many attempts" in sign_in_as(client, person.username).content.decode()
    assert "_auth_user_id" not in client.session
    elsewhere = Client(headers=READER_HEADERS, REMOTE_ADDR="192.0.2.2")
    assert sign_in_as(elsewhere, person.username).status_code == 302


def test_a_success_forgets_the_typing_errors_before_it(tenant: Tenant) -> None:
    person = new_person((tenant, Role.VIEWER), password=PASSWORD)
    client = Client(headers=READER_HEADERS, REMOTE_ADDR="192.0.2.3")
    for _ in range(3):
        for _ in range(sign_in.LIMIT_BY_NAME_AND_ADDRESS - 1):
            sign_in_as(client, person.username, "wrong")
        assert sign_in_as(client, person.username).status_code == 302


def test_attempts_grow_old(database: None, address: Callable[[], str]) -> None:
    name, place = unique_name("old"), address()
    for _ in range(sign_in.LIMIT_BY_NAME_AND_ADDRESS):
        sign_in.begin_attempt(username=name, address=place)
    with pytest.raises(TooManyAttempts):
        sign_in.begin_attempt(username=name.upper(), address=place)
    SignInAttempt.objects.update(attempted_at=timezone.now() - sign_in.WINDOW - timedelta(seconds=1))
    sign_in.begin_attempt(username=name, address=place)


def test_one_address_guesses_many_names_only_so_often(database: None, address: Callable[[], str]) -> None:
    place = address()
    for number in range(sign_in.LIMIT_BY_ADDRESS):
        sign_in.begin_attempt(username=f"{number}", address=place)
    with pytest.raises(TooManyAttempts):
        sign_in.begin_attempt(username="one more", address=place)


def test_a_network_of_one_subscriber_counts_as_one_address(database: None) -> None:
    name = unique_name("v6")
    for number in range(sign_in.LIMIT_BY_NAME_AND_ADDRESS):
        sign_in.begin_attempt(username=name, address=f"2001:db8:77:77::{number}")
    with pytest.raises(TooManyAttempts):
        sign_in.begin_attempt(username=name, address="2001:db8:77:77:ffff::1")


def test_attempts_are_kept_without_names_and_addresses(database: None) -> None:
    attempt = sign_in.begin_attempt(username="somebody@example.org", address="192.0.2.9")
    kept = SignInAttempt.objects.get(id=attempt.id)
    assert b"somebody" not in bytes(kept.name_digest) + bytes(kept.address_digest)


def test_a_changed_password_is_audited_and_ends_other_sessions(tenant: Tenant) -> None:
    person = new_person((tenant, Role.VIEWER), password=PASSWORD)
    here, elsewhere = pages_for(person), pages_for(person)
    new = PASSWORD + "-2"
    form = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    assert here.post("/admin/password_change/", form).status_code == 302
    assert here.get("/admin/").status_code == 200
    assert elsewhere.get("/admin/").status_code == 302
    with tenant_scope(PLATFORM_TENANT_ID):
        assert AuditEvent.objects.filter(action="person.password_set", resource_id=str(person.id)).exists()


def test_rights_come_from_roles_and_not_from_djangos_superuser_flag(tenant: Tenant) -> None:
    person = new_person((tenant, Role.VIEWER))
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(id=person.id).update(is_superuser=True)


# Choosing a tenant


def test_somebody_with_two_tenants_is_asked_and_then_sees_one(
    reader_of_two: User, tenant: Tenant, other_tenant: Tenant
) -> None:
    new_key(tenant)
    client = pages_for(reader_of_two)
    asked = client.get("/admin/tenants/apikey/")
    assert asked.headers["Location"].startswith(reverse("admin:pick_tenant"))
    page = client.get(asked.headers["Location"]).content.decode()
    assert tenant.name in page
    assert other_tenant.name in page
    picked = client.post(reverse("admin:pick_tenant"), {"tenant_id": str(tenant.id), "next": "/admin/tenants/apikey/"})
    assert picked.headers["Location"] == "/admin/tenants/apikey/"
    assert "1 API key" in client.get("/admin/tenants/apikey/").content.decode()
    assert client.session["tenant_id"] == str(tenant.id)


def test_the_role_is_the_one_of_the_tenant_that_was_picked(
    reader_of_two: User, tenant: Tenant, other_tenant: Tenant
) -> None:
    client = pages_for(reader_of_two)
    client.post(reverse("admin:pick_tenant"), {"tenant_id": str(tenant.id)})
    assert client.get("/admin/tenants/apikey/").status_code == 200
    client.post(reverse("admin:pick_tenant"), {"tenant_id": str(other_tenant.id)})
    assert client.get("/admin/tenants/apikey/").status_code == 403


@pytest.mark.parametrize("choice", ["all", "", "nonsense", "foreign"])
def test_nobody_picks_what_is_not_theirs(choice: str, reader_of_two: User) -> None:
    client = pages_for(reader_of_two)
    tenant_id = str(new_tenant().id) if choice == "foreign" else choice
    assert client.post(reverse("admin:pick_tenant"), {"tenant_id": tenant_id}).status_code == 403
    assert client.get("/admin/").status_code == 302


@pytest.mark.parametrize("address", ["https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)"])
def test_the_way_back_leads_nowhere_else(address: str, reader_of_two: User, tenant: Tenant) -> None:
    client = pages_for(reader_of_two)
    picked = client.post(reverse("admin:pick_tenant"), {"tenant_id": str(tenant.id), "next": address})
    assert picked.headers["Location"] == "/admin/"


def test_a_form_opened_for_one_tenant_is_not_taken_in_another(
    reader_of_two: User, tenant: Tenant, other_tenant: Tenant
) -> None:
    with tenant_scope(other_tenant.id):
        Membership.objects.filter(user=reader_of_two).update(role=Role.TENANT_MANAGER)
    client = Client(headers=READER_HEADERS, enforce_csrf_checks=True)
    client.force_login(reader_of_two)

    def token_on(address: str) -> str:
        found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', client.get(address).content.decode())
        assert found is not None
        return found[1]

    def pick(picked: Tenant) -> None:
        token = token_on(reverse("admin:pick_tenant"))
        form = {"tenant_id": str(picked.id), "csrfmiddlewaretoken": token}
        assert client.post(reverse("admin:pick_tenant"), form).status_code == 302

    pick(tenant)
    opened_for_first = token_on("/admin/tenants/apikey/add/")
    pick(other_tenant)
    sent = client.post("/admin/tenants/apikey/add/", {"name": "stray", "csrfmiddlewaretoken": opened_for_first})
    assert sent.status_code == 403
    assert "Open the page again" in sent.content.decode()


def test_a_choice_that_is_no_longer_theirs_is_asked_again_and_not_replaced(
    reader_of_two: User, tenant: Tenant, other_tenant: Tenant
) -> None:
    client = pages_for(reader_of_two)
    client.post(reverse("admin:pick_tenant"), {"tenant_id": str(tenant.id)})
    with tenant_scope(tenant.id):
        Membership.objects.get(user=reader_of_two).delete()
    asked = client.get("/admin/")
    assert asked.headers["Location"].startswith(reverse("admin:pick_tenant"))
    assert other_tenant.name in client.get(asked.headers["Location"]).content.decode()


def test_a_platform_admin_sees_all_tenants_or_one(platform_admin: User, tenant: Tenant, other_tenant: Tenant) -> None:
    client = pages_for(platform_admin)
    for each in (tenant, other_tenant):
        new_key(each)
    assert "All tenants" in header_of(client.get("/admin/"))
    page = client.get("/admin/tenants/tenant/", {"q": tenant.slug}).content.decode()
    assert str(tenant.id) in page
    client.post(reverse("admin:pick_tenant"), {"tenant_id": str(tenant.id)})
    assert "1 API key" in client.get("/admin/tenants/apikey/").content.decode()
    client.post(reverse("admin:pick_tenant"), {"tenant_id": "all"})
    assert client.get("/admin/tenants/apikey/", {"tenant__id__exact": str(other_tenant.id)}).status_code == 200


def test_a_platform_admin_is_asked_for_whom_a_new_row_is(platform_admin: User) -> None:
    for address in ("/admin/tenants/apikey/add/", "/admin/tenants/membership/add/"):
        asked = pages_for(platform_admin).get(address)
        assert asked.headers["Location"].startswith(reverse("admin:pick_tenant"))


def test_a_closed_tenant_has_no_pages(tenant: Tenant, manager: User, platform_admin: User) -> None:
    client = pages_for(manager)
    assert client.get("/admin/").status_code == 200
    address = reverse("admin:tenants_tenant_close", args=[tenant.id])
    pages_for(platform_admin).post(address, {"slug": tenant.slug})
    assert client.get("/admin/").status_code == 302


# What each role finds


@pytest.mark.parametrize("role", [role for role in Role if role != Role.PLATFORM_ADMIN])
def test_the_first_page_offers_each_role_only_what_it_may_open(role: Role, tenant: Tenant) -> None:
    client = pages_for(new_person((tenant, role)))
    page = client.get("/admin/").content.decode()
    links = set(re.findall(r'href="(/admin/\w+/\w+/(?:add/)?)"', page))
    assert 'class="figure"' in page
    assert links
    for link in links:
        assert client.get(link).status_code == 200, link


# From the command line


def test_an_account_is_opened_from_the_command_line(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("QFA_PASSWORD", raising=False)
    told, name = StringIO(), unique_name("cli").replace(" ", "-")
    call_command("create_user", name, tenant.slug, "--role", "viewer", stdout=told)
    assert Client().login(username=name, password=told.getvalue().splitlines()[-1])
    with pytest.raises(CommandError, match="already"):
        call_command("create_user", name, tenant.slug, "--role", "viewer", stdout=StringIO())


@pytest.mark.parametrize(
    ("arguments", "password", "said"),
    [
        (["nowhere", "--role", "viewer"], "", "no tenant"),
        (["SLUG", "--role", "platform_admin"], "", "leave the slug out"),
        (["SLUG", "--role", "viewer"], "short", "too short"),
    ],
)
def test_the_command_refuses_with_a_sentence(
    arguments: list[str], password: str, said: str, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QFA_PASSWORD", password)
    slugged = [tenant.slug if word == "SLUG" else word for word in arguments]
    with pytest.raises(CommandError, match=said):
        call_command("create_user", unique_name("cli").replace(" ", "-"), *slugged, stdout=StringIO())


# Errors


def test_readers_get_pages_and_programs_get_the_envelope(database: None) -> None:
    reader, program = Client(headers=READER_HEADERS), Client()
    assert "The page does not exist" in reader.get("/nowhere/").content.decode()
    assert program.get("/nowhere/").json()["error"]["code"] == "not_found"
    assert reader.get("/v1/nowhere").json()["error"]["code"] == "not_found"


@pytest.mark.parametrize("address", ["/", "/admin"])
def test_short_addresses_lead_to_the_first_page(address: str, database: None) -> None:
    assert Client().get(address).headers["Location"] == "/admin/"
