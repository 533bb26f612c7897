"""Errors of batches.

BatchError
├── BatchNotChangeable   the batch is in a status in which this cannot be done
├── BatchTooExpensive    the estimated cost of a batch is above its ceiling
└── LeaseLost            another worker has taken the record meanwhile: nothing was written
"""

from decimal import Decimal

from tenants.errors import Conflict


class BatchError(Exception):
    """Root of the errors of batches."""


class BatchNotChangeable(BatchError, Conflict):
    """The batch cannot be changed in this way now. The message is a sentence for the caller."""


class BatchTooExpensive(BatchError):
    """The estimated cost of a batch is above the ceiling that came with it."""

    def __init__(self, *, estimated_usd: Decimal, max_usd: Decimal) -> None:
        super().__init__()
        self.estimated_usd = estimated_usd
        self.max_usd = max_usd


class LeaseLost(BatchError):
    """Another worker has taken the record meanwhile, or it has its result. Nothing was written."""
