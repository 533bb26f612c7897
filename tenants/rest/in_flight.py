"""How many operations a process works on at once: the surplus is refused at once instead of queueing unseen."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class InFlight:
    """A bound on concurrent work that refuses instead of waiting."""

    def __init__(self, limit: int) -> None:
        self._slots = threading.BoundedSemaphore(limit)

    @contextmanager
    def slot(self) -> Iterator[bool]:
        """Hold a slot for a block; False when none was free, and then the block has to refuse its work."""
        has_slot = self._slots.acquire(blocking=False)
        try:
            yield has_slot
        finally:
            if has_slot:
                self._slots.release()
