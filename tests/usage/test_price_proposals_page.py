"""The page on which the platform team accepts LiteLLM's prices."""

from django.test import Client
from django.urls import reverse

from tenants.identifiers import PLATFORM_TENANT_ID
from tenants.models import AuditEvent, Role, Tenant
from tenants.scoping import tenant_scope
from tests.support.factories import new_call, unique_name
from tests.support.people import new_person, new_platform_admin, pages_for
from usage.models import ModelPrice

PAGE = "usage:price-proposals"


def prices_of(model: str) -> dict[str, str]:
    with tenant_scope(PLATFORM_TENANT_ID):
        return {
            row.token_class: str(row.price_per_million.normalize()) for row in ModelPrice.objects.filter(model=model)
        }


def test_prices_of_a_called_model_are_accepted_when_it_is_selected(tenant: Tenant, other_tenant: Tenant) -> None:
    platform_admin = new_platform_admin()
    new_call(tenant, request_model="openai/gpt-4o-mini", price_unknown=True)
    new_call(other_tenant, request_model="openai/gpt-4.1", price_unknown=True)
    pages = pages_for(platform_admin)
    assert reverse(PAGE) in pages.get(reverse("usage:report")).content.decode()
    page = pages.get(reverse(PAGE)).content.decode()
    assert 'value="openai/gpt-4o-mini" checked' in page
    assert "<bdi>0.15</bdi>" in page
    before = prices_of("openai/gpt-4.1")
    assert pages.post(reverse(PAGE), {"model": "openai/gpt-4o-mini"}).status_code == 302
    assert prices_of("openai/gpt-4o-mini").items() >= {("input", "0.15"), ("output", "0.6")}
    assert prices_of("openai/gpt-4.1") == before
    assert 'value="openai/gpt-4o-mini"' not in pages.get(reverse(PAGE)).content.decode()
    with tenant_scope(PLATFORM_TENANT_ID):
        acts = AuditEvent.objects.filter(actor_id=f"user:{platform_admin.pk}").count()
    assert acts == len(prices_of("openai/gpt-4o-mini"))
    with tenant_scope(tenant.id):
        assert not ModelPrice.objects.filter(tenant_id=tenant.id).exists()


def test_a_model_that_is_not_in_the_table_has_a_link_to_set_its_price(tenant: Tenant, other_tenant: Tenant) -> None:
    platform_admin = new_platform_admin()
    model = unique_name("openai/ours").replace(" ", "-")
    new_call(other_tenant, request_model=model, price_unknown=True)
    pages = pages_for(platform_admin)
    page = pages.get(reverse(PAGE)).content.decode()
    assert f"{reverse('admin:usage_modelprice_add')}?model={model}" in page
    assert pages.post(reverse(PAGE), {"model": [model, "x\x00y"]}).status_code == 302
    assert prices_of(model) == {}


def test_only_the_platform_team_sees_and_accepts_prices(tenant: Tenant, other_tenant: Tenant, client: Client) -> None:
    new_call(other_tenant, request_model="openai/gpt-4o", price_unknown=True)
    new_call(tenant, request_model="openai/gpt-4o", price_unknown=True)
    before = prices_of("openai/gpt-4o")
    for pages in (pages_for(new_person((tenant, role))) for role in (Role.TENANT_MANAGER, Role.ANALYST)):
        report = pages.get(reverse("usage:report")).content.decode()
        assert "These models have no price" in report
        assert reverse(PAGE) not in report
        assert pages.get(reverse(PAGE)).status_code == 403
        assert pages.post(reverse(PAGE), {"model": "openai/gpt-4o"}).status_code == 403
    assert client.get(reverse(PAGE)).status_code == 302
    assert prices_of("openai/gpt-4o") == before
