"""How the models did, hour by hour, with what people noted."""

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
from tenants.pages.access import in_admin, usage_page
from tenants.scoping import current_scope
from usage.metrics.registry import Unit
from usage.metrics.source import Filters
from usage.models import HealthSnapshot
from usage.periods import Days
from usage.reports.model_health import HOUR
from usage.views.unpriced import unpriced_note

SPANS: dict[str, tuple[str | Promise, timedelta]] = {
    "1d": (gettext_lazy("24 hours"), timedelta(days=1)),
    "7d": (gettext_lazy("7 days"), timedelta(days=7)),
    "30d": (gettext_lazy("30 days"), timedelta(days=30)),
}
MEASURES: dict[str, tuple[str | Promise, Unit]] = {
    "latency_p95": (gettext_lazy("Latency p95"), Unit.MILLISECONDS),
    "latency_p50": (gettext_lazy("Latency p50"), Unit.MILLISECONDS),
    "latency_p99": (gettext_lazy("Latency p99"), Unit.MILLISECONDS),
    "error_rate": (gettext_lazy("Errors"), Unit.SHARE),
    "tokens_per_request": (gettext_lazy("Tokens per request"), Unit.TOKENS),
    "calls": (gettext_lazy("Model calls"), Unit.COUNT),
}
SHOWN_ROWS = 48


@usage_page
def health(request: HttpRequest) -> HttpResponse:
    """Show the kept hours of the tenant in scope; for all tenants, those of everybody together."""
    span = _choice(request.GET.get("span", ""), SPANS)
    measure = _choice(request.GET.get("measure", ""), MEASURES)
    model = request.GET.get("model", "")
    end = timezone.now().replace(minute=0, second=0, microsecond=0)
    start = end - SPANS[span][1]
    found = _snapshots(start, model)
    context = {
        "title": _("Model health"),
        "spans": [(name, label) for name, (label, _length) in SPANS.items()],
        "measures": [(name, label) for name, (label, _unit) in MEASURES.items()],
        "span": span,
        "measure": measure,
        "measure_label": MEASURES[measure][0],
        "model": model,
        "models": sorted({each.model for each in found}),
        "rows": found[:SHOWN_ROWS],
        "noted": [each for each in found[SHOWN_ROWS:] if each.notes],
        "chart": _chart_of(found, measure, start, end),
        "zone": timezone.get_current_timezone_name(),
        "may_note": request.user.has_perm("usage.change_healthsnapshot"),
        **unpriced_note(_days_of(start, end), Filters({"model": model} if model else {})),
    }
    return in_admin(request, "usage/health.html", context)


def _days_of(start: datetime, end: datetime) -> Days:
    """The whole days that the hours shown are on."""
    return Days(local_day(start), local_day(end) + timedelta(days=1))


def _choice(asked: str, offered: dict[str, Any]) -> str:
    return asked if asked in offered else next(iter(offered))


def _snapshots(start: datetime, model: str) -> Sequence[HealthSnapshot]:
    """The newest first."""
    tenant_id = current_scope().tenant_id or PLATFORM_TENANT_ID
    found = HealthSnapshot.objects.filter(tenant_id=tenant_id, bucket__gte=start)
    return list(found.filter(model=model) if model else found)


def _chart_of(found: Sequence[HealthSnapshot], measure: str, start: datetime, end: datetime) -> dict[str, Any]:
    """What the script draws: a line a model; hours without calls are gaps."""
    label, unit = MEASURES[measure]
    hours = [start + number * HOUR for number in range((end - start) // HOUR)]
    values = {(each.model, each.bucket): _written(getattr(each, measure), unit) for each in found}
    return {
        "label": str(label),
        "unit": unit.value,
        "dimension": "model",
        "days": [timezone.localtime(hour).strftime("%m-%d %H:%M") for hour in hours],
        "stacks": [
            {"name": model, "values": [values.get((model, hour)) for hour in hours]}
            for model in sorted({each.model for each in found})
        ],
    }


def _written(value: float | None, unit: Unit) -> float | None:
    if value is None:
        return None
    return round(value * 1000) if unit is Unit.MILLISECONDS else round(value, 3)
