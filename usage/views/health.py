"""The page of the models' health by hour, with people's notes."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenants.identifiers import PLATFORM_TENANT_ID
from tenants.local_days import local_day
from tenants.scoping import current_scope
from usage.metrics.registry import Unit
from usage.metrics.source import Filters
from usage.models import HealthSnapshot
from usage.periods import Days
from usage.reports.model_health import HOUR
from usage.views.access import in_usage, usage_page
from usage.views.unpriced import unpriced_note

SPANS: dict[str, tuple[str | Promise, timedelta]] = {
    "1d": (gettext_lazy("24 hours"), timedelta(days=1)),
    "7d": (gettext_lazy("7 days"), timedelta(days=7)),
    "30d": (gettext_lazy("30 days"), timedelta(days=30)),
}
CHARTED: dict[str, tuple[str | Promise, Unit]] = {
    "latency_p95": (gettext_lazy("Latency p95"), Unit.MILLISECONDS),
    "latency_p50": (gettext_lazy("Latency p50"), Unit.MILLISECONDS),
    "latency_p99": (gettext_lazy("Latency p99"), Unit.MILLISECONDS),
    "error_rate": (gettext_lazy("Errors"), Unit.SHARE),
    "tokens_per_request": (gettext_lazy("Tokens per request"), Unit.TOKENS),
    "calls": (gettext_lazy("Model calls"), Unit.COUNT),
}
MAX_ROWS = 48


@usage_page
def health(request: HttpRequest) -> HttpResponse:
    """Show the snapshots of the tenant in scope, or those over all tenants."""
    span = _choice(request.GET.get("span", ""), SPANS)
    measure = _choice(request.GET.get("measure", ""), CHARTED)
    model = request.GET.get("model", "")
    end = timezone.now().replace(minute=0, second=0, microsecond=0)
    start = end - SPANS[span][1]
    snapshots = _snapshots(start, model)
    context = {
        "title": _("Model health"),
        "spans": [(name, label) for name, (label, _length) in SPANS.items()],
        "measures": [(name, label) for name, (label, _unit) in CHARTED.items()],
        "span": span,
        "measure": measure,
        "measure_label": CHARTED[measure][0],
        "model": model,
        "models": sorted({snapshot.model for snapshot in snapshots}),
        "rows": snapshots[:MAX_ROWS],
        "rows_with_notes": [snapshot for snapshot in snapshots[MAX_ROWS:] if snapshot.notes],
        "chart": _chart_of(snapshots, measure, start, end),
        "zone": timezone.get_current_timezone_name(),
        "may_note": request.user.has_perm("usage.change_healthsnapshot"),
        **unpriced_note(_days_of(start, end), Filters({"model": model} if model else {})),
    }
    return in_usage(request, "usage/health.html", context)


def _days_of(start: datetime, end: datetime) -> Days:
    """Return the whole days that the hours shown are on."""
    return Days(local_day(start), local_day(end) + timedelta(days=1))


def _choice(name: str, offered: dict[str, Any]) -> str:
    return name if name in offered else next(iter(offered))


def _snapshots(start: datetime, model: str) -> Sequence[HealthSnapshot]:
    """Return the snapshots since a moment, newest first."""
    tenant_id = current_scope().tenant_id or PLATFORM_TENANT_ID
    snapshots = HealthSnapshot.objects.filter(tenant_id=tenant_id, bucket__gte=start)
    return list(snapshots.filter(model=model) if model else snapshots)


def _chart_of(snapshots: Sequence[HealthSnapshot], measure: str, start: datetime, end: datetime) -> dict[str, Any]:
    """Return the data of the chart: one line per model; hours without calls are gaps."""
    label, unit = CHARTED[measure]
    hours = [start + number * HOUR for number in range((end - start) // HOUR)]
    values = {(row.model, row.bucket): _rounded(getattr(row, measure), unit) for row in snapshots}
    return {
        "label": str(label),
        "unit": unit.value,
        "dimension": "model",
        "days": [timezone.localtime(hour).strftime("%m-%d %H:%M") for hour in hours],
        "stacks": [
            {"name": model, "values": [values.get((model, hour)) for hour in hours]}
            for model in sorted({row.model for row in snapshots})
        ],
    }


def _rounded(value: float | None, unit: Unit) -> float | None:
    if value is None:
        return None
    return round(value * 1000) if unit is Unit.MILLISECONDS else round(value, 3)
