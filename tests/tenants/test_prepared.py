"""A prepared statement sees and writes what the scope in force allows, at every run."""

import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.utils import timezone

from tenants.models import ApiKey, Tenant
from tenants.postgresql.prepared import execute_prepared
from tenants.scoping import all_tenants, tenant_scope
from tests.support.factories import new_key

RENAME_SQL = "update tenants_apikey set name = %s, expires_at = %s"  # no condition: policies alone say whose
ADD_SQL = "insert into usage_late_quarter (tenant_id, starts_at) values (%s, %s)"


def names_of(tenant: Tenant) -> set[str]:
    with all_tenants():
        return set(ApiKey.objects.filter(tenant=tenant).values_list("name", flat=True))


def test_one_statement_run_for_two_tenants_touches_only_the_rows_of_each(tenant: Tenant, other_tenant: Tenant) -> None:
    for each in (tenant, other_tenant):
        new_key(each)
    for number in range(4):
        for each in (tenant, other_tenant):
            with tenant_scope(each.id):
                expires_at = timezone.now() + timedelta(days=1) if number % 2 else None
                execute_prepared(RENAME_SQL, [f"{each.slug} {number}", expires_at])
    assert names_of(tenant) == {f"{tenant.slug} 3"}
    assert names_of(other_tenant) == {f"{other_tenant.slug} 3"}
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from pg_prepared_statements where statement like 'update tenants_apikey%'")
        assert cursor.fetchone() == (1,)


def test_a_prepared_statement_writes_no_row_of_another_tenant(tenant: Tenant, other_tenant: Tenant) -> None:
    moment = timezone.now()
    with tenant_scope(tenant.id):
        execute_prepared(ADD_SQL, [tenant.id, moment])
        with pytest.raises(ProgrammingError, match="row-level security"):
            execute_prepared(ADD_SQL, [other_tenant.id, moment])
        with pytest.raises(IntegrityError):
            execute_prepared(ADD_SQL, [tenant.id, moment])


def test_after_a_rollback_the_scope_is_told_again(tenant: Tenant, other_tenant: Tenant) -> None:
    for each in (tenant, other_tenant):
        new_key(each)
    name = uuid.uuid4().hex
    with tenant_scope(tenant.id):
        with transaction.atomic():
            with tenant_scope(other_tenant.id):
                execute_prepared(RENAME_SQL, ["undone", None])
            transaction.set_rollback(True)
        execute_prepared(RENAME_SQL, [name, None])
    assert names_of(tenant) == {name}
    assert not names_of(other_tenant) & {name, "undone"}
