"""A statement in one round trip has a scope of its own, and leaves the connection as it was."""

import uuid

import pytest
from django.db import DataError, IntegrityError, OperationalError, connection
from django.utils import timezone

from tenants.models import Tenant
from tenants.postgresql.base import as_settings
from tenants.postgresql.one_trip import run_in_scope
from tenants.postgresql.prepared import execute_prepared
from tenants.scoping import Scope, no_tenant, tenant_scope
from tests.support.factories import new_key

SCOPE_SQL = "select current_setting('app.tenant_id', true), current_setting('app.scope', true)"
COUNT_SQL = "select count(*) from tenants_apikey where tenant_id = any (%s::uuid[])"
ADD_SQL = "insert into usage_late_quarter (tenant_id, starts_at) values (%s, %s)"
LARGE = "x" * 4_000_000  # more than the socket takes at once


def visible_keys(*tenants: Tenant) -> int:
    [(count,)] = execute_prepared(COUNT_SQL, [[tenant.id for tenant in tenants]])
    return int(count)


def test_the_scope_is_over_with_the_statement(tenant: Tenant) -> None:
    connection.close()  # gives back the scope in which the tenant was made
    connection.ensure_connection()
    borrowed = connection.connection
    scope = as_settings(Scope(tenant.id))
    assert run_in_scope(borrowed, scope, SCOPE_SQL, []) == [(str(tenant.id), "tenant")]
    assert "".join(value or "" for value in borrowed.execute(SCOPE_SQL).fetchone()) == ""


def test_a_statement_sees_the_rows_of_its_scope_alone(tenant: Tenant, other_tenant: Tenant) -> None:
    for each, count in ((tenant, 1), (other_tenant, 2)):
        for _ in range(count):
            new_key(each)
    for is_connected in (True, False):
        for each, count in ((tenant, 1), (other_tenant, 2)):
            connection.close()
            with tenant_scope(each.id):
                if is_connected:
                    connection.ensure_connection()
                assert visible_keys(tenant, other_tenant) == count
        with no_tenant():
            assert visible_keys(tenant, other_tenant) == 0


def test_no_connection_stays_with_the_thread(tenant: Tenant) -> None:
    connection.close()
    with tenant_scope(tenant.id):
        visible_keys(tenant)
    assert connection.connection is None


def test_an_error_leaves_the_connection_usable_and_writes_nothing(tenant: Tenant, other_tenant: Tenant) -> None:
    moment = timezone.now()
    connection.close()
    connection.ensure_connection()
    with tenant_scope(tenant.id):
        with pytest.raises(DataError):
            execute_prepared(ADD_SQL, ["prepared by a statement that fails", moment])
        execute_prepared(ADD_SQL, [tenant.id, moment])
        with pytest.raises(IntegrityError):
            execute_prepared(ADD_SQL, [tenant.id, moment])
        with pytest.raises(DataError):
            execute_prepared(ADD_SQL, ["no uuid", moment])
        with pytest.raises(DataError, match="NUL"):
            execute_prepared(ADD_SQL, ["\0", moment])
        assert visible_keys(tenant) == 0
    with tenant_scope(other_tenant.id):
        execute_prepared(ADD_SQL, [other_tenant.id, moment])


def test_a_constraint_that_is_checked_at_the_end_is_an_error_too(tenant: Tenant) -> None:
    unknown = uuid.uuid4()
    with tenant_scope(unknown), pytest.raises(IntegrityError, match="foreign key"):
        execute_prepared(ADD_SQL, [unknown, timezone.now()])
    with tenant_scope(tenant.id):
        assert visible_keys(tenant) == 0


def test_a_statement_that_was_deallocated_is_prepared_again(tenant: Tenant) -> None:
    new_key(tenant)
    connection.ensure_connection()
    with tenant_scope(tenant.id):
        visible_keys(tenant)
        connection.connection.execute("deallocate all")
        assert visible_keys(tenant) == 1


def test_a_large_value_arrives_whole(tenant: Tenant) -> None:
    with tenant_scope(tenant.id):
        assert execute_prepared("select length(%s::text), %s::text", [LARGE, LARGE]) == [(len(LARGE), LARGE)]


def test_a_connection_that_the_server_ends_is_an_error_and_is_not_used_again(tenant: Tenant) -> None:
    connection.close()
    with tenant_scope(tenant.id):
        with pytest.raises(OperationalError):
            execute_prepared("select pg_terminate_backend(pg_backend_pid()), pg_sleep(%s)", [5])
        assert visible_keys(tenant) == 0


def test_a_new_statement_runs_after_all_were_deallocated(tenant: Tenant) -> None:
    connection.close()
    connection.ensure_connection()
    borrowed = connection.connection
    scope = as_settings(Scope(tenant.id))
    run_in_scope(borrowed, scope, SCOPE_SQL, [])
    borrowed.execute("deallocate all")  # as psycopg does after a rollback
    for _ in range(2):
        assert run_in_scope(borrowed, scope, "select %s::int", [7]) == [(7,)]
        assert run_in_scope(borrowed, scope, SCOPE_SQL, []) == [(str(tenant.id), "tenant")]
