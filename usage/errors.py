"""What can go wrong with usage figures.

UsageError
└── UsageBackendUnavailable   the ledger's database cannot be reached
"""


class UsageError(Exception):
    """Root of this room's errors."""


class UsageBackendUnavailable(UsageError):
    """The ledger's database cannot be reached."""
