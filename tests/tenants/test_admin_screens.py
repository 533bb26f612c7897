"""Admin screens: every act goes through a service and is in the audit log."""

import re
from datetime import timedelta
from itertools import islice
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from django.utils import timezone

import usage.tasks
from tenants import access, people
from tenants.audit import verify_chain
from tenants.errors import NotAuthenticated
from tenants.identifiers import PLATFORM_TENANT_ID
from tenants.models import ApiKey, AuditEvent, Membership, RefusedRequest, Role, Tenant, User
from tenants.scoping import all_tenants, tenant_scope
from tenants.services import add_member, get_platform_tenant
from tests.support.factories import new_key, new_tenant, unique_name
from tests.support.people import PASSWORD, new_person, new_platform_admin, pages_for

MAX_CHOICES = 20
KEY_TEXT = re.compile(r"qfa_[0-9A-Za-z]{8}_[0-9A-Za-z]{38}")


def actions_of(tenant_id: Any) -> list[str]:
    with tenant_scope(tenant_id):
        return list(AuditEvent.objects.order_by("sequence").values_list("action", flat=True))


def platform_pages(tenant: Tenant) -> Client:
    """A platform admin who has chosen a tenant."""
    client = pages_for(new_platform_admin())
    client.post(reverse("admin:pick_tenant"), {"tenant_id": str(tenant.id)})
    return client


def key_named(tenant: Tenant, name: str) -> ApiKey:
    with tenant_scope(tenant.id):
        found: ApiKey = ApiKey.objects.get(name=name)
    return found


# Keys


def test_a_new_key_is_shown_once_and_works(tenant: Tenant, manager: User) -> None:
    client = pages_for(manager)
    answer = client.post(
        reverse("admin:tenants_apikey_add"),
        {"name": "CRM", "scopes": ["summarize"], "allowed_networks": "127.0.0.0/8\n::1/128"},
    )
    text = KEY_TEXT.search(answer.content.decode())
    assert text is not None
    assert "no-store" in answer["Cache-Control"]
    caller = access.find_caller(text[0], "127.0.0.1")
    assert caller.tenant == tenant
    assert caller.key.scopes == ["summarize"]
    assert caller.key.allowed_networks == ["127.0.0.0/8", "::1/128"]
    assert "api_key.created" in actions_of(tenant.id)
    for page in ("/admin/tenants/apikey/", f"/admin/tenants/apikey/{caller.key.id}/change/"):
        shown = client.get(page).content.decode()
        assert text[0][13:] not in shown
        assert bytes(caller.key.secret_hash or b"").hex() not in shown


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("name", "", "required"),
        ("scopes", "no_such_operation", "valid choice"),
        ("allowed_networks", "10.0.0.0/99", "192.0.2.0/24"),
        ("expires_at", "2001-01-01T00:00:00", "in the past"),
    ],
)
def test_a_wrong_key_form_says_what_is_wrong(field: str, value: str, said: str, tenant: Tenant, manager: User) -> None:
    form = {"name": "x", "expires_at": "2099-01-01T00:00:00"} | {field: value}
    answer = pages_for(manager).post(reverse("admin:tenants_apikey_add"), form)
    assert said in answer.content.decode()
    with tenant_scope(tenant.id):
        assert not ApiKey.objects.exists()


def test_a_name_taken_is_said_on_the_form(tenant: Tenant, manager: User) -> None:
    client = pages_for(manager)
    client.post(reverse("admin:tenants_apikey_add"), {"name": "CRM"})
    assert "with this name" in client.post(reverse("admin:tenants_apikey_add"), {"name": "CRM"}).content.decode()


def test_a_manager_makes_no_superuser_key(tenant: Tenant, manager: User) -> None:
    pages_for(manager).post(reverse("admin:tenants_apikey_add"), {"name": "CRM", "is_superuser": "on"})
    assert not key_named(tenant, "CRM").is_superuser


def test_a_manager_neither_changes_nor_rotates_a_superuser_key(tenant: Tenant, manager: User) -> None:
    text = new_key(tenant, is_superuser=True)
    key = access.find_caller(text, "127.0.0.1").key
    client = pages_for(manager)
    assert client.post(reverse("admin:tenants_apikey_rotate", args=[key.id]), {"overlap": "0"}).status_code == 404
    changed = client.post(reverse("admin:tenants_apikey_change", args=[key.id]), {"name": "mine"})
    assert changed.status_code == 403
    assert key_named(tenant, key.name).prefix == text[:12]


