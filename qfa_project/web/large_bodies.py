"""Limit the large request bodies in a process. A body takes ten times its size once read, decoded and parsed."""

import threading
import time

from tenants.errors import Overloaded

LARGE_BYTES = 1024 * 1024
WAIT_SECONDS = 5.0
RETRY_AFTER_SECONDS = 10


class LargeBodies:
    """Admit bodies over LARGE_BYTES up to a limit on their total size. Other bodies wait for a short time."""

    def __init__(self, limit: int, *, wait_seconds: float = WAIT_SECONDS) -> None:
        self.limit = limit
        self.wait_seconds = wait_seconds
        self._held = 0
        self._changed = threading.Condition()

    def admit(self, size: int) -> int:
        """Wait for room, and return the size to release. A body over the limit is admitted alone.

        Raises Overloaded.
        """
        size = min(size, self.limit)
        end = time.monotonic() + self.wait_seconds
        with self._changed:
            if not self._changed.wait_for(lambda: self._held + size <= self.limit, end - time.monotonic()):
                raise Overloaded(RETRY_AFTER_SECONDS)
            self._held += size
        return size

    def release(self, size: int) -> None:
        with self._changed:
            self._held -= size
            self._changed.notify_all()
