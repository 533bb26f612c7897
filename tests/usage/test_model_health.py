"""Snapshots of the models' health, and what Prometheus reads."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
from django.utils import timezone

from tenants.identifiers import PLATFORM_TENANT_ID
from tenants.models import Role, Tenant
from tenants.scoping import all_tenants, tenant_scope
from tests.support.factories import new_call
from tests.support.people import new_person, new_platform_admin, pages_for
from tests.support.web_server import WebServer
from usage.models import CallStatus, HealthSnapshot
from usage.reports.model_health import snapshots, take_snapshots


def test_a_snapshot_is_of_one_model_in_one_hour(tenant: Tenant, other_tenant: Tenant) -> None:
    start = datetime(2026, 5, 1, 8, tzinfo=UTC)
    for minute, latency in ((1, 1.0), (2, 3.0), (61, 9.0)):
        new_call(tenant, created_at=start + timedelta(minutes=minute), latency_seconds=latency)
    new_call(tenant, created_at=start, status=CallStatus.ERROR, input_tokens=0, output_tokens=0)
    new_call(other_tenant, created_at=start)
    with tenant_scope(tenant.id):
        found = snapshots(start=start, end=start + timedelta(hours=2))
    assert [(each.bucket, each.calls) for each in found] == [(start, 3), (start + timedelta(hours=1), 1)]
    assert (found[0].latency_p50, found[0].error_rate) == (2.0, 1 / 3)
    assert found[1].tokens_per_request == 110


def test_prometheus_reads_models_and_no_tenant(
    server: WebServer, superuser_key: str, key: str, client_for: Callable[..., httpx.Client], tenant: Tenant
) -> None:
    model = f'openai/"{uuid.uuid4().hex}"'
    new_call(tenant, request_model=model)
    response = client_for(server, superuser_key).get("/metrics")
    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    label = model.replace('"', '\\"')
    assert f'gen_ai_client_token_usage{{gen_ai_request_model="{label}",gen_ai_token_type="input"}} 100' in response.text
    assert str(tenant.id) not in response.text
    assert client_for(server, key).get("/metrics").status_code == 403
    assert client_for(server).get("/metrics").status_code == 401


def test_hours_are_stored_by_tenant_and_over_all_and_notes_stay(tenant: Tenant, other_tenant: Tenant) -> None:
    now, model = timezone.now(), f"openai/{uuid.uuid4().hex}"
    an_hour_ago = now.replace(minute=30, second=0) - timedelta(hours=1)
    for each, latency in ((tenant, 1.0), (tenant, 3.0), (other_tenant, 8.0)):
        new_call(each, created_at=an_hour_ago, request_model=model, latency_seconds=latency)
    new_call(tenant, created_at=now, request_model=model)  # its hour is not over
    with all_tenants():
        take_snapshots(now)
        HealthSnapshot.objects.filter(model=model, tenant=tenant).update(notes="The provider had an outage.")
    new_call(tenant, created_at=an_hour_ago, request_model=model, status=CallStatus.ERROR)  # closed late
    with all_tenants():
        take_snapshots(now)
        stored = {each.tenant_id: each for each in HealthSnapshot.objects.filter(model=model)}
    assert set(stored) == {tenant.id, other_tenant.id, PLATFORM_TENANT_ID}
    assert (stored[tenant.id].calls, stored[tenant.id].error_rate) == (3, 1 / 3)
    assert stored[tenant.id].latency_p50 == 2.0
    assert stored[tenant.id].notes == "The provider had an outage."
    assert (stored[PLATFORM_TENANT_ID].calls, stored[PLATFORM_TENANT_ID].latency_p50) == (4, 3.0)


def test_the_page_shows_the_hours_of_ones_own_tenant(tenant: Tenant, other_tenant: Tenant) -> None:
    model = f"openai/{uuid.uuid4().hex}"
    for each, notes in ((tenant, "Slow since the storm."), (other_tenant, "Not for you.")):
        with tenant_scope(each.id):
            HealthSnapshot.objects.create(
                bucket=timezone.now().replace(minute=0, second=0, microsecond=0) - timedelta(hours=2),
                model=model,
                calls=7,
                latency_p95=1.25,
                error_rate=0.5,
                tokens_per_request=110,
                notes=notes,
            )
    manager = pages_for(new_person((tenant, Role.TENANT_MANAGER)))
    page = manager.get("/usage/health/").content.decode()
    assert "1.25 s" in page
    assert "Slow since the storm." in page
    assert "Not for you." not in page
    assert '"values": [' in page
    assert "1250" in page
    assert model in manager.get("/usage/health/", {"span": "30d", "measure": "error_rate"}).content.decode()
    assert model not in manager.get("/usage/health/", {"model": "openai/other", "span": "x"}).content.decode()
    assert pages_for(new_person((tenant, Role.VIEWER))).get("/usage/health/").status_code == 403


def test_the_platform_team_notes_what_it_knows(tenant: Tenant) -> None:
    with tenant_scope(tenant.id):
        row = HealthSnapshot.objects.create(
            bucket=timezone.now(), model="m", calls=7, error_rate=0.5, tokens_per_request=1
        )
    address = f"/admin/usage/healthsnapshot/{row.id}/change/"
    assert pages_for(new_person((tenant, Role.TENANT_MANAGER))).post(address, {"notes": "x"}).status_code == 403
    pages_for(new_platform_admin()).post(address, {"notes": "A new deployment.", "error_rate": "0"})
    with tenant_scope(tenant.id):
        row.refresh_from_db()
    assert (row.notes, row.error_rate) == ("A new deployment.", 0.5)