def test_a_platform_admin_makes_a_superuser_key_where_the_tenant_allows_it(tenant: Tenant) -> None:
    platform_pages(tenant).post(reverse("admin:tenants_apikey_add"), {"name": "ops", "is_superuser": "on"})
    assert key_named(tenant, "ops").is_superuser
    strict = new_tenant(allows_superusers=False)
    platform_pages(strict).post(reverse("admin:tenants_apikey_add"), {"name": "ops", "is_superuser": "on"})
    assert not key_named(strict, "ops").is_superuser


def test_a_key_is_rotated_with_an_overlap(tenant: Tenant, manager: User) -> None:
    old = new_key(tenant)
    key = access.find_caller(old, "127.0.0.1").key
    answer = pages_for(manager).post(reverse("admin:tenants_apikey_rotate", args=[key.id]), {"overlap": "3600"})
    new = KEY_TEXT.search(answer.content.decode())
    assert new is not None
    assert access.find_caller(new[0], "127.0.0.1").tenant == tenant
    ends_at = access.find_caller(old, "127.0.0.1").key.expires_at
    assert ends_at is not None
    assert timedelta(minutes=59) < ends_at - timezone.now() <= timedelta(hours=1)
    assert "api_key.rotated" in actions_of(tenant.id)


def test_a_key_is_changed_and_revoked(tenant: Tenant, manager: User) -> None:
    text = new_key(tenant)
    key = access.find_caller(text, "127.0.0.1").key
    client = pages_for(manager)
    client.post(reverse("admin:tenants_apikey_change", args=[key.id]), {"name": "renamed", "scopes": ["analyze"]})
    assert key_named(tenant, "renamed").scopes == ["analyze"]
    client.post(reverse("admin:tenants_apikey_delete", args=[key.id]), {"post": "yes"})
    with pytest.raises(NotAuthenticated):
        access.find_caller(text, "127.0.0.1")
    assert actions_of(tenant.id)[-2:] == ["api_key.changed", "api_key.deleted"]


def test_keys_revoked_from_the_list_are_audited_one_by_one(tenant: Tenant, manager: User) -> None:
    ids = [str(access.find_caller(new_key(tenant), "127.0.0.1").key.id) for _ in range(3)]
    form = {"action": "delete_selected", "_selected_action": ids, "post": "yes"}
    pages_for(manager).post(reverse("admin:tenants_apikey_changelist"), form)
    assert actions_of(tenant.id)[-3:] == ["api_key.deleted"] * 3


# People and roles


def invite(client: Client, email: str, role: Role = Role.VIEWER) -> Any:
    form = {"email": email, "first_name": "Nadia", "last_name": "Haddad", "role": role}
    return client.post(reverse("admin:tenants_membership_add"), form)


def test_an_invited_person_sets_a_password_with_the_link_once(tenant: Tenant, manager: User) -> None:
    email = unique_name("new").replace(" ", ".") + "@example.org"
    answer = invite(pages_for(manager), email, Role.ANALYST).content.decode()
    link = re.search(r"http://testserver(/admin/set-password/[^<\s]+)", answer)
    assert link is not None
    newcomer = Client(headers={"accept": "text/html"})
    form_page = newcomer.get(link[1], follow=True)
    assert email in form_page.content.decode()
    address = form_page.redirect_chain[-1][0]
    done = newcomer.post(address, {"new_password1": PASSWORD, "new_password2": PASSWORD}, follow=True)
    assert done.status_code == 200
    assert "Overview" in done.content.decode()
    assert "has been used" in Client().get(link[1], follow=True).content.decode()
    assert Client().login(username=email, password=PASSWORD)
    assert "membership.created" in actions_of(tenant.id)


def test_an_account_without_a_role_gets_one_and_a_password_of_its_owner_s(tenant: Tenant, manager: User) -> None:
    person = new_person(password=PASSWORD)
    assert "/admin/set-password/" in invite(pages_for(manager), person.username.upper()).content.decode()
    assert not Client().login(username=person.username, password=PASSWORD)
    person.refresh_from_db()
    assert person.first_name == ""
    with tenant_scope(tenant.id):
        assert Membership.objects.get(user=person).role == Role.VIEWER


def test_a_manager_cannot_join_an_account_of_another_tenant_to_theirs(
    tenant: Tenant, other_tenant: Tenant, manager: User
) -> None:
    person = new_person((other_tenant, Role.VIEWER), password=PASSWORD)
    assert "Ask the platform team" in invite(pages_for(manager), person.username).content.decode()
    with tenant_scope(tenant.id):
        assert not Membership.objects.filter(user=person).exists()
    assert Client().login(username=person.username, password=PASSWORD)


