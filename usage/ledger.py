"""The ledger: a row before every attempt at a model, closed whatever happens, swept when nobody closed it.

Every function here is one short statement of its own: no transaction and no connection is held while a model is called.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import connection
from django.utils import timezone

from usage.models import CallStatus, LLMCall
from usage.prices import Price, TokenCounts, price_in_force

SWEEP_MARGIN = timedelta(seconds=60)
# Opening and closing a row is on every call's way: written out, they cost 0.1 ms each; through the ORM, 0.6.
COLUMNS = {str(field.column): field.attname for field in LLMCall._meta.concrete_fields}
OPEN_SQL = (
    f"insert into llm_calls ({', '.join(COLUMNS)})"  # noqa: S608 (our own columns)
    f" values ({', '.join(f'%({column})s' for column in COLUMNS)})"
)


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
    """A pending row and the price it will be closed at."""

    id: uuid.UUID
    tenant_id: uuid.UUID
    price: Price | None


def open_row(attempt: Attempt) -> OpenRow:
    """Write the pending row of an attempt, at its upper estimate, in the tenant in scope."""
    price = price_in_force(model=attempt.request_model, at=timezone.now())
    row = LLMCall(
        call_id=attempt.call_id,
        operation=attempt.operation,
        step=attempt.step,
        attempt=attempt.attempt,
        request_model=attempt.request_model,
        prompt_name=attempt.prompt_name,
        prompt_version=attempt.prompt_version,
        redaction_version=attempt.redaction_version,
        api_key_id=attempt.api_key_id,
        user_id=attempt.user_id,
        framework_version_id=attempt.framework_version_id,
        model_entry_id=attempt.model_entry_id,
        batch_id=attempt.batch_id,
        records_count=attempt.records_count,
        give_up_at=attempt.deadline_at + SWEEP_MARGIN,
        price_id=price.id if price else None,
        price_unknown=price is None,
        **_billed(attempt.upper_estimate, price),
    )
    row.claim_for_scope()
    with connection.cursor() as cursor:
        cursor.execute(OPEN_SQL, {column: getattr(row, attribute) for column, attribute in COLUMNS.items()})
    return OpenRow(id=row.id, tenant_id=row.tenant_id, price=price)


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
    closed = {
        "status": status,
        "latency_seconds": latency_seconds,
        "error_class": error_class,
        "response_model": response_model[:255].replace("\x00", ""),
        **(_billed(tokens, row.price) if tokens is not None else {}),
    }
    changes = ", ".join(f"{column} = %({column})s" for column in closed)
    with connection.cursor() as cursor:
        cursor.execute(
            f"update llm_calls set {changes} where id = %(id)s and tenant_id = %(tenant_id)s",  # noqa: S608 (our columns)
            closed | {"id": row.id, "tenant_id": row.tenant_id},
        )


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
        "cost_usd": price.cost_of(tokens) if price else Decimal(0),
    }
