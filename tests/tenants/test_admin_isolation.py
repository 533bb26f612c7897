"""No admin page shows, changes or deletes a row of another tenant.

The pages, filters and fields are those of the admin site and the models: none is listed by hand.
"""

import re
import secrets
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.db import models
from django.test import Client
from django.urls import NoReverseMatch, reverse

from tenants.models import Membership, Role, Tenant, User
from tenants.pages.scoped_admin import TenantScopedAdmin
from tenants.scoped_models import TenantScopedModel
from tenants.scoping import tenant_scope
from tests.support.model_rows import new_row
from tests.support.people import new_person, new_platform_admin, pages_for
from tests.support.screen_addresses import addresses

SCREENS = [(model, screen) for model, screen in admin.site._registry.items() if isinstance(screen, TenantScopedAdmin)]
MARK_WORD = "qzxmark"
SWITCH = re.compile(r'<form class="tenant-switch".*?</form>', re.DOTALL)  # names the tenants of its reader
names = [model._meta.label for model, _ in SCREENS]
every_screen = pytest.mark.parametrize(("model", "screen"), SCREENS, ids=names)


@pytest.fixture
def mark() -> str:
    return MARK_WORD + secrets.token_hex(6)


def shows_nothing(response: Any, row: models.Model, mark: str) -> bool:
    text = SWITCH.sub("", response.content.decode().replace(response.request["PATH_INFO"], ""))
    return str(row.pk) not in text and mark not in text


def readers_of(other_tenant: Tenant, tenant: Tenant) -> Iterator[tuple[str, Client]]:
    """People of another tenant in every role, and somebody of both tenants who looks at the other one."""
    for role in Role:
        if role != Role.PLATFORM_ADMIN:
            yield role, pages_for(new_person((other_tenant, role)))
    both = pages_for(new_person((tenant, Role.TENANT_MANAGER), (other_tenant, Role.TENANT_MANAGER)))
    both.post(reverse("admin:pick_tenant"), {"tenant_id": str(other_tenant.id)})
    yield "both", both


def test_every_screen_on_tenant_data_stands_on_the_scoped_base() -> None:
    plain = [
        model._meta.label
        for model, screen in admin.site._registry.items()
        if issubclass(model, TenantScopedModel | Tenant | User) and not isinstance(screen, TenantScopedAdmin)
    ]
    assert SCREENS
    assert plain == []


@every_screen
def test_no_page_shows_a_row_of_another_tenant(
    model: type[models.Model], screen: Any, tenant: Tenant, other_tenant: Tenant, mark: str
) -> None:
    row = new_row(model, tenant, mark)
    for role, client in readers_of(other_tenant, tenant):
        for address, is_about_row in addresses(screen, row):
            response = client.get(address, follow=True)
            expected = {403, 404} if is_about_row else {200, 403, 404}
            assert response.status_code in expected, f"{role} {address}: {response.status_code}"
            assert shows_nothing(response, row, mark), f"{role} {address}"


@every_screen
def test_no_page_changes_a_row_of_another_tenant(
    model: type[models.Model], screen: Any, tenant: Tenant, other_tenant: Tenant, mark: str
) -> None:
    row = new_row(model, tenant, mark)
    before = _stored(model, tenant, row)
    takeover: dict[str, Any] = {"post": "yes", "name": "taken over", "role": Role.VIEWER, "overlap": "0", "reason": "x"}
    takeover |= {"slug": tenant.slug, "action": "delete_selected"}
    for role, client in readers_of(other_tenant, tenant):
        for address, is_about_row in addresses(screen, row):
            response = client.post(address, takeover | {"_selected_action": [str(row.pk)]}, follow=True)
            if is_about_row:
                assert response.status_code in {403, 404, 405}, f"{role} {address}: {response.status_code}"
            assert shows_nothing(response, row, mark), f"{role} {address}"
    assert _stored(model, tenant, row) == before


def _stored(model: type[models.Model], tenant: Tenant, row: models.Model) -> Any:
    with tenant_scope(tenant.id):
        return model._base_manager.filter(pk=row.pk).values().get()


@every_screen
def test_no_filter_search_or_order_finds_a_row_of_another_tenant(
    model: type[models.Model], screen: Any, tenant: Tenant, other_tenant: Tenant, mark: str
) -> None:
    row = new_row(model, tenant, mark)
    client = pages_for(new_person((other_tenant, Role.TENANT_MANAGER)))
    address = reverse(f"admin:{screen.opts.app_label}_{screen.opts.model_name}_changelist")
    queries = [{"q": MARK_WORD}, {"q": str(row.pk)}, {"o": "1"}, {"all": ""}, {"tenant__id__exact": str(tenant.id)}]
    queries += [{f"{field.name}": str(field.value_from_object(row))} for field in model._meta.concrete_fields]
    queries += [{f"{field.name}__isnull": "False"} for field in model._meta.concrete_fields]
    for query in queries:
        response = client.get(address, query, follow=True)
        text = response.content.decode()
        assert response.status_code in {200, 400, 403}, query
        assert f"/{row.pk}/" not in text, query
        assert f">{mark}" not in text, query


def autocompleted_fields() -> list[tuple[str, str, str]]:
    found = []
    for model, _ in SCREENS:
        for field in model._meta.fields:
            screens = [screen for target, screen in SCREENS if target is field.related_model]
            if any(screen.search_fields for screen in screens):
                found.append((model._meta.app_label, str(model._meta.model_name), field.name))
    return found


@pytest.mark.parametrize(("app", "name", "field"), autocompleted_fields())
def test_autocomplete_offers_no_row_of_another_tenant(
    app: str, name: str, field: str, tenant: Tenant, other_tenant: Tenant, mark: str
) -> None:
    target: Any = next(m for m, _ in SCREENS if (m._meta.app_label, m._meta.model_name) == (app, name))
    row = new_row(target._meta.get_field(field).related_model, tenant, mark)
    query = {"app_label": app, "model_name": name, "field_name": field}
    term = str(row)[:6]
    for role, client in readers_of(other_tenant, tenant):
        response = client.get(reverse("admin:autocomplete"), query | {"term": term})
        assert response.status_code in {200, 403}, role
        assert str(row.pk) not in response.content.decode(), role


@every_screen
def test_the_row_is_there_for_whoever_may_see_it(
    model: type[models.Model], screen: Any, tenant: Tenant, mark: str
) -> None:
    row = new_row(model, tenant, mark)
    client = pages_for(new_platform_admin())
    client.post(reverse("admin:pick_tenant"), {"tenant_id": str(tenant.id)})
    try:
        page = reverse(f"admin:{screen.opts.app_label}_{screen.opts.model_name}_change", args=[row.pk])
    except NoReverseMatch:
        page = reverse(f"admin:{screen.opts.app_label}_{screen.opts.model_name}_changelist")
    assert client.get(page).status_code == 200
    listed = client.get(reverse(f"admin:{screen.opts.app_label}_{screen.opts.model_name}_changelist"))
    assert str(row.pk) in listed.content.decode()


def test_a_role_taken_away_closes_the_pages_at_the_next_request(tenant: Tenant, manager: User) -> None:
    client = pages_for(manager)
    assert client.get("/admin/tenants/apikey/").status_code == 200
    with tenant_scope(tenant.id):
        Membership.objects.get(user=manager).delete()
    assert client.get("/admin/tenants/apikey/").status_code == 302
