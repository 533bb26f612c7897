"""Threads that work for several tenants at the same time, and share their time fairly.

A thread takes the next piece of work from the tenant that was served least lately. So a tenant that comes with a small
batch is served at once, whatever another one has queued, and two tenants with much to do get half of the threads each.
"""

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable, Hashable, Iterable
from concurrent.futures import Future

HALF_LIFE_SECONDS = 20.0

Work = Callable[[], None]


class _Lot:
    """Pieces of work that were handed in together."""

    def __init__(self, pieces: Iterable[Work]) -> None:
        self.waiting = deque(pieces)
        self.unfinished = len(self.waiting)
        self.done: Future[None] = Future()


class FairPool:
    """A pool of daemon threads, started when the first work arrives."""

    def __init__(self, threads: int) -> None:
        self.threads = threads
        self._started = False
        self._changed = threading.Condition()
        self._lots: dict[Hashable, deque[_Lot]] = {}
        self._served: dict[Hashable, float] = {}
        self._decayed_at = time.monotonic()

    def submit(self, tenant: Hashable, pieces: Iterable[Work]) -> Future[None]:
        """Hand work in for a tenant, and return a future that is done when all of it is. A piece must not raise."""
        lot = _Lot(pieces)
        if not lot.unfinished:
            lot.done.set_result(None)
            return lot.done
        with self._changed:
            self._start()
            self._lots.setdefault(tenant, deque()).append(lot)
            self._changed.notify(lot.unfinished)
        return lot.done

    @property
    def waiting(self) -> int:
        """Return the number of pieces that no thread has taken yet."""
        with self._changed:
            return sum(len(lot.waiting) for lots in self._lots.values() for lot in lots)

    def _start(self) -> None:
        if not self._started:
            self._started = True
            for number in range(self.threads):
                threading.Thread(target=self._run, name=f"batches-{number}", daemon=True).start()

    def _run(self) -> None:
        while True:
            lot, piece = self._next()
            # A piece handles its own errors. Should one escape, the thread and the other pieces go on.
            with contextlib.suppress(Exception):
                piece()
            with self._changed:
                lot.unfinished -= 1
                is_done = lot.unfinished == 0
            if is_done:
                lot.done.set_result(None)

    def _next(self) -> tuple[_Lot, Work]:
        with self._changed:
            while not self._lots:
                self._changed.wait()
            self._decay()
            tenant = min(self._lots, key=lambda tenant: self._served.get(tenant, 0.0))
            self._served[tenant] = self._served.get(tenant, 0.0) + 1
            lots = self._lots[tenant]
            lot = lots[0]
            piece = lot.waiting.popleft()
            if not lot.waiting:
                lots.popleft()
            if not lots:
                del self._lots[tenant]
            return lot, piece

    def _decay(self) -> None:
        """Halve what counts as served every HALF_LIFE_SECONDS, and forget tenants without a count."""
        now = time.monotonic()
        if now - self._decayed_at < 1:
            return
        factor = 0.5 ** ((now - self._decayed_at) / HALF_LIFE_SECONDS)
        self._served = {tenant: count * factor for tenant, count in self._served.items() if count * factor > 0.5}
        self._decayed_at = now
