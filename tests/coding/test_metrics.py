"""Coding's own measures read through the metrics of usage, with its tables' dimensions and nobody else's rows."""

import uuid
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from coding.frameworks.services import change_framework, publish_version, start_draft
from coding.models import AssignmentSource, CodeAssignment, FrameworkVersion
from tenants.local_days import start_of_day
from tenants.models import Tenant
from tenants.scoping import all_tenants, tenant_scope
from tests.support.factories import new_call, new_framework
from usage.metrics.registry import read, total
from usage.metrics.rollups import roll_up
from usage.metrics.source import Filters
from usage.periods import Days, Window
from usage.reports.names import names_of
from usage.reports.page import chart_dimensions, read_figures, series_of, table_of

DAY = date(2026, 3, 2)
DAYS = Days(DAY, DAY + timedelta(days=2))
NAMES = ("records_with_auto_codes", "coding_cost_usd", "cost_per_record_with_auto_codes")


def code(
    tenant: Tenant, record: str, *, at: datetime, source: str = AssignmentSource.AUTO, version: object = None
) -> None:
    with tenant_scope(tenant.id):
        CodeAssignment.objects.create(
            record_reference=record, source=source, created_at=at, assigned_by="test", framework_version=version
        )


@pytest.fixture
def coded(tenant: Tenant, other_tenant: Tenant) -> uuid.UUID:
    """Two records with auto-codes on the first day, one of them with two; one of another tenant."""
    version = new_framework(tenant)
    noon = start_of_day(DAY) + timedelta(hours=12)
    for record in ("r1", "r1", "r2"):
        code(tenant, record, at=noon, version=version)
    code(tenant, "r3", at=noon, source=AssignmentSource.MANUAL)
    code(tenant, "r4", at=start_of_day(DAYS.end))
    code(other_tenant, "r5", at=noon)
    new_call(
        tenant, operation="assign_codes", cost_usd=Decimal("0.5"), created_at=noon, framework_version_id=version.id
    )
    new_call(tenant, operation="summarize", cost_usd=Decimal(9), created_at=noon)
    return version.id


def test_the_cost_of_a_coded_record_joins_the_ledger_and_the_codes(tenant: Tenant, coded: uuid.UUID) -> None:
    with tenant_scope(tenant.id):
        assert dict(total(NAMES, DAYS)) == dict(zip(NAMES, (2, Decimal("0.5"), Decimal("0.25")), strict=True))
        by_day = {found.key[0]: found.values[NAMES[0]] for found in read(NAMES, DAYS, by=["day"])}
        assert by_day == {DAY: 2}
        by_version = {found.key[0]: found.values for found in read(NAMES, DAYS, by=["framework_version_id"])}
        assert by_version[coded][NAMES[2]] == Decimal("0.25")
        assert by_version[None][NAMES[2]] is None  # summaries have a cost, and no coded record


def test_another_tenants_codes_are_in_no_measure(other_tenant: Tenant, tenant: Tenant, coded: uuid.UUID) -> None:
    with tenant_scope(other_tenant.id):
        assert total(NAMES, DAYS)["records_with_auto_codes"] == 1
        assert total(NAMES, DAYS, filters=Filters({"tenant_id": tenant.id}))["records_with_auto_codes"] == 0
    with all_tenants():
        by_tenant = {found.key[0]: found.values[NAMES[0]] for found in read(NAMES[:1], DAYS, by=["tenant_id"])}
    assert (by_tenant[tenant.id], by_tenant[other_tenant.id]) == (2, 1)


def test_what_a_source_cannot_tell_apart_is_unknown_and_not_nothing(tenant: Tenant, coded: uuid.UUID) -> None:
    with tenant_scope(tenant.id):
        for found in read(NAMES, DAYS, by=["operation"]):
            assert found.values["records_with_auto_codes"] is None
            assert found.values["cost_per_record_with_auto_codes"] is None
        with pytest.raises(ValueError, match="no such dimensions"):
            read(NAMES[:1], DAYS, by=["operation"])


