"""One absolute clock for all waits of a request."""

import time

from tenants.outgoing.errors import OutOfTime


class Clock:
    """Runs out so many seconds after it was made. Pauses between bytes do not stop it."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def seconds_left(self) -> float:
        """Return a number above zero. Raises OutOfTime."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise OutOfTime
        return left
