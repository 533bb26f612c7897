"""Snapshots of the models' health, and what Prometheus reads."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx

from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tests.factories import new_call
from tests.web_server import WebServer
from usage.health import snapshots
from usage.models import CallStatus


def test_a_snapshot_is_of_one_model_in_one_bucket(tenant: Tenant, other_tenant: Tenant) -> None:
    start = datetime(2026, 5, 1, 8, tzinfo=UTC)
    for minute, latency in ((1, 1.0), (2, 3.0), (11, 9.0)):
        new_call(tenant, created_at=start + timedelta(minutes=minute), latency_seconds=latency)
    new_call(tenant, created_at=start, status=CallStatus.ERROR, input_tokens=0, output_tokens=0)
    new_call(other_tenant, created_at=start)
    with tenant_scope(tenant.id):
        found = snapshots(start=start, end=start + timedelta(hours=1), width=timedelta(minutes=10))
    assert [(each.bucket, each.calls) for each in found] == [(start, 3), (start + timedelta(minutes=10), 1)]
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