def test_who_set_the_password_of_an_address_first_does_not_keep_it_when_it_gets_another_role(
    tenant: Tenant, other_tenant: Tenant
) -> None:
    hijacked = new_person((tenant, Role.VIEWER), password=PASSWORD)
    invitation = people.invite_member(
        tenant=other_tenant,
        email=hijacked.username,
        role=Role.TENANT_MANAGER,
        actor_id="user:x",
        by_platform_staff=True,
    )
    assert not Client().login(username=hijacked.username, password=PASSWORD)
    assert invitation.link.token


def test_a_member_is_not_invited_twice(tenant: Tenant, manager: User) -> None:
    client = pages_for(manager)
    person = new_person((tenant, Role.VIEWER))
    assert "already has a role" in invite(client, person.username).content.decode()


def test_a_manager_gives_no_platform_role(tenant: Tenant, manager: User) -> None:
    person = new_person()
    assert "valid choice" in invite(pages_for(manager), person.username, Role.PLATFORM_ADMIN).content.decode()
    member = new_person((tenant, Role.VIEWER))
    with tenant_scope(tenant.id):
        membership = Membership.objects.get(user=member)
    address = reverse("admin:tenants_membership_change", args=[membership.id])
    assert "valid choice" in pages_for(manager).post(address, {"role": Role.PLATFORM_ADMIN}).content.decode()


def test_a_manager_of_the_platform_tenant_makes_nobody_a_platform_admin(database: None) -> None:
    with all_tenants():
        platform = Tenant.objects.get(id=PLATFORM_TENANT_ID)
    client = pages_for(new_person((platform, Role.TENANT_MANAGER)))
    person = new_person()
    assert "valid choice" in invite(client, person.username, Role.PLATFORM_ADMIN).content.decode()


def test_a_role_is_changed_and_taken_away(tenant: Tenant, manager: User) -> None:
    member = new_person((tenant, Role.VIEWER))
    with tenant_scope(tenant.id):
        membership = Membership.objects.get(user=member)
    client = pages_for(manager)
    client.post(reverse("admin:tenants_membership_change", args=[membership.id]), {"role": Role.REVIEWER})
    with tenant_scope(tenant.id):
        assert Membership.objects.get(user=member).role == Role.REVIEWER
    client.post(reverse("admin:tenants_membership_delete", args=[membership.id]), {"post": "yes"})
    with tenant_scope(tenant.id):
        assert not Membership.objects.filter(user=member).exists()
    assert actions_of(tenant.id)[-2:] == ["membership.changed", "membership.deleted"]


def test_nobody_changes_or_removes_their_own_role(tenant: Tenant, manager: User) -> None:
    with tenant_scope(tenant.id):
        own = Membership.objects.get(user=manager)
    client = pages_for(manager)
    client.post(reverse("admin:tenants_membership_change", args=[own.id]), {"role": Role.VIEWER})
    client.post(reverse("admin:tenants_membership_delete", args=[own.id]), {"post": "yes"})
    form = {"action": "delete_selected", "_selected_action": [str(own.id)], "post": "yes"}
    client.post(reverse("admin:tenants_membership_changelist"), form)
    with tenant_scope(tenant.id):
        assert Membership.objects.get(user=manager).role == Role.TENANT_MANAGER


def test_a_manager_helps_with_the_password_of_who_belongs_to_this_tenant_only(
    tenant: Tenant, other_tenant: Tenant, manager: User
) -> None:
    client = pages_for(manager)
    here = new_person((tenant, Role.VIEWER))
    elsewhere_too = new_person((tenant, Role.VIEWER), (other_tenant, Role.VIEWER))
    assert "/admin/set-password/" in client.post(reverse("admin:tenants_user_link", args=[here.id])).content.decode()
    assert client.post(reverse("admin:tenants_user_link", args=[elsewhere_too.id])).status_code == 404
    viewer = pages_for(new_person((tenant, Role.VIEWER)))
    assert viewer.post(reverse("admin:tenants_user_link", args=[here.id])).status_code in {403, 404}


def test_a_link_ends_when_another_tenant_gives_a_role(tenant: Tenant, other_tenant: Tenant) -> None:
    person = new_person((tenant, Role.VIEWER))
    link = people.make_password_link(person=person, actor_id="test")
    address = reverse("admin:set_password", args=[link.uid, link.token])
    assert "You sign in as" in Client().get(address, follow=True).content.decode()
    add_member(tenant=other_tenant, user=person, role=Role.VIEWER, actor_id="test")
    assert "has been used" in Client().get(address, follow=True).content.decode()


