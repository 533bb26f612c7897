"""Errors of requests to other servers. They contain no text of the other server and no address.

OutgoingError
├── AddressRefused     the address is not one that we call
├── Unreachable        no connection, or it broke before the answer had a status
├── OutOfTime          the clock ran out
└── BodyUnreadable     the answer has a status, but its body was cut off, is too large, or is encoded in another way
"""


class OutgoingError(Exception):
    """Root of the errors of requests that we send."""


class AddressRefused(OutgoingError):
    """The address is not one that we call. reason: for people, translated."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Unreachable(OutgoingError):
    """No connection, or it broke before the answer had a status. was_sent: after the whole request was sent."""

    def __init__(self, *, was_sent: bool = False) -> None:
        super().__init__()
        self.was_sent = was_sent


class OutOfTime(OutgoingError):
    """The clock of the request ran out."""


class BodyUnreadable(OutgoingError):
    """An answer's body cannot be read to its end."""

    def __init__(self, status: int) -> None:
        super().__init__()
        self.status = status
