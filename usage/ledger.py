"""The ledger: a row is opened before every attempt at a model, and closed whatever happens.

Opening a row reserves the worst case in the tenant's budgets; closing it returns what was not spent. Each function is
one short statement or transaction, so that no connection is held while a model is called.
LLMCall is the list of columns: a new column is written when the caller sets it on the call.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import connection, transaction
from django.utils import timezone

from tenants.postgresql.persistent import persistently
from tenants.postgresql.prepared import execute_prepared
from tenants.scoping import current_tenant_id
from tenants.storable import storable
from usage import budgets, telemetry
from usage.budgets import Reservation, Spending
from usage.errors import BudgetExceeded, CeilingReached
from usage.models import CallStatus, LLMCall
from usage.notices import thresholds
from usage.prices import Price, TokenCounts, price_in_force

COST_STEP = Decimal("1e-10")  # as the column stores it: budgets and ledger agree to the last digit
CEILING_WAIT_SECONDS = 0.3
SWEEP_MARGIN = timedelta(seconds=60)
COLUMNS = [column.attname for column in LLMCall._meta.concrete_fields]
OUTCOME = ("status", "latency_seconds", "error_class", "reason", "response_model", "usage_flagged")
BILLED = (*(count.name for count in fields(TokenCounts)), "cost_usd")
# Every call opens and closes a row: PostgreSQL plans these statements once per connection.
OPEN_SQL = "insert into llm_calls ({columns}) values ({values})".format(  # noqa: S608 (names of fields)
    columns=", ".join(COLUMNS),
    values=", ".join("%s" for _ in COLUMNS),
)
# Only opening waits for the disk. When the server dies before a closed row is on disk, the row is still pending, at
# its upper estimate, and is swept.
CLOSE_SQL = """
with without_waiting_for_the_disk as (select set_config('synchronous_commit', 'off', true))
update llm_calls set {changes} from without_waiting_for_the_disk where id = %s and tenant_id = %s
"""


@dataclass(frozen=True)
class OpenRow:
    """A pending row, the price it will be closed at, and what it took from budgets."""

    call: LLMCall
    price: Price | None
    reservation: Reservation = field(default_factory=Reservation)


def open_row(call: LLMCall, *, upper_estimate: TokenCounts, deadline_at: datetime) -> OpenRow:
    """Insert the pending row of an attempt for the tenant in scope.

    call: unsaved, with what is known before the attempt; the rest is filled in here.
    upper_estimate: the maximum of tokens that the attempt can be billed for.
    Raises BudgetExceeded, CeilingReached and ModelHasNoPrice, and writes nothing then.
    """
    call.tenant_id = current_tenant_id()
    call.created_at = timezone.now()
    call.give_up_at = deadline_at + SWEEP_MARGIN
    price = price_in_force(call.request_model)
    call.price_id, call.price_unknown = (price.id, False) if price else (None, True)
    _bill(call, upper_estimate, price)
    return OpenRow(call, price, _insert_when_affordable(call, price, deadline_at))


def _insert_when_affordable(call: LLMCall, price: Price | None, deadline_at: datetime) -> Reservation:
    """Insert the row. Below the ceiling of a batch, wait for the worst cases of running calls to be settled."""
    while True:
        try:
            return _insert_within_budget(call, price)
        except CeilingReached:
            if timezone.now() > deadline_at or connection.in_atomic_block or not _is_batch_running(call):
                raise
        connection.close()  # running calls need one to be settled
        time.sleep(CEILING_WAIT_SECONDS)


def _is_batch_running(call: LLMCall) -> bool:
    return LLMCall.objects.filter(status=CallStatus.PENDING, batch_id=call.batch_id).exists()


def _insert_within_budget(call: LLMCall, price: Price | None) -> Reservation:
    spending = Spending(
        call.operation, call.request_model, call.api_key_id, call.cost_usd if price else None, call.batch_id
    )
    limits = budgets.limits_on(spending, call.created_at)
    ceiling_id = budgets.ceiling_of(call.batch_id) if call.batch_id else None
    if not limits and ceiling_id is None:
        _insert(call)
        return Reservation()
    try:
        with transaction.atomic():
            _insert(call)  # first, so that the lock on the budget is held for a shorter time
            return budgets.reserve(spending, limits, ceiling_id)
    except BudgetExceeded as refused:
        thresholds.note_refusal(refused)
        raise


def _insert(call: LLMCall) -> None:
    execute_prepared(OPEN_SQL, [getattr(call, name) for name in COLUMNS])


def close_row(
    row: OpenRow,
    *,
    status: CallStatus,
    latency_seconds: float,
    tokens: TokenCounts | None,
    error_class: str = "",
    reason: str = "",
    response_model: str = "",
    usage_flagged: bool = False,
) -> None:
    """Close a row. tokens: what the provider billed; None where the outcome is unknown: the upper estimate stays.

    reason: of FailureReason, "" for a success.
    """
    call = row.call
    call.status, call.latency_seconds, call.error_class = status, latency_seconds, error_class
    call.reason, call.usage_flagged = reason, usage_flagged
    call.response_model = storable(response_model)[:255]
    if tokens is None:
        _update(call, OUTCOME)
    else:
        _bill(call, tokens, row.price)
        _update_within_budget(row)
    telemetry.record_call(call, tokens)


def _update_within_budget(row: OpenRow) -> None:
    """Write what the call cost, and return the rest of the reservation to the budgets."""
    if not row.reservation.period_ids and row.reservation.ceiling_id is None:
        _update(row.call, OUTCOME + BILLED)
        return
    with transaction.atomic():
        _update(row.call, OUTCOME + BILLED)
        budgets.settle(row.reservation, cost_usd=row.call.cost_usd)


def _update(call: LLMCall, names: Sequence[str]) -> None:
    changes = ", ".join(f"{name} = %s" for name in names)
    values = [getattr(call, name) for name in names]
    # The call has been paid for: its row, and the answer, are not given up for a restart of PostgreSQL.
    persistently(lambda: execute_prepared(CLOSE_SQL.format(changes=changes), [*values, call.id, call.tenant_id]))


def _bill(call: LLMCall, tokens: TokenCounts, price: Price | None) -> None:
    for name, count in vars(tokens).items():
        setattr(call, name, count)
    call.cost_usd = price.cost_of(tokens).quantize(COST_STEP) if price else Decimal(0)


def sweep(*, now: datetime | None = None) -> int:
    """Mark pending rows as `unknown` a minute after their deadline, in the current scope; return how many."""
    lost = LLMCall.objects.filter(status=CallStatus.PENDING, give_up_at__lt=now or timezone.now())
    return int(lost.update(status=CallStatus.UNKNOWN, error_class="lost"))
