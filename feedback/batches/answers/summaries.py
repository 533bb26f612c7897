"""A batch in JSON, for the endpoints and the webhook."""

from decimal import Decimal
from typing import Any

from feedback.batches.answers.results import first_errors
from feedback.batches.models import Batch
from feedback.batches.reports import Progress, progress_of


def as_json(batch: Batch) -> dict[str, Any]:
    """Return a batch with its first errors."""
    return as_line(batch, progress_of([batch])[batch.id]) | {"errors": first_errors(batch)}


def as_line(batch: Batch, progress: Progress) -> dict[str, Any]:
    """Return a batch as it stands in a list of batches."""
    return {
        "batch_id": batch.id,
        "operation": batch.operation,
        "status": batch.status,
        "records_total": progress.records_total,
        "records_done": progress.records_done,
        "records_failed": progress.records_failed,
        "progress": round(progress.share, 4),
        "eta_seconds": progress.eta_seconds,
        "cost_usd": float(progress.cost_usd),
        "estimated_cost_usd": _float(batch.estimated_cost_usd),
        "max_cost_usd": _float(batch.max_cost_usd),
        "created_at": batch.created_at,
        "started_at": batch.started_at,
        "finished_at": batch.finished_at,
        "expires_at": batch.expires_at,
    }


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
