"""The storage policy of a tenant, and the scopes of keys for resources."""

import io

import pytest
from django.core.management import CommandError, call_command

from tenants.access import find_caller
from tenants.models import AuditEvent, Storage, Tenant
from tenants.scoping import all_tenants, tenant_scope
from tests.support.factories import new_key, new_tenant


def test_a_new_tenant_stores_redacted_text(tenant: Tenant) -> None:
    assert tenant.storage == Storage.REDACTED
    assert tenant.stores_records


def test_the_command_sets_the_policy_and_audits_it(tenant: Tenant) -> None:
    said = io.StringIO()
    call_command("set_tenant", tenant.slug, "--storage", "off", stdout=said)
    assert said.getvalue() == "storage: off\nretention_days: None\n"
    with all_tenants():
        tenant.refresh_from_db()
    assert not tenant.stores_records
    with tenant_scope(tenant.id):
        assert AuditEvent.objects.filter(action="tenant.changed").count() == 1


def test_the_command_refuses_an_unknown_tenant_and_an_unknown_policy(database: None) -> None:
    with pytest.raises(CommandError):
        call_command("set_tenant", "nobody", "--storage", "off")
    with pytest.raises(CommandError):
        call_command("set_tenant", new_tenant().slug, "--storage", "all")


def test_a_key_without_scopes_has_all_but_those_that_are_given_by_name(tenant: Tenant) -> None:
    whole = find_caller(new_key(tenant), "127.0.0.1")
    limited = find_caller(new_key(tenant, scopes=["records", "records:raw"]), "127.0.0.1")
    assert [whole.has_scope(name) for name in ("records", "records:raw", "batches")] == [True, False, True]
    assert [limited.has_scope(name) for name in ("records", "records:raw", "batches")] == [True, True, False]
