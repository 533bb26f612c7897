"""Health of the models: snapshots of latency, errors and tokens by the hour, and gauges for Prometheus.

Names follow OpenTelemetry's semantic conventions for generative AI; no label holds content. Prometheus reads the last
minutes over all tenants: no label holds a tenant, key or person.
"""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from tenants.identifiers import PLATFORM_TENANT_ID
from tenants.scoping import current_scope, tenant_scope
from usage.metrics.registry import Reading, read
from usage.metrics.row_sql import HAS_FAILED, IS_OK
from usage.models import HealthSnapshot, LLMCall
from usage.periods import Window

HOUR = timedelta(hours=1)
REPEATED = 6 * HOUR  # for calls that were closed late, and hours without a job worker
RETENTION = timedelta(days=400)
SCRAPE_WINDOW = timedelta(minutes=5)
GAUGES = (
    ("qfa_model_calls_5m", "Model calls of the last five minutes", "calls"),
    ("qfa_model_errors_5m", "Model calls that failed", "failed_calls"),
    ("qfa_model_cost_usd_5m", "What they cost, in US dollars", "cost_usd"),
)
TOKENS = (("input", "input_tokens"), ("output", "output_tokens"))
QUANTILES = (("0.5", "latency_p50"), ("0.95", "latency_p95"), ("0.99", "latency_p99"))
SNAPSHOT_SQL = """
select date_bin(%s, created_at, '2000-01-01') as bucket, request_model,
    count(*), count(*) filter (where {has_failed}), count(distinct call_id),
    coalesce(sum(input_tokens + output_tokens), 0)::bigint,
    percentile_cont(array[0.5, 0.95, 0.99]) within group (order by latency_seconds) filter (where {is_ok})
from llm_calls
where created_at >= %s and created_at < %s and {condition}
group by bucket, request_model order by bucket, request_model
"""


@dataclass(frozen=True)
class Snapshot:
    """One model in one hour. Latencies in seconds, of successful calls; None without any."""

    bucket: datetime
    model: str
    calls: int
    failed_calls: int
    requests: int
    tokens: int
    latency_p50: float | None
    latency_p95: float | None
    latency_p99: float | None

    @property
    def error_rate(self) -> float:
        return self.failed_calls / self.calls if self.calls else 0.0

    @property
    def tokens_per_request(self) -> float:
        return self.tokens / self.requests if self.requests else 0.0


def snapshots(*, start: datetime, end: datetime) -> Sequence[Snapshot]:
    """Return the snapshots of all models and hours for the scope in force, with exact percentiles."""
    tenant_id = current_scope().tenant_id
    condition = "true" if tenant_id is None else "tenant_id = %s"
    parameters: list[Any] = [HOUR, start, end] + ([] if tenant_id is None else [tenant_id])
    with connection.cursor() as cursor:
        statement = SNAPSHOT_SQL.format(condition=condition, has_failed=HAS_FAILED, is_ok=IS_OK)
        cursor.execute(statement, parameters)
        return [_snapshot(row) for row in cursor.fetchall()]


def _snapshot(row: Sequence[Any]) -> Snapshot:
    bucket, model, calls, failed_calls, requests, tokens, percentiles = row
    p50, p95, p99 = percentiles or (None, None, None)
    return Snapshot(
        bucket=bucket,
        model=model,
        calls=calls,
        failed_calls=failed_calls,
        requests=requests,
        tokens=tokens,
        latency_p50=p50,
        latency_p95=p95,
        latency_p99=p99,
    )


def take_snapshots(now: datetime | None = None) -> None:
    """Store the last complete hours, by tenant and over all tenants. Notes are left alone.

    Must run in the scope of all tenants.
    """
    end = (now or timezone.now()).replace(minute=0, second=0, microsecond=0)
    start = end - REPEATED
    _store(PLATFORM_TENANT_ID, snapshots(start=start, end=end))
    calling = LLMCall.objects.filter(created_at__gte=start, created_at__lt=end).exclude(tenant_id=PLATFORM_TENANT_ID)
    for tenant_id in calling.order_by().values_list("tenant_id", flat=True).distinct():
        with tenant_scope(tenant_id):
            _store(tenant_id, snapshots(start=start, end=end))
    HealthSnapshot.objects.filter(bucket__lt=end - RETENTION).delete()


def _store(tenant_id: uuid.UUID, snapshots: Sequence[Snapshot]) -> None:
    figures = ("latency_p50", "latency_p95", "latency_p99", "error_rate", "tokens_per_request", "calls")
    rows = [
        HealthSnapshot(
            tenant_id=tenant_id,
            bucket=snapshot.bucket,
            model=snapshot.model,
            **{name: getattr(snapshot, name) for name in figures},
        )
        for snapshot in snapshots
    ]
    HealthSnapshot.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["tenant", "bucket", "model"], update_fields=figures
    )


def prometheus_text(now: datetime | None = None) -> str:
    """Return the last five minutes in Prometheus' text format, for the scope in force."""
    end = now or timezone.now()
    names = [name for *_, name in (*GAUGES, *TOKENS, *QUANTILES)]
    readings = sorted(
        read(names, Window(end - SCRAPE_WINDOW, end), by=["model"]), key=lambda reading: str(reading.key[0])
    )
    return "\n".join([*_lines(readings), ""])


def _lines(readings: Sequence[Reading]) -> Iterator[str]:
    for gauge, text, name in GAUGES:
        yield f"# HELP {gauge} {text}"
        yield f"# TYPE {gauge} gauge"
        for reading in readings:
            yield f"{gauge}{{{_model(reading)}}} {reading.values[name]}"
    yield "# HELP gen_ai_client_token_usage Tokens of the last five minutes"
    yield "# TYPE gen_ai_client_token_usage gauge"
    for reading in readings:
        for kind, name in TOKENS:
            yield f'gen_ai_client_token_usage{{{_model(reading)},gen_ai_token_type="{kind}"}} {reading.values[name]}'
    yield "# HELP gen_ai_client_operation_duration_seconds Latency of successful calls of the last five minutes"
    yield "# TYPE gen_ai_client_operation_duration_seconds summary"
    for reading in readings:
        for quantile, name in QUANTILES:
            milliseconds = reading.values[name]
            if milliseconds is not None:
                seconds = float(milliseconds) / 1000
                yield f'gen_ai_client_operation_duration_seconds{{{_model(reading)},quantile="{quantile}"}} {seconds}'


def _model(reading: Reading) -> str:
    escaped = str(reading.key[0]).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'gen_ai_request_model="{escaped}"'
