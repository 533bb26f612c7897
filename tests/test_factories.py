"""Rows that tests are given are what production would have made."""

from coding.models import VersionStatus
from tenants.models import Role, Tenant
from tenants.scoping import tenant_scope
from tests.support.factories import PASSWORD, new_call, new_framework, new_member
from usage.models import LLMCall


def test_a_framework_is_published_unless_a_draft_is_wanted(tenant: Tenant) -> None:
    assert new_framework(tenant).status == VersionStatus.PUBLISHED
    assert new_framework(tenant, is_published=False).status == VersionStatus.DRAFT


def test_a_member_can_log_in_with_the_password(tenant: Tenant) -> None:
    assert new_member(tenant, Role.ANALYST, password=PASSWORD).check_password(PASSWORD)


def test_a_call_belongs_to_its_tenant_alone(tenant: Tenant, other_tenant: Tenant) -> None:
    row = new_call(tenant, input_tokens=7)
    with tenant_scope(tenant.id):
        assert LLMCall.objects.get(id=row.id).input_tokens == 7
    with tenant_scope(other_tenant.id):
        assert not LLMCall.objects.filter(id=row.id).exists()


def test_two_tenants_and_their_keys_differ(tenant: Tenant, other_tenant: Tenant, key: str, other_key: str) -> None:
    assert tenant.id != other_tenant.id
    assert key != other_key
