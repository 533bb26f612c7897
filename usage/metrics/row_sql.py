"""What a row of the ledger counts as: the one definition that days, moments and health are added up by.

Counted twice: per model call (a row is one attempt), and per API request (the rows of one tenant, operation and call
id). How a row counts, by its status:

| status                  | calls | failed                          | cost and totals   | latency, tokens of a call |
|-------------------------|-------|---------------------------------|-------------------|---------------------------|
| ok                      | yes   | no                              | yes               | yes                       |
| error                   | yes   | yes                             | what was billed   | no                        |
| unknown (nobody closed) | yes   | yes                             | at upper estimate | no                        |
| pending (still running) | yes   | no                              | at upper estimate | no                        |

A request has failed when all its rows have; its duration and tokens are the sums over its successful rows. A row that
was refused and not billed adds nothing to any total, its duration included.
"""

HAS_FAILED = "status in ('error', 'unknown')"
IS_OK = "status = 'ok'"
UNKNOWN_OPERATION = "unknown"
KEYS = {
    "tenant_id": "tenant_id",
    "operation": f"coalesce(nullif(operation, ''), '{UNKNOWN_OPERATION}')",
    "model": "request_model",
    "api_key_id": "api_key_id",
    "user_id": "user_id",
    "framework_version_id": "framework_version_id",
}
# Columns that add up: of a row, and of a request, from its first row and whether all_failed.
OF_A_CALL = {
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
OF_A_REQUEST = {
    "requests": "1",
    "failed_requests": "all_failed::int",
    "records": "case when all_failed then 0 else records_count end",
}
ALL_FAILED = "bool_and(failed_calls = 1)"
# Columns of single calls and requests, for the exact spread between two moments: no sum over days gives it.
OF_A_SINGLE_CALL = {
    "billed_ms": "case when status = 'error' and input_tokens = 0 and output_tokens = 0 then 0"
    " else latency_seconds * 1000 end",
    "call_input_tokens": f"case when {IS_OK} then input_tokens end",
    "call_output_tokens": f"case when {IS_OK} then output_tokens end",
}
OF_A_SINGLE_REQUEST = {
    "request_ms": "sum(latency_ms)",
    "request_input_tokens": "sum(call_input_tokens)",
    "request_output_tokens": "sum(call_output_tokens)",
}


def selected(columns: dict[str, str]) -> str:
    """Write columns as a select list."""
    return ", ".join(sql if sql == name else f"{sql} as {name}" for name, sql in columns.items())
