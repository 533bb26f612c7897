"""The admin pages of webhooks and ranks, for managers and the platform team."""

from django.urls import reverse

from tenants.models import Role, Tenant
from tenants.scoping import tenant_scope
from tests.support.people import new_person, new_platform_admin, pages_for
from usage.models import BudgetWebhook, Rank
from usage.notices import webhooks


def test_platform_staff_change_one_tenants_webhook_among_many(tenant: Tenant, other_tenant: Tenant) -> None:
    for each in (tenant, other_tenant):
        with tenant_scope(each.id):
            webhook = BudgetWebhook.objects.create(url="https://example.org/hook")
    address = reverse("admin:usage_budgetwebhook_change", args=[webhook.id])
    assert pages_for(new_platform_admin()).post(address, {"url": "https://example.org/new"}).status_code == 302


def test_a_manager_sets_a_webhook_and_reads_its_secret_and_nobody_elses(tenant: Tenant, other_tenant: Tenant) -> None:
    client = pages_for(new_person((tenant, Role.TENANT_MANAGER)))
    wrong = client.post(reverse("admin:usage_budgetwebhook_add"), {"url": "http://example.org/hook"})
    assert "Enter an https address" in wrong.content.decode()
    shown = client.post(reverse("admin:usage_budgetwebhook_add"), {"url": "https://example.org/hook"})
    with tenant_scope(tenant.id):
        webhook = BudgetWebhook.objects.get()
    assert webhooks.secret_of(webhook) in shown.content.decode().replace("&#x3D;", "=")
    assert "no-store" in shown["Cache-Control"]
    again = client.post(reverse("admin:usage_budgetwebhook_add"), {"url": "https://example.org/other"})
    assert "This tenant already has a webhook" in again.content.decode()
    address = reverse("admin:usage_budgetwebhook_secret", args=[webhook.id])
    assert client.get(address).status_code == 200
    assert pages_for(new_person((other_tenant, Role.TENANT_MANAGER))).get(address).status_code == 404
    analyst = pages_for(new_person((tenant, Role.ANALYST)))
    assert analyst.get(address).status_code == 404
    changed = reverse("admin:usage_budgetwebhook_change", args=[webhook.id])
    for seen in (changed, reverse("admin:usage_budgetwebhook_changelist"), reverse("admin:index")):
        assert "example.org/hook" in client.get(changed).content.decode()
        assert "example.org/hook" not in analyst.get(seen).content.decode()
    assert analyst.get(changed).status_code == 403


def test_a_manager_ranks_operations_and_detection_is_not_offered(tenant: Tenant) -> None:
    client = pages_for(new_person((tenant, Role.TENANT_MANAGER)))
    address = reverse("admin:usage_operationrank_add")
    assert 'value="detect_sensitive"' not in client.get(address).content.decode()
    assert client.post(address, {"operation": "summarize", "rank": Rank.LOW}).status_code == 302
    refused = client.post(address, {"operation": "detect_sensitive", "rank": Rank.LOW})
    assert "Select a valid choice" in refused.content.decode()
    again = client.post(address, {"operation": "summarize", "rank": Rank.LOW})
    assert "already has a rank" in again.content.decode()