def test_a_manager_sees_accounts_and_changes_none(tenant: Tenant, manager: User) -> None:
    member = new_person((tenant, Role.VIEWER))
    client = pages_for(manager)
    address = reverse("admin:tenants_user_change", args=[member.id])
    assert client.get(address).status_code == 200
    assert client.post(address, {"username": "taken-over", "is_active": ""}).status_code == 403
    member.refresh_from_db()
    assert member.username != "taken-over"


def test_a_platform_admin_makes_an_account_inactive(tenant: Tenant) -> None:
    member = new_person((tenant, Role.VIEWER))
    reader = pages_for(member)
    address = reverse("admin:tenants_user_change", args=[member.id])
    platform_pages(tenant).post(address, {"username": member.username, "email": member.email})
    member.refresh_from_db()
    assert not member.is_active
    assert reader.get("/admin/").status_code == 302
    assert "person.changed" in actions_of(PLATFORM_TENANT_ID)


# Tenants


def test_a_manager_writes_the_note_and_nothing_that_the_platform_decides(tenant: Tenant, manager: User) -> None:
    form = {"name": tenant.name, "prompt_note": "Floods in the delta", "allows_superusers": "", "storage": "raw"}
    pages_for(manager).post(reverse("admin:tenants_tenant_change", args=[tenant.id]), form)
    with tenant_scope(tenant.id):
        found = Tenant.objects.get(id=tenant.id)
    assert found.prompt_note == "Floods in the delta"
    assert found.allows_superusers
    assert found.storage == "redacted"
    assert "tenant.changed" in actions_of(tenant.id)


def test_a_platform_admin_opens_changes_and_closes_a_tenant(platform_admin: User) -> None:
    client = pages_for(platform_admin)
    name = unique_name("Opened")
    slug = name.lower().replace(" ", "-")
    client.post(reverse("admin:tenants_tenant_add"), {"name": name, "slug": slug, "storage": "redacted"})
    with all_tenants():
        opened = Tenant.objects.get(slug=slug)
    key = new_key(opened)
    changed = {"name": name, "storage": "off", "refused_operations": ["analyze"], "redaction_policy": "{}"}
    client.post(reverse("admin:tenants_tenant_change", args=[opened.id]), changed)
    close = reverse("admin:tenants_tenant_close", args=[opened.id])
    assert "not the short name" in client.post(close, {"slug": "wrong"}).content.decode()
    client.post(close, {"slug": slug})
    with all_tenants():
        opened.refresh_from_db()
    assert opened.closed_at is not None
    assert opened.refused_operations == ["analyze"]
    assert opened.storage == "off"
    with pytest.raises(NotAuthenticated):
        access.find_caller(key, "127.0.0.1")
    assert actions_of(opened.id)[0] == "tenant.created"
    assert actions_of(opened.id)[-1] == "tenant.closed"


def test_a_redaction_policy_that_cannot_be_followed_is_not_saved(tenant: Tenant, platform_admin: User) -> None:
    form = {"name": tenant.name, "redaction_policy": '{"no_such_setting": true}'}
    answer = pages_for(platform_admin).post(reverse("admin:tenants_tenant_change", args=[tenant.id]), form)
    assert "no_such_setting" in answer.content.decode()
    with all_tenants():
        tenant.refresh_from_db()
    assert tenant.redaction_policy == {}


def test_nobody_deletes_a_tenant(tenant: Tenant, platform_admin: User) -> None:
    address = reverse("admin:tenants_tenant_delete", args=[tenant.id])
    assert pages_for(platform_admin).post(address, {"post": "yes"}).status_code == 403


# Records


def test_the_audit_log_names_people_and_keys_and_can_be_verified(tenant: Tenant, manager: User) -> None:
    client = pages_for(manager)
    client.post(reverse("admin:tenants_apikey_add"), {"name": "CRM"})
    listed = client.get(reverse("admin:tenants_auditevent_changelist")).content.decode()
    assert manager.username in listed
    verified = client.post(reverse("admin:tenants_auditevent_verify"), follow=True).content.decode()
    assert f"{verify_chain(tenant.id)} rows of the audit log are intact" in verified


