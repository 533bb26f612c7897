"""One absolute clock for all waits of a request."""

import time

from tenants.outgoing.errors import OutOfTime


class Clock:
    """A clock that runs out a number of seconds after its creation, also during pauses between bytes."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def seconds_left(self) -> float:
        """Return a number above zero. Raises OutOfTime."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise OutOfTime
        return left
