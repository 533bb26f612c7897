"""What can go wrong about who acts for whom.

TenantsError
├── ScopeNotSet           a query on tenant data with no tenant in force: a defect of ours
├── ForeignTenant         a row of another tenant would have been written: a defect of ours
├── NotAuthenticated      no key, or one that is unknown, expired, revoked, or used from a network it may not use
├── Forbidden             a known caller who may not do this
│   └── SuperusersNotAllowed   the tenant takes no superuser keys
├── NotFound              an id that is unknown, or another tenant's
├── Conflict              the thing exists already
├── TooManyAttempts       too many wrong passwords for a name or from an address
├── RateLimited           a tenant or key has made more requests in a minute than it may
├── Overloaded            every slot of this process is busy
├── IdempotencyKeyReused  the same Idempotency-Key with another body
├── IdempotencyKeyRunning the first request with this Idempotency-Key has not ended
└── AuditChainBroken      an audit row was changed, removed or added by hand
"""


class TenantsError(Exception):
    """Root of this room's errors."""


class ScopeNotSet(TenantsError):
    """A query on tenant data ran while no scope was in force."""


class ForeignTenant(TenantsError):
    """A row of one tenant would have been written in another tenant's scope."""


class NotAuthenticated(TenantsError):
    """The caller could not be told from a stranger."""


class Forbidden(TenantsError):
    """The caller is known and may not do this."""

    def __init__(self, reason: str = "Not allowed") -> None:
        super().__init__(reason)
        self.reason = reason


class SuperusersNotAllowed(Forbidden):
    """The tenant does not allow superuser keys."""

    def __init__(self) -> None:
        super().__init__("This tenant does not allow superuser keys")


class NotFound(TenantsError):
    """No such row in the caller's sight."""


class Conflict(TenantsError):
    """It exists already."""


class TooManyAttempts(TenantsError):
    """Passwords were guessed too often; more are not checked for a while."""


class RateLimited(TenantsError):
    """More requests than allowed. limit: requests a minute; retry_after_seconds: until the next minute begins."""

    def __init__(self, limit: int, retry_after_seconds: int) -> None:
        super().__init__()
        self.limit = limit
        self.retry_after_seconds = retry_after_seconds


class Overloaded(TenantsError):
    """No slot is free. retry_after_seconds: when to come back."""

    def __init__(self, retry_after_seconds: int = 1) -> None:
        super().__init__()
        self.retry_after_seconds = retry_after_seconds


class IdempotencyKeyReused(TenantsError):
    """The Idempotency-Key was used before, with another body."""


class IdempotencyKeyRunning(TenantsError):
    """The first request with this Idempotency-Key is still being worked on."""


class AuditChainBroken(TenantsError):
    """The audit chain of a tenant does not hold. sequence: the first row that is wrong."""

    def __init__(self, sequence: int) -> None:
        super().__init__(f"audit row {sequence} does not fit the chain")
        self.sequence = sequence
