"""Row-level security on every table that has a tenant: the list is the catalog's and the models', never one of ours."""

import secrets
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.apps import apps
from django.db import DatabaseError, connection, models, transaction

from tenants.models import Tenant
from tenants.scoped_models import SharedScopedManager, TenantScopedModel
from tenants.scoping import no_tenant, tenant_scope
from tests.support.databases import DatabaseUrls
from tests.support.model_rows import new_row
from tests.support.policies import find_holes

MODELS = [model for model in apps.get_models() if issubclass(model, TenantScopedModel)]
SHARING_TABLES = [model._meta.db_table for model in MODELS if isinstance(model._default_manager, SharedScopedManager)]
every_model = pytest.mark.parametrize("model", MODELS, ids=[model._meta.label for model in MODELS])

MUTATIONS = [
    "alter table tenants_apikey no force row level security",
    "alter table tenants_apikey disable row level security",
    "alter table tenants_tenant no force row level security",
    "drop policy tenant_isolation on tenants_apikey",
    "alter policy tenant_isolation on tenants_apikey using (true)",
    "alter policy tenant_isolation on tenants_apikey with check (true)",
    "alter policy tenant_isolation on tenants_apikey to current_user",
    "alter policy tenant_isolation on tenants_apikey using (tenant_id is not null)",
    "create policy convenient on tenants_apikey using (true)",
    "create policy convenient on tenants_apikey for select using (is_superuser)",
    "create policy platform_rows_are_readable on tenants_apikey for select using"
    " (tenant_id = '00000000-0000-7000-8000-000000000001' and (select current_setting('app.tenant_id', true)) <> '')",
    "alter policy platform_rows_are_readable on inference_modelcatalogentry using (true)",
    "create table forgotten (id uuid primary key, tenant_id uuid not null)",
    "create materialized view digest as select tenant_id, count(*) from tenants_apikey group by tenant_id",
    "create table parted (tenant_id uuid not null) partition by hash (tenant_id)",
]


@pytest.fixture
def owner(database: None, database_urls: DatabaseUrls) -> Iterator[psycopg.Connection[Any]]:
    """A connection of the tables' owner, whose changes are rolled back."""
    with psycopg.connect(database_urls.owner_url) as connection, connection.transaction(force_rollback=True):
        yield connection


def test_every_table_with_a_tenant_is_protected(owner: psycopg.Connection[Any]) -> None:
    assert find_holes(owner, sharing_tables=SHARING_TABLES) == []


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_a_hole_in_the_protection_is_noticed(mutation: str, owner: psycopg.Connection[Any]) -> None:
    owner.execute(mutation)
    assert len(find_holes(owner, sharing_tables=SHARING_TABLES)) >= 1


def test_every_model_with_a_tenant_is_found_in_the_catalog(owner: psycopg.Connection[Any]) -> None:
    for model in MODELS:
        with owner.transaction(force_rollback=True):
            owner.execute(f'alter table "{model._meta.db_table}" disable row level security')
            holes = find_holes(owner, sharing_tables=SHARING_TABLES)
        assert any(hole.startswith(f"{model._meta.db_table} ") for hole in holes), model


def test_what_points_at_tenant_data_has_a_tenant_itself() -> None:
    unprotected = [
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models(include_auto_created=True)
        if not issubclass(model, TenantScopedModel)
        for field in model._meta.concrete_fields
        if field.is_relation and field.related_model in MODELS
    ]
    assert unprotected == []


def test_unique_constraints_include_the_tenant() -> None:
    """So that the tables can be distributed by tenant. Secrets are unique everywhere: they find their tenant."""
    without_tenant = [
        f"{model._meta.label}.{constraint.name}"
        for model in MODELS
        for constraint in model._meta.constraints
        if isinstance(constraint, models.UniqueConstraint) and "tenant" not in constraint.fields
    ]
    assert without_tenant == []


@every_model
def test_sql_past_the_managers_finds_and_changes_nothing_of_another_tenant(
    model: type[models.Model], tenant: Tenant, other_tenant: Tenant
) -> None:
    row = new_row(model, tenant, "qzx" + secrets.token_hex(4))
    table, pk = model._meta.db_table, model._meta.pk.column
    with tenant_scope(tenant.id):
        assert _run(f'select count(*) from "{table}" where "{pk}" = %s', row.pk) == 1
    for scope in (tenant_scope(other_tenant.id), no_tenant()):
        with scope:
            assert _run(f'select count(*) from "{table}" where "{pk}" = %s', row.pk) == 0
            assert _changed(f'update "{table}" set tenant_id = tenant_id where "{pk}" = %s', row.pk) == 0
            assert _changed(f'delete from "{table}" where "{pk}" = %s', row.pk) == 0
    with tenant_scope(tenant.id):
        assert _run(f'select count(*) from "{table}" where "{pk}" = %s', row.pk) == 1


@every_model
def test_no_row_is_written_into_another_tenant(model: type[models.Model], tenant: Tenant, other_tenant: Tenant) -> None:
    row = new_row(model, tenant, "qzx" + secrets.token_hex(4))
    table = model._meta.db_table
    columns = [field.column for field in model._meta.concrete_fields if not field.generated]
    others = ", ".join(f'"{column}"' for column in columns if column != "tenant_id")
    copy = f'insert into "{table}" (tenant_id, {others}) select %s, {others} from "{table}" where id = %s'
    move = f'update "{table}" set tenant_id = %s where id = %s'
    for statement in (copy, move):
        with tenant_scope(tenant.id), pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, [other_tenant.id, row.pk])
    with tenant_scope(other_tenant.id):
        assert _run(f'select count(*) from "{table}" where id = %s', row.pk) == 0


def _run(sql: str, *parameters: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchone()[0]


def _changed(sql: str, *parameters: Any) -> int:
    """How many rows a statement touched; none when the role has no right to it at all."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            return int(cursor.rowcount)
    except DatabaseError as error:
        if isinstance(error.__cause__, psycopg.errors.InsufficientPrivilege) and "permission denied" in str(error):
            return 0
        raise