def test_nobody_writes_the_audit_log_by_hand(tenant: Tenant, platform_admin: User) -> None:
    client = pages_for(platform_admin)
    with tenant_scope(tenant.id):
        event = AuditEvent.objects.all()[0]
    assert client.get(reverse("admin:tenants_auditevent_add")).status_code == 403
    assert client.post(reverse("admin:tenants_auditevent_change", args=[event.id]), {"action": "x"}).status_code == 403
    assert client.post(reverse("admin:tenants_auditevent_delete", args=[event.id]), {"post": "yes"}).status_code == 403


def test_a_refused_request_is_listed_with_key_path_error_field_and_advice(tenant: Tenant, manager: User) -> None:
    key = access.find_caller(new_key(tenant), "127.0.0.1").key
    with tenant_scope(tenant.id):
        refused = RefusedRequest.objects.create(
            api_key_id=key.id, request_id=key.id, method="POST", path="/v1/summarize", status=422,
            code="validation_error", field="body.43",
        )  # fmt: skip
    client = pages_for(manager)
    listed = client.get(reverse("admin:tenants_refusedrequest_changelist")).content.decode()
    for text in (key.name, "/v1/summarize", "422", "validation_error", "body.43"):
        assert text in listed
    page = client.get(reverse("admin:tenants_refusedrequest_change", args=[refused.id])).content.decode()
    assert "not valid JSON" in page


def test_the_history_of_a_row_is_its_part_of_the_audit_log(tenant: Tenant, manager: User) -> None:
    client = pages_for(manager)
    client.post(reverse("admin:tenants_apikey_add"), {"name": "CRM"})
    key = key_named(tenant, "CRM")
    shown = client.get(reverse("admin:tenants_apikey_history", args=[key.id])).content.decode()
    assert "api_key.created" in shown
    assert "tenant.created" not in shown


# People and jobs


def test_the_list_of_people_leads_to_giving_a_role_for_whoever_may(tenant: Tenant, manager: User) -> None:
    invite = reverse("admin:tenants_membership_add")
    with_link = pages_for(manager).get(reverse("admin:tenants_user_changelist")).content.decode()
    assert f'<a href="{invite}" class="addlink">Add a person</a>' in with_link
    viewer = pages_for(new_person((tenant, Role.VIEWER)))
    assert viewer.get(reverse("admin:tenants_user_changelist")).status_code == 403


def test_all_tenants_are_offered_to_the_platform_team_only(tenant: Tenant, other_tenant: Tenant) -> None:
    platform = tenant_of_platform()
    readers = [new_person((tenant, Role.TENANT_MANAGER), (other_tenant, Role.TENANT_MANAGER))]
    readers += [new_person((platform, role)) for role in Role if role != Role.PLATFORM_ADMIN]
    page = reverse("admin:pick_tenant")
    for reader in readers:
        client = pages_for(reader)
        assert 'value="all"' not in client.get(page).content.decode()
        assert client.post(page, {"tenant_id": "all"}).status_code == 403
    assert 'value="all"' in pages_for(new_platform_admin()).get(page).content.decode()


def tenant_of_platform() -> Tenant:
    with all_tenants():
        return get_platform_tenant()


def test_background_jobs_are_shown_to_the_platform_team_only(tenant: Tenant, manager: User) -> None:
    job_id = usage.tasks.sweep_ledger.configure().defer(timestamp=1)
    address = reverse("admin:procrastinate_procrastinatejob_changelist")
    listed = pages_for(new_platform_admin()).get(f"{address}?q=sweep_ledger").content.decode()
    assert "<h1>Background jobs</h1>" in listed
    assert "timestamp: 1" in listed
    page = reverse("admin:procrastinate_procrastinatejob_change", args=[job_id])
    shown = pages_for(new_platform_admin()).get(page).content.decode()
    assert "usage.tasks.sweep_ledger" in shown
    assert "deferred," in shown
    for closed in (address, page):
        assert pages_for(manager).get(closed).status_code == 403


def test_every_filter_leads_to_a_list(tenant: Tenant, other_tenant: Tenant, platform_admin: User) -> None:
    pages = pages_for(platform_admin)
    followed = 0
    for screen in admin.site._registry.values():
        address = reverse(f"admin:{screen.opts.app_label}_{screen.opts.model_name}_changelist")
        shown = pages.get(address)
        if shown.status_code != 200 or "cl" not in shown.context:
            continue
        rows = shown.context["cl"]
        # Other tests' tenants and frameworks are choices too, hundreds of them by the end of a run.
        for choice in (choice for each in rows.filter_specs for choice in islice(each.choices(rows), MAX_CHOICES)):
            if "query_string" in choice:
                assert pages.get(address + choice["query_string"]).status_code == 200, address + choice["query_string"]
                followed += 1
    assert followed > 20
