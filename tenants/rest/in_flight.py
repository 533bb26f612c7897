"""How many operations a process works on at once: the surplus is refused at once instead of queueing unseen."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings


class InFlight:
    """A bound on concurrent work that refuses instead of waiting."""

    def __init__(self, limit: int) -> None:
        self._free = limit
        self._lock = threading.Lock()

    @property
    def is_full(self) -> bool:
        """Whether slot() would give none, as far as anybody can tell without taking one."""
        return self._free <= 0

    @contextmanager
    def slot(self) -> Iterator[bool]:
        """Hold a slot for a block; False when none was free, and then the block has to refuse its work."""
        has_slot = self._take()
        try:
            yield has_slot
        finally:
            if has_slot:
                with self._lock:
                    self._free += 1

    def _take(self) -> bool:
        with self._lock:
            if self.is_full:
                return False
            self._free -= 1
            return True


operations_in_flight = InFlight(settings.MAX_IN_FLIGHT_CALLS)