def test_reports_call_a_framework_version_by_its_name_in_its_own_tenant(
    tenant: Tenant, other_tenant: Tenant, coded: uuid.UUID
) -> None:
    with tenant_scope(tenant.id):
        version = FrameworkVersion.objects.select_related("framework").get(id=coded)
        assert names_of("framework_version_id", [coded, None]) == {coded: str(version)}
        assert version.framework.name in str(version)
    with tenant_scope(other_tenant.id):
        assert names_of("framework_version_id", [coded]) == {}


@pytest.fixture
def two_versions(tenant: Tenant, other_tenant: Tenant) -> uuid.UUID:
    """A framework that got a second version and another name, with calls on two days; one of another tenant."""
    first = new_framework(tenant)
    with tenant_scope(tenant.id):
        draft = start_draft(framework=first.framework, actor_id="test")
        second = publish_version(version=draft, actor_id="test")
        change_framework(framework=first.framework, actor_id="test", name="Renamed")
    noon = start_of_day(DAY) + timedelta(hours=12)
    for version, cost, at, seconds in (
        (first, 1, noon, 1),
        (first, 2, noon, 3),
        (second, 4, noon, 9),
        (second, 8, noon + timedelta(days=1), 9),
    ):
        new_call(
            tenant,
            operation="assign_codes",
            cost_usd=Decimal(cost),
            created_at=at,
            latency_seconds=seconds,
            framework_version_id=version.id,
        )
        code(tenant, f"r{cost}", at=at, version=version)
    new_call(tenant, cost_usd=Decimal(16), created_at=noon)
    theirs = new_framework(other_tenant)
    new_call(other_tenant, cost_usd=Decimal(32), created_at=noon, framework_version_id=theirs.id)
    return first.framework.id


@pytest.mark.parametrize("is_rolled_up", [False, True])
def test_a_new_version_and_another_name_go_on_with_the_series_of_their_framework(
    tenant: Tenant, two_versions: uuid.UUID, is_rolled_up: bool
) -> None:
    if is_rolled_up:
        with all_tenants():
            roll_up()
    with tenant_scope(tenant.id):
        assert names_of("framework_id", [two_versions]) == {two_versions: "Renamed"}
        for window in (DAYS, Window(start_of_day(DAYS.first), start_of_day(DAYS.end))):
            costs = {
                found.key[0]: found.values["cost_usd"] for found in read(["cost_usd"], window, by=["framework_id"])
            }
            assert costs == {two_versions: 15, None: 16}
            finer = read(
                ["calls"], window, by=["framework_version_id"], filters=Filters({"framework_id": two_versions})
            )
            assert [found.values["calls"] for found in finer] == [2, 2]
        by_day = read(["cost_usd", "latency_p50"], DAYS, by=["day", "framework_id"])
        costs_by_day = {found.key: found.values["cost_usd"] for found in by_day if found.key[1]}
        assert costs_by_day == {(DAY, two_versions): 7, (DAY + timedelta(days=1), two_versions): 8}
        # Latencies of versions are put together, not averaged: by operation, the same calls have the same percentiles.
        of_coding = read(["latency_p50"], DAYS, by=["day"], filters=Filters({"operation": "assign_codes"}))
        medians = {found.key[0]: found.values["latency_p50"] for found in by_day if found.key[1]}
        assert medians == {found.key[0]: found.values["latency_p50"] for found in of_coding}
        (coded,) = [found for found in read(NAMES, DAYS, by=["framework_id"]) if found.key[0]]
        assert coded.values[NAMES[0]] == 4


def test_the_report_has_the_framework_as_a_table_and_as_a_chart_of_one_tenant(
    tenant: Tenant, two_versions: uuid.UUID
) -> None:
    with tenant_scope(tenant.id):
        figures = read_figures(DAYS, Filters(), stacked_by="framework_id")
        (line,) = [line for line in table_of(figures, "framework_id").lines if line.filter_value]
        assert (line.name, line.values["cost_usd"]) == ("Renamed", 15)
        stacks = {
            stack.name: stack.values for stack in series_of(figures, "cost_usd", stacked_by="framework_id").stacks
        }
        assert stacks["Renamed"] == [7, 8]
        assert "framework_id" in chart_dimensions(Filters())
    with all_tenants():
        assert "framework_id" not in chart_dimensions(Filters())
        assert "framework_id" in chart_dimensions(Filters({"tenant_id": tenant.id}))
