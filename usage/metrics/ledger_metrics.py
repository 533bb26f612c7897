"""The metrics of the ledger.

Sums and latency percentiles can be read over days and over a window. Distributions of single calls and requests, of the
successful ones, can be read over a window only: they cannot be made from sums over days.
"""

from collections.abc import Iterator

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy

from usage.metrics.registry import Metric, Unit, register_metric

SUMS = (
    Metric("requests", gettext_lazy("API requests"), Unit.COUNT, sql="sum(requests)::bigint"),
    Metric("failed_requests", gettext_lazy("Failed requests"), Unit.COUNT, sql="sum(failed_requests)::bigint"),
    Metric("records", gettext_lazy("Feedback records"), Unit.COUNT, sql="sum(records)::bigint"),
    Metric("calls", gettext_lazy("Model calls"), Unit.COUNT, sql="sum(calls)::bigint"),
    Metric("failed_calls", gettext_lazy("Failed model calls"), Unit.COUNT, sql="sum(failed_calls)::bigint"),
    Metric("successful_calls", gettext_lazy("Successful calls"), Unit.COUNT, sql="sum(successful_calls)::bigint"),
    Metric("unpriced_calls", gettext_lazy("Calls without a price"), Unit.COUNT, sql="sum(unpriced_calls)::bigint"),
    Metric("input_tokens", gettext_lazy("Tokens in"), Unit.TOKENS, sql="sum(input_tokens)::bigint"),
    Metric("cached_tokens", gettext_lazy("Tokens cached"), Unit.TOKENS, sql="sum(cached_tokens)::bigint"),
    Metric("output_tokens", gettext_lazy("Tokens out"), Unit.TOKENS, sql="sum(output_tokens)::bigint"),
    Metric("tokens", gettext_lazy("Tokens"), Unit.TOKENS, sql="sum(input_tokens + output_tokens)::bigint"),
    Metric("cost_usd", gettext_lazy("Cost (USD)"), Unit.USD, sql="sum(cost_usd)"),
    Metric("latency_sum_ms", gettext_lazy("Time in models"), Unit.MILLISECONDS, sql="sum(latency_ms)"),
)
PERCENTILES = (
    Metric("latency_p5", gettext_lazy("Latency p5"), Unit.MILLISECONDS, percentile=0.05),
    Metric("latency_p50", gettext_lazy("Latency p50"), Unit.MILLISECONDS, percentile=0.5),
    Metric("latency_p95", gettext_lazy("Latency p95"), Unit.MILLISECONDS, percentile=0.95),
    Metric("latency_p99", gettext_lazy("Latency p99"), Unit.MILLISECONDS, percentile=0.99),
)
RATIOS = (
    Metric(
        "latency_avg",
        gettext_lazy("Average latency"),
        Unit.MILLISECONDS,
        numerator="latency_sum_ms",
        denominator="successful_calls",
    ),
    Metric("error_rate", gettext_lazy("Errors"), Unit.SHARE, numerator="failed_calls", denominator="calls"),
    Metric(
        "tokens_per_request",
        gettext_lazy("Tokens per request"),
        Unit.TOKENS,
        numerator="tokens",
        denominator="requests",
    ),
)
WINDOW_ONLY = (
    Metric(
        "latency_min",
        gettext_lazy("Shortest latency"),
        Unit.MILLISECONDS,
        sql="min(latency_ms)",
        is_window_only=True,
    ),
    Metric(
        "latency_max",
        gettext_lazy("Longest latency"),
        Unit.MILLISECONDS,
        sql="max(latency_ms)",
        is_window_only=True,
    ),
    Metric(
        "billed_ms",
        gettext_lazy("Time in billed calls"),
        Unit.MILLISECONDS,
        sql="coalesce(sum(billed_ms), 0)",
        is_window_only=True,
    ),
)
DISTRIBUTIONS = {
    "request_ms": (gettext_lazy("Duration of a request"), Unit.MILLISECONDS),
    "request_input_tokens": (gettext_lazy("Tokens in per request"), Unit.TOKENS),
    "request_output_tokens": (gettext_lazy("Tokens out per request"), Unit.TOKENS),
    "call_input_tokens": (gettext_lazy("Tokens in per call"), Unit.TOKENS),
    "call_output_tokens": (gettext_lazy("Tokens out per call"), Unit.TOKENS),
}
STATISTICS: dict[str, tuple[str | Promise, str]] = {
    "avg": (gettext_lazy("average"), "avg({column})"),
    "min": (gettext_lazy("minimum"), "min({column})"),
    "max": (gettext_lazy("maximum"), "max({column})"),
    "p5": ("p5", "percentile_cont(0.05) within group (order by {column})"),
    "p95": ("p95", "percentile_cont(0.95) within group (order by {column})"),
}
LABELS = {"request_ms_min": gettext_lazy("Shortest request"), "request_ms_max": gettext_lazy("Longest request")}


def distribution_metrics() -> Iterator[Metric]:
    """Return a metric for every statistic of every distribution, such as request_ms_p95."""
    for column, (label, unit) in DISTRIBUTIONS.items():
        for statistic, (statistic_label, sql) in STATISTICS.items():
            name = f"{column}_{statistic}"
            usual_label = format_lazy("{label} ({statistic})", label=label, statistic=statistic_label)
            yield Metric(name, LABELS.get(name, usual_label), unit, sql=sql.format(column=column), is_window_only=True)


for _metric in (*SUMS, *PERCENTILES, *RATIOS, *WINDOW_ONLY, *distribution_metrics()):
    register_metric(_metric)
