"""The ledger: a row before every attempt at a model, closed whatever happens, swept when nobody closed it.

A row is opened together with what it may cost of the tenant's budgets, and closed with what is given back of it.
Every function here is one short statement or transaction: none, and no connection, is held while a model is called.
"""

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from tenants.identifiers import uuid7
from tenants.postgresql.prepared import execute_prepared
from tenants.scoping import current_tenant_id
from usage import budgets, telemetry
from usage.budgets import Reservation, Spending
from usage.errors import BudgetExceeded
from usage.models import CallStatus, LLMCall
from usage.notices import thresholds
from usage.prices import Price, TokenCounts, price_in_force

COST_STEP = Decimal("1e-10")  # as the column keeps it: budgets and ledger agree to the last digit
SWEEP_MARGIN = timedelta(seconds=60)
BILLED = ("input_tokens", "cached_tokens", "cache_write_tokens", "output_tokens", "reasoning_tokens", "cost_usd")
OPENED = (
    "id",
    "tenant_id",
    "created_at",
    "give_up_at",
    "call_id",
    "operation",
    "step",
    "attempt",
    "request_model",
    "prompt_name",
    "prompt_version",
    "redaction_version",
    "api_key_id",
    "user_id",
    "framework_version_id",
    "model_entry_id",
    "batch_id",
    "records_count",
    "price_id",
    "price_unknown",
    *BILLED,
)
CLOSED = ("status", "latency_seconds", "error_class", "response_model")
# Opening and closing a row is on every call's way: written out, so that PostgreSQL plans them once a connection.
OPEN_SQL = """
insert into llm_calls ({columns}, status, latency_seconds, response_model, error_class, experiment_arm)
values ({values}, 'pending', 0, '', '', '')
""".format(columns=", ".join(OPENED), values=", ".join("%s" for _ in OPENED))
# A closed row need not be on the disk at once: lost with its server, it is pending at the most the call can cost, and
# swept. An open one must be, before the call is made.
CLOSE_SQL = """
with without_waiting_for_the_disk as (select set_config('synchronous_commit', 'off', true))
update llm_calls set {changes} from without_waiting_for_the_disk where id = %s and tenant_id = %s
"""


@dataclass(frozen=True)
class Attempt:
    """What is known of an attempt before it is made. upper_estimate: the most tokens it can be billed for."""

    call_id: uuid.UUID
    operation: str
    step: str
    attempt: int
    request_model: str
    upper_estimate: TokenCounts
    deadline_at: datetime
    prompt_name: str = ""
    prompt_version: str = ""
    redaction_version: str = ""
    api_key_id: uuid.UUID | None = None
    user_id: uuid.UUID | None = None
    framework_version_id: uuid.UUID | None = None
    model_entry_id: uuid.UUID | None = None
    batch_id: uuid.UUID | None = None
    records_count: int = 0


@dataclass(frozen=True)
class OpenRow:
    """A pending row, the attempt it is about, the price it will be closed at, and what it took from budgets."""

    id: uuid.UUID
    tenant_id: uuid.UUID
    price: Price | None
    attempt: Attempt
    reservation: Reservation = field(default_factory=Reservation)


def open_row(attempt: Attempt) -> OpenRow:
    """Write the pending row of an attempt, at its upper estimate, in the tenant in scope.

    Raises BudgetExceeded and ModelHasNoPrice, and writes nothing then.
    """
    now = timezone.now()
    price = price_in_force(model=attempt.request_model, at=now)
    row = _pending_row(attempt, price, now)
    most_usd = row["cost_usd"] if price else None
    spending = Spending(attempt.operation, attempt.request_model, attempt.api_key_id, most_usd)
    limits = budgets.limits_on(spending, now)
    if not limits:
        _insert(row)
        return OpenRow(row["id"], row["tenant_id"], price, attempt)
    try:
        with transaction.atomic():
            _insert(row)  # first: the lock on the budget is the shorter
            reservation = budgets.reserve(spending, limits)
    except BudgetExceeded as refused:
        thresholds.note_refusal(refused)
        raise
    return OpenRow(row["id"], row["tenant_id"], price, attempt, reservation)


def _pending_row(attempt: Attempt, price: Price | None, now: datetime) -> dict[str, Any]:
    return {
        "id": uuid7(),
        "tenant_id": current_tenant_id(),
        "created_at": now,
        "give_up_at": attempt.deadline_at + SWEEP_MARGIN,
        "call_id": attempt.call_id,
        "operation": attempt.operation,
        "step": attempt.step,
        "attempt": attempt.attempt,
        "request_model": attempt.request_model,
        "prompt_name": attempt.prompt_name,
        "prompt_version": attempt.prompt_version,
        "redaction_version": attempt.redaction_version,
        "api_key_id": attempt.api_key_id,
        "user_id": attempt.user_id,
        "framework_version_id": attempt.framework_version_id,
        "model_entry_id": attempt.model_entry_id,
        "batch_id": attempt.batch_id,
        "records_count": attempt.records_count,
        "price_id": price.id if price else None,
        "price_unknown": price is None,
        **_billed(attempt.upper_estimate, price),
    }


def _insert(row: dict[str, Any]) -> None:
    execute_prepared(OPEN_SQL, [row[column] for column in OPENED])


def close_row(
    row: OpenRow,
    *,
    status: CallStatus,
    latency_seconds: float,
    tokens: TokenCounts | None,
    error_class: str = "",
    response_model: str = "",
) -> None:
    """Close a row. tokens: what the provider billed; None keeps the upper estimate, for an outcome nobody knows."""
    closed: dict[str, Any] = {
        "status": status,
        "latency_seconds": latency_seconds,
        "error_class": error_class,
        "response_model": response_model[:255].replace("\x00", ""),
        **(_billed(tokens, row.price) if tokens is not None else {}),
    }
    if tokens is None or not row.reservation.period_ids:
        _update(row, closed)
    else:
        with transaction.atomic():
            _update(row, closed)
            budgets.settle(row.reservation, cost_usd=closed["cost_usd"])
    _trace(row.attempt, closed, tokens)


def _trace(attempt: Attempt, closed: dict[str, Any], tokens: TokenCounts | None) -> None:
    telemetry.record_call(
        call_id=attempt.call_id,
        operation=attempt.operation,
        step=attempt.step,
        attempt=attempt.attempt,
        request_model=attempt.request_model,
        response_model=closed["response_model"],
        latency_seconds=closed["latency_seconds"],
        tokens=tokens,
        error_class=closed["error_class"],
    )


def _update(row: OpenRow, closed: dict[str, Any]) -> None:
    changes = ", ".join(f"{column} = %s" for column in closed)
    execute_prepared(CLOSE_SQL.format(changes=changes), [*closed.values(), row.id, row.tenant_id])


def sweep(*, now: datetime | None = None) -> int:
    """Turn the pending rows whose deadline is long past into `unknown`, in the scope in force; return how many."""
    lost = LLMCall.objects.filter(status=CallStatus.PENDING, give_up_at__lt=now or timezone.now())
    return int(lost.update(status=CallStatus.UNKNOWN, error_class="lost"))


def _billed(tokens: TokenCounts, price: Price | None) -> dict[str, int | Decimal]:
    return {
        "input_tokens": tokens.input_tokens,
        "cached_tokens": tokens.cached_tokens,
        "cache_write_tokens": tokens.cache_write_tokens,
        "output_tokens": tokens.output_tokens,
        "reasoning_tokens": tokens.reasoning_tokens,
        "cost_usd": price.cost_of(tokens).quantize(COST_STEP) if price else Decimal(0),
    }
