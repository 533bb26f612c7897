"""SQL that says what a row of the ledger counts as. Figures by day, by window and of health are all made from it.

Rows are counted twice: per model call (a row is one attempt) and per API request (the rows of one tenant, operation and
call id). How a row counts, by its status:

| status                  | calls | failed                          | cost and totals   | latency, tokens of a call |
|-------------------------|-------|---------------------------------|-------------------|---------------------------|
| ok                      | yes   | no                              | yes               | yes                       |
| error                   | yes   | yes                             | what was billed   | no                        |
| unknown (never closed)  | yes   | yes                             | at upper estimate | no                        |
| pending (still running) | yes   | no                              | at upper estimate | no                        |

A request has failed when all its rows have; its duration and tokens are the sums over its successful rows. A row that
was refused and not billed adds nothing to any total, its duration included.
"""

from collections.abc import Mapping

from usage.metrics.dimensions import DIMENSIONS

HAS_FAILED = "status in ('error', 'unknown')"
IS_OK = "status = 'ok'"
DIMENSION_SQL = {dimension.name: dimension.sql for dimension in DIMENSIONS}
# Columns that add up: those of a row, and those of a request, over its first row and all_failed.
CALL_SUMS = {
    "calls": "1",
    "failed_calls": f"({HAS_FAILED})::int",
    "successful_calls": f"({IS_OK})::int",
    "unpriced_calls": "price_unknown::int",
    "input_tokens": "input_tokens",
    "cached_tokens": "cached_tokens",
    "output_tokens": "output_tokens",
    "cost_usd": "cost_usd",
    "latency_ms": f"case when {IS_OK} then latency_seconds * 1000 end",
}
REQUEST_SUMS = {
    "requests": "1",
    "failed_requests": "all_failed::int",
    "records": "case when all_failed then 0 else records_count end",
}
ALL_FAILED = "bool_and(failed_calls = 1)"
# Columns for exact distributions, which cannot be made from sums over days: read over a window only.
CALL_VALUES = {
    "billed_ms": "case when status = 'error' and input_tokens = 0 and output_tokens = 0 then 0"
    " else latency_seconds * 1000 end",
    "call_input_tokens": f"case when {IS_OK} then input_tokens end",
    "call_output_tokens": f"case when {IS_OK} then output_tokens end",
}
REQUEST_VALUES = {
    "request_ms": "sum(latency_ms)",
    "request_input_tokens": "sum(call_input_tokens)",
    "request_output_tokens": "sum(call_output_tokens)",
}


def select_list(columns: Mapping[str, str]) -> str:
    """Write columns, by name, as a select list."""
    return ", ".join(sql if sql == name else f"{sql} as {name}" for name, sql in columns.items())
