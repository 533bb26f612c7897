"""What is measured of the ledger.

Over days or between moments: what adds up, and latency percentiles. Between moments only: the spread of single calls
and requests, successful ones, which no sum over days gives.
"""

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy

from usage.metrics.registry import Metric, Unit, register_metric

SPREADS = {
    "request_ms": (gettext_lazy("Duration of a request"), Unit.MILLISECONDS),
    "request_input_tokens": (gettext_lazy("Tokens in of a request"), Unit.TOKENS),
    "request_output_tokens": (gettext_lazy("Tokens out of a request"), Unit.TOKENS),
    "call_input_tokens": (gettext_lazy("Tokens in of a call"), Unit.TOKENS),
    "call_output_tokens": (gettext_lazy("Tokens out of a call"), Unit.TOKENS),
}
STATISTICS = {
    "avg": (gettext_lazy("average"), "avg({column})"),
    "min": (gettext_lazy("least"), "min({column})"),
    "max": (gettext_lazy("most"), "max({column})"),
    "p5": ("p5", "percentile_cont(0.05) within group (order by {column})"),
    "p95": ("p95", "percentile_cont(0.95) within group (order by {column})"),
}

for _metric in (
    Metric("requests", gettext_lazy("API requests"), Unit.COUNT, sql="sum(requests)::bigint"),
    Metric("failed_requests", gettext_lazy("Failed requests"), Unit.COUNT, sql="sum(failed_requests)::bigint"),
    Metric("records", gettext_lazy("Feedback records"), Unit.COUNT, sql="sum(records)::bigint"),
    Metric(
        "coded_records",
        gettext_lazy("Auto-coded records"),
        Unit.COUNT,
        sql="sum(records) filter (where operation = 'assign_codes')::bigint",
        looks_at=("operation",),
    ),
    Metric("calls", gettext_lazy("Model calls"), Unit.COUNT, sql="sum(calls)::bigint"),
    Metric("failed_calls", gettext_lazy("Failed model calls"), Unit.COUNT, sql="sum(failed_calls)::bigint"),
    Metric("successful_calls", gettext_lazy("Successful calls"), Unit.COUNT, sql="sum(successful_calls)::bigint"),
    Metric("unpriced_calls", gettext_lazy("Calls without a price"), Unit.COUNT, sql="sum(unpriced_calls)::bigint"),
    Metric("input_tokens", gettext_lazy("Tokens in"), Unit.TOKENS, sql="sum(input_tokens)::bigint"),
    Metric("cached_tokens", gettext_lazy("Tokens cached"), Unit.TOKENS, sql="sum(cached_tokens)::bigint"),
    Metric("output_tokens", gettext_lazy("Tokens out"), Unit.TOKENS, sql="sum(output_tokens)::bigint"),
    Metric("tokens", gettext_lazy("Tokens"), Unit.TOKENS, sql="sum(input_tokens + output_tokens)::bigint"),
    Metric("cost_usd", gettext_lazy("Cost (USD)"), Unit.USD, sql="sum(cost_usd)"),
    Metric(
        "coding_cost_usd",
        gettext_lazy("Cost of auto-coding (USD)"),
        Unit.USD,
        sql="sum(cost_usd) filter (where operation = 'assign_codes')",
        looks_at=("operation",),
    ),
    Metric("latency_sum_ms", gettext_lazy("Time in models"), Unit.MILLISECONDS, sql="sum(latency_ms)"),
    Metric(
        "latency_avg",
        gettext_lazy("Average latency"),
        Unit.MILLISECONDS,
        numerator="latency_sum_ms",
        denominator="successful_calls",
    ),
    Metric("latency_p5", gettext_lazy("Latency p5"), Unit.MILLISECONDS, percentile=0.05),
    Metric("latency_p50", gettext_lazy("Latency p50"), Unit.MILLISECONDS, percentile=0.5),
    Metric("latency_p95", gettext_lazy("Latency p95"), Unit.MILLISECONDS, percentile=0.95),
    Metric("latency_p99", gettext_lazy("Latency p99"), Unit.MILLISECONDS, percentile=0.99),
    Metric("error_rate", gettext_lazy("Errors"), Unit.SHARE, numerator="failed_calls", denominator="calls"),
    Metric(
        "cost_per_coded_record",
        gettext_lazy("Cost per auto-coded record"),
        Unit.USD,
        numerator="coding_cost_usd",
        denominator="coded_records",
    ),
    Metric(
        "tokens_per_request",
        gettext_lazy("Tokens per request"),
        Unit.TOKENS,
        numerator="tokens",
        denominator="requests",
    ),
):
    register_metric(_metric)

for _name, _label in (("min", gettext_lazy("Shortest latency")), ("max", gettext_lazy("Longest latency"))):
    register_metric(
        Metric(f"latency_{_name}", _label, Unit.MILLISECONDS, sql=f"{_name}(latency_ms)", is_of_single=True)
    )
register_metric(
    Metric(
        "billed_ms",
        gettext_lazy("Time in billed calls"),
        Unit.MILLISECONDS,
        sql="coalesce(sum(billed_ms), 0)",
        is_of_single=True,
    )
)
for _column, (_spread, _unit) in SPREADS.items():
    for _name, (_statistic, _sql) in STATISTICS.items():
        register_metric(
            Metric(
                f"{_column}_{_name}",
                format_lazy("{spread}, {statistic}", spread=_spread, statistic=_statistic),
                _unit,
                sql=_sql.format(column=_column),
                is_of_single=True,
            )
        )
