"""The scope holds through savepoints, rollbacks, reconnects, errors, commits and threads."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction

from tenants.errors import ForeignTenant, ScopeNotSet
from tenants.models import ApiKey, Tenant
from tenants.scoping import all_tenants, current_scope, no_tenant, scope_or_none, tenant_scope
from tests.support.factories import new_key


@pytest.fixture
def tenants(tenant: Tenant, other_tenant: Tenant) -> tuple[Tenant, Tenant]:
    """Two tenants, with one key and two keys."""
    new_key(tenant)
    new_key(other_tenant)
    new_key(other_tenant)
    return tenant, other_tenant


def keys_by_sql(*tenants: Tenant) -> int:
    """How many keys of these tenants PostgreSQL shows, whatever the managers would."""
    with connection.cursor() as cursor:
        ids = [tenant.id for tenant in tenants]
        cursor.execute("select count(*) from tenants_apikey where tenant_id = any(%s)", [ids])
        return int(cursor.fetchone()[0])


def scope_by_sql() -> tuple[str, str]:
    with connection.cursor() as cursor:
        cursor.execute("select current_setting('app.tenant_id', true), current_setting('app.scope', true)")
        found: tuple[str, str] = cursor.fetchone()
        return found


def test_the_managers_refuse_a_query_without_a_scope(tenants: tuple[Tenant, Tenant]) -> None:
    with no_tenant(), pytest.raises(ScopeNotSet):
        ApiKey.objects.count()


def test_sql_without_a_scope_sees_no_row(tenants: tuple[Tenant, Tenant]) -> None:
    with no_tenant():
        assert keys_by_sql(*tenants) == 0


def test_each_tenant_sees_its_own_rows_and_platform_staff_all(tenants: tuple[Tenant, Tenant]) -> None:
    with tenant_scope(tenants[0].id):
        assert keys_by_sql(*tenants) == ApiKey.objects.count() == 1
    with tenant_scope(tenants[1].id):
        assert keys_by_sql(*tenants) == ApiKey.objects.count() == 2
    with all_tenants():
        assert keys_by_sql(*tenants) == 3


def test_scopes_nest_and_end_also_when_an_error_passes() -> None:
    outer, inner = uuid.uuid4(), uuid.uuid4()
    with tenant_scope(outer):
        with pytest.raises(ValueError, match="passes"), tenant_scope(inner):
            raise ValueError("passes")
        assert current_scope().tenant_id == outer
    assert scope_or_none() is None


def test_a_savepoint_rolled_back_in_another_scope_leaves_the_right_one(tenants: tuple[Tenant, Tenant]) -> None:
    first, second = tenants
    with transaction.atomic(), tenant_scope(first.id):
        assert keys_by_sql(*tenants) == 1
        savepoint = transaction.savepoint()
        with tenant_scope(second.id):
            assert keys_by_sql(*tenants) == 2
            transaction.savepoint_rollback(savepoint)
            assert keys_by_sql(*tenants) == 2
        assert keys_by_sql(*tenants) == 1


def test_a_transaction_rolled_back_leaves_the_right_scope(tenants: tuple[Tenant, Tenant]) -> None:
    first, second = tenants
    with tenant_scope(first.id):
        assert keys_by_sql(*tenants) == 1
        with transaction.atomic(), tenant_scope(second.id):
            assert keys_by_sql(*tenants) == 2
            transaction.set_rollback(True)
        assert keys_by_sql(*tenants) == 1
    with tenant_scope(second.id):
        assert keys_by_sql(*tenants) == 2


def test_a_savepoint_lost_to_an_error_leaves_the_right_scope(tenants: tuple[Tenant, Tenant]) -> None:
    first, second = tenants
    with transaction.atomic(), tenant_scope(first.id):
        with pytest.raises(DatabaseError), transaction.atomic(), tenant_scope(second.id), connection.cursor() as cursor:
            cursor.execute("select 1 / 0")
        assert keys_by_sql(*tenants) == 1


def test_an_error_then_another_tenant_on_the_same_connection(tenants: tuple[Tenant, Tenant]) -> None:
    first, second = tenants
    with tenant_scope(first.id), pytest.raises(DatabaseError), connection.cursor() as cursor:
        cursor.execute("select no_such_column from tenants_apikey")
    with tenant_scope(second.id):
        assert keys_by_sql(*tenants) == 2


def test_a_commit_in_the_middle_keeps_the_scope(tenants: tuple[Tenant, Tenant]) -> None:
    first, second = tenants
    with tenant_scope(first.id):
        with transaction.atomic():
            assert keys_by_sql(*tenants) == 1
        assert keys_by_sql(*tenants) == 1
        with tenant_scope(second.id), transaction.atomic():
            assert keys_by_sql(*tenants) == 2
        assert keys_by_sql(*tenants) == 1


def test_a_thousand_reconnects_leave_one_wrapper_and_tell_each_connection(tenants: tuple[Tenant, Tenant]) -> None:
    before = len(connection.execute_wrappers)
    for number in range(1000):
        connection.close()
        connection.ensure_connection()
        if number % 100 == 0:
            with tenant_scope(tenants[number % 200 // 100].id):
                assert keys_by_sql(*tenants) == 1 + number % 200 // 100
    assert len(connection.execute_wrappers) == before


def told_when_lent_again(process: int) -> str | None:
    """Borrow until the pool lends this process's connection again: what it still knows of a scope, our wrapper unasked.

    None when it never comes back.
    """
    asked = "select current_setting('app.tenant_id', true), current_setting('app.scope', true)"
    for _ in range(settings.DATABASE_POOL_SIZE + 1):
        connection.close()
        connection.ensure_connection()
        if connection.connection.info.backend_pid == process:
            return "".join(value or "" for value in connection.connection.execute(asked).fetchone())
    return None


def test_a_connection_given_back_tells_the_next_borrower_nothing(tenants: tuple[Tenant, Tenant]) -> None:
    with tenant_scope(tenants[0].id):
        assert scope_by_sql() == (str(tenants[0].id), "tenant")
    assert told_when_lent_again(connection.connection.info.backend_pid) == ""


def test_a_connection_given_back_after_a_rollback_tells_nothing_either(tenants: tuple[Tenant, Tenant]) -> None:
    with tenant_scope(tenants[0].id):
        scope_by_sql()
    with tenant_scope(tenants[1].id), transaction.atomic():
        scope_by_sql()
        transaction.set_rollback(True)
    assert told_when_lent_again(connection.connection.info.backend_pid) == ""


def test_a_connection_given_back_in_the_middle_of_a_transaction_is_not_lent_again(
    tenants: tuple[Tenant, Tenant],
) -> None:
    with tenant_scope(tenants[0].id):
        connection.set_autocommit(False)
        scope_by_sql()
    assert told_when_lent_again(connection.connection.info.backend_pid) is None


def test_threads_start_without_a_scope_and_copied_contexts_keep_theirs(tenants: tuple[Tenant, Tenant]) -> None:
    with tenant_scope(tenants[0].id), ThreadPoolExecutor(1) as threads:
        assert threads.submit(scope_or_none).result() is None
        inherited = threads.submit(copy_context().run, current_scope).result()
    assert inherited.tenant_id == tenants[0].id


def test_many_threads_never_see_each_others_rows(tenants: tuple[Tenant, Tenant]) -> None:
    def count_again_and_again(tenant: Tenant) -> set[int]:
        try:
            with tenant_scope(tenant.id):
                return {keys_by_sql(*tenants) for _ in range(30)}
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        seen = list(threads.map(count_again_and_again, tenants * 8))
    assert seen == [{1}, {2}] * 8


def test_saving_fills_the_tenant_in_and_refuses_a_foreign_one(tenants: tuple[Tenant, Tenant]) -> None:
    first, second = tenants
    with tenant_scope(first.id):
        assert ApiKey.objects.create(name="filled in", secret_hash=uuid.uuid4().bytes * 2).tenant_id == first.id
        with pytest.raises(ForeignTenant):
            ApiKey.objects.create(tenant=second, name="foreign", secret_hash=uuid.uuid4().bytes * 2)
        with pytest.raises(ForeignTenant):
            ApiKey.objects.bulk_create([ApiKey(tenant=second, name="foreign", secret_hash=uuid.uuid4().bytes * 2)])
        with pytest.raises(DatabaseError, match="row-level security"):
            ApiKey.objects.update(tenant=second)


def test_a_row_of_another_tenant_is_neither_deleted_nor_saved(tenants: tuple[Tenant, Tenant]) -> None:
    first, second = tenants
    with tenant_scope(second.id):
        foreign = ApiKey.objects.all()[0]
    with tenant_scope(first.id):
        with pytest.raises(ForeignTenant):
            foreign.delete()
        with pytest.raises(ForeignTenant):
            foreign.save()
