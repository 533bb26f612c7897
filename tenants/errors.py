"""Errors about tenants, callers and people.

TenantsError
├── ScopeNotSet           a query on tenant data without a scope: a defect of ours
├── ForeignTenant         a row of another tenant would have been written: a defect of ours
├── NotAuthenticated      no key, or an unknown, expired or revoked one, or a network that is not allowed
├── Forbidden             a known caller who may not do this
│   └── SuperusersNotAllowed   the tenant takes no superuser keys
├── NotFound              an unknown id, or another tenant's
├── Conflict              the row exists already, or changed meanwhile
├── TooManyAttempts       too many wrong passwords for a name or from an address
├── RateLimited           a tenant or key has made more requests in a minute than it may
├── Overloaded            this process has no free slot
├── IdempotencyKeyReused  the same Idempotency-Key with another body
├── IdempotencyKeyRunning the first request with this Idempotency-Key is still running
├── KeyDestroyed          the data key of an encrypted text was destroyed: nobody can read the text any more
├── WrongKey              an encrypted text was changed, belongs elsewhere, or the master key is another one
└── AuditChainBroken      an audit row was changed, removed or added by hand
"""


class TenantsError(Exception):
    """Root of this room's errors."""


class ScopeNotSet(TenantsError):
    """A query on tenant data ran without a scope."""


class ForeignTenant(TenantsError):
    """A row of one tenant would have been written in another tenant's scope."""


class NotAuthenticated(TenantsError):
    """The caller could not be authenticated."""


class Forbidden(TenantsError):
    """The caller is known, but may not do this."""

    def __init__(self, reason: str = "Not allowed") -> None:
        super().__init__(reason)
        self.reason = reason


class SuperusersNotAllowed(Forbidden):
    """The tenant does not allow superuser keys."""

    def __init__(self) -> None:
        super().__init__("This tenant does not allow superuser keys")


class NotFound(TenantsError):
    """The row does not exist in the caller's scope."""


class Conflict(TenantsError):
    """The row exists already, or changed meanwhile."""


class TooManyAttempts(TenantsError):
    """There were too many sign-in attempts. Passwords are not checked for a while."""


class RateLimited(TenantsError):
    """There were too many requests. limit: requests per minute; retry_after_seconds: until the next minute begins."""

    def __init__(self, limit: int, retry_after_seconds: int) -> None:
        super().__init__()
        self.limit = limit
        self.retry_after_seconds = retry_after_seconds


class Overloaded(TenantsError):
    """No slot is free. retry_after_seconds: when to try again."""

    def __init__(self, retry_after_seconds: int = 1) -> None:
        super().__init__()
        self.retry_after_seconds = retry_after_seconds


class IdempotencyKeyReused(TenantsError):
    """The Idempotency-Key was used before, with another body."""


class IdempotencyKeyRunning(TenantsError):
    """The first request with this Idempotency-Key is still running."""


class KeyDestroyed(TenantsError):
    """The data key of an encrypted text does not exist any more. Nobody can read the text."""


class WrongKey(TenantsError):
    """An encrypted text was changed, belongs to another row, or was made under another master key."""


class AuditChainBroken(TenantsError):
    """The audit chain of a tenant is broken. sequence: of the first wrong row."""

    def __init__(self, sequence: int) -> None:
        super().__init__(f"audit row {sequence} does not fit the chain")
        self.sequence = sequence
