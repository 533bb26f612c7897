"""The list of dimensions is the one that tables, pages and rollups have."""

from datetime import timedelta
from decimal import Decimal

import pytest

from tenants.local_days import today
from tenants.models import Tenant
from tenants.scoping import all_tenants, tenant_scope
from tests.support.factories import new_call, new_named_key
from usage.metrics import day_sql
from usage.metrics.dimensions import DIMENSION_NAMES, SHARED_DIMENSIONS, all_dimensions
from usage.metrics.registry import LEDGER, read
from usage.metrics.source import Filters
from usage.models import UsageDay
from usage.periods import Days
from usage.reports.page import Stack, read_figures, series_of, tables_of

DAYS = Days(today(), today() + timedelta(days=1))


def test_the_table_of_rollups_has_a_column_for_every_dimension_and_sum() -> None:
    assert {field.attname for field in UsageDay._meta.concrete_fields} == {"id", *day_sql.COLUMNS}


@pytest.mark.parametrize("name", DIMENSION_NAMES)
def test_every_dimension_is_a_filter_and_has_stored_grains(name: str, tenant: Tenant, other_tenant: Tenant) -> None:
    new_call(tenant)
    new_call(other_tenant)
    with tenant_scope(tenant.id):
        (reading,) = read(["calls"], DAYS, by=[name])
        (filtered,) = read(["calls"], DAYS, by=["day", name], filters=Filters({name: reading.key[0]}))
        assert name in day_sql.stored_grain([name])
    assert reading.values == filtered.values == {"calls": 1}
    assert name in LEDGER.dimensions


def test_a_private_dimension_has_no_table_over_all_tenants_until_one_is_chosen(tenant: Tenant) -> None:
    new_call(tenant)
    with all_tenants():
        over_all = read_figures(DAYS, Filters())
        of_one = read_figures(DAYS, Filters({"tenant_id": tenant.id}))
        assert [table.dimension for table in tables_of(over_all)] == ["tenant_id", *SHARED_DIMENSIONS]
        assert [table.dimension for table in tables_of(of_one)] == [dimension.name for dimension in all_dimensions()]


def test_a_chart_by_ids_shows_names_and_filters_by_ids(tenant: Tenant, other_tenant: Tenant) -> None:
    name = "CRM of the North"
    key = new_named_key(tenant, name)
    new_call(tenant, api_key_id=key.id, cost_usd=Decimal(3))
    new_call(tenant, cost_usd=Decimal(2))
    new_call(other_tenant, api_key_id=key.id, cost_usd=Decimal(50))
    with tenant_scope(tenant.id):
        series = series_of(read_figures(DAYS, Filters(), stacked_by="api_key_id"), "cost_usd", stacked_by="api_key_id")
    assert series.stacks == [Stack(name, str(key.id), [3]), Stack("none", "", [2])]
