"""A database that an earlier commit filled migrates to today with nothing lost, and tenants stay apart in it.

tests/upgrade holds the rows of two tenants as the services and endpoints of that commit wrote them: a row at the very
least in every table that has a tenant.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, LiteralString

import psycopg
import pytest
from django.apps import apps

from tenants.identifiers import PLATFORM_TENANT_ID
from tenants.scoped_models import SharedScopedManager, TenantScopedModel
from tests.support.databases import DatabaseUrls, SharedDatabase, migrate
from tests.support.policies import find_holes
from tests.support.stored_database import StoredTable, fill, losses, read_database

# What was renamed since: a table under its old name, a column under its table's and its own old names.
RENAMED_TABLES: dict[str, str] = {"coding_codesuggestion": "coding_missingcode"}
RENAMED_COLUMNS: dict[tuple[str, str], str] = {("coding_codesuggestion", "suggested_name"): "proposed_name"}
# What was replaced since: the new column, and the old value in terms of it.
CONVERTED_COLUMNS: dict[tuple[str, str], tuple[str, LiteralString]] = {
    ("tenants_tenant", "stores_results"): ("storage", "{} <> 'off'")
}

BEFORE = read_database(Path(__file__).parent / "upgrade" / "4d39623.jsonl")
SHARING_TABLES = [
    model._meta.db_table
    for model in apps.get_models()
    if issubclass(model, TenantScopedModel) and isinstance(model._default_manager, SharedScopedManager)
]
PLANTED_LOSSES = [
    "delete from usage_budgetnotice where id = (select min(id::text)::uuid from usage_budgetnotice)",
    "update llm_calls set cost_usd = cost_usd + 0.0000000001",
    "update tenants_tenant set prompt_note = ''",
    "update usage_day set latency_counts = null",
    "update coding_code set examples = '[]'",
    "alter table usage_budget drop column limit_usd cascade",
    "drop table usage_budgetwebhook cascade",
]


@pytest.fixture(scope="module")
def upgraded(shared_database: SharedDatabase) -> DatabaseUrls:
    """A database that was filled at the migrations of the commit before, and then migrated."""
    return shared_database("upgraded", fill_and_migrate)


def fill_and_migrate(urls: DatabaseUrls) -> None:
    migrate(urls, leaves=BEFORE.leaves)
    with owner_of(urls) as connection:
        fill(connection, BEFORE)
        assert losses(connection, BEFORE, renamed_tables={}, renamed_columns={}) == [], "the rows were not loaded whole"
    migrate(urls)


def owner_of(urls: DatabaseUrls) -> psycopg.Connection[Any]:
    """A connection that sees the rows of all tenants."""
    return psycopg.connect(urls.owner_url, options="-c app.scope=all -c timezone=UTC")


@pytest.fixture
def owner(upgraded: DatabaseUrls) -> Iterator[psycopg.Connection[Any]]:
    """The upgraded database as its owner sees it; what is changed is rolled back."""
    with owner_of(upgraded) as connection, connection.transaction(force_rollback=True):
        yield connection


def lost(connection: psycopg.Connection[Any]) -> list[str]:
    return losses(
        connection,
        BEFORE,
        renamed_tables=RENAMED_TABLES,
        renamed_columns=RENAMED_COLUMNS,
        converted_columns=CONVERTED_COLUMNS,
    )


def tables_with_tenants() -> list[StoredTable]:
    return [table for table in BEFORE.tables if "tenant_id" in table.columns]


def test_both_tenants_had_rows_in_every_table() -> None:
    tenants = set(next(table for table in BEFORE.tables if table.name == "tenants_tenant").values("id"))
    assert len(tenants - {str(PLATFORM_TENANT_ID)}) == 2
    for table in tables_with_tenants():
        assert set(table.values("tenant_id")) >= tenants - {str(PLATFORM_TENANT_ID)}, table.name


def test_nothing_is_lost(owner: psycopg.Connection[Any]) -> None:
    assert lost(owner) == []


@pytest.mark.parametrize("loss", PLANTED_LOSSES)
def test_a_loss_is_noticed(owner: psycopg.Connection[Any], loss: str) -> None:
    for table in BEFORE.tables:
        owner.execute(f'alter table "{RENAMED_TABLES.get(table.name, table.name)}" disable trigger user')
    owner.execute(loss)
    assert lost(owner) != []


def test_every_table_with_a_tenant_is_protected(owner: psycopg.Connection[Any]) -> None:
    assert find_holes(owner, sharing_tables=SHARING_TABLES) == []


def test_each_tenant_reads_its_own_rows_and_without_a_tenant_there_are_none(upgraded: DatabaseUrls) -> None:
    with psycopg.connect(upgraded.app_url) as connection:
        for table in tables_with_tenants():
            name = RENAMED_TABLES.get(table.name, table.name)
            statement = f'select tenant_id::text from "{name}" where tenant_id <> %s'
            connection.execute("select set_config('app.tenant_id', '', false)")
            assert connection.execute(statement, [PLATFORM_TENANT_ID]).fetchall() == []
            stored = table.values("tenant_id")
            for tenant in set(stored) - {str(PLATFORM_TENANT_ID)}:
                connection.execute("select set_config('app.tenant_id', %s, false)", [tenant])
                read = connection.execute(statement, [PLATFORM_TENANT_ID]).fetchall()
                assert read == [(tenant,)] * stored.count(tenant), name


def test_content_types_and_permissions_follow_renamed_models(owner: psycopg.Connection[Any]) -> None:
    found = owner.execute(
        "select model, codename from auth_permission p join django_content_type t on t.id = p.content_type_id"
        " where app_label = 'coding' and (model || codename) ~ 'missingcode|codesuggestion' order by codename"
    ).fetchall()
    assert found == [("missingcode", f"{action}_missingcode") for action in ("add", "change", "delete", "view")]
