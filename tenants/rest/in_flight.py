"""A limit on operations that run at once in a process. The surplus is refused instead of waiting unseen."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings


class InFlight:
    """A limit on concurrent work that refuses instead of waiting."""

    def __init__(self, limit: int) -> None:
        self._free = limit
        self._lock = threading.Lock()

    @property
    def is_full(self) -> bool:
        """Return whether no slot is free. Another thread may change that before slot() is called."""
        return self._free <= 0

    @contextmanager
    def slot(self) -> Iterator[bool]:
        """Hold a slot during a block. Yields False when none is free; the block must refuse its work then."""
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
