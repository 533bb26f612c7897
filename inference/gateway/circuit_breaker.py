"""Pause calls to a model when nearly all attempts fail. There is one breaker per process and model."""

import threading
import time
from collections import deque

from inference.errors import ModelUnavailable

WINDOW_SECONDS = 30.0
MIN_ATTEMPTS = 20
FAILURE_SHARE = 0.8
OPEN_SECONDS = 2.0


class CircuitBreaker:
    """A breaker that opens at 20 or more attempts with 80 % failures within 30 s, and tries again every 2 s."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._outcomes: deque[tuple[float, bool]] = deque()
        self._failures = 0
        self._opened_at: float | None = None

    def admit(self) -> None:
        """Let an attempt through, or raise ModelUnavailable. While open, one attempt every 2 s is let through."""
        with self._lock:
            if self._opened_at is None:
                return
            now = time.monotonic()
            if now - self._opened_at < OPEN_SECONDS:
                raise ModelUnavailable
            self._opened_at = now

    def record(self, *, has_failed: bool) -> None:
        """Count an attempt that was let through. has_failed: True only for transport errors and 5xx."""
        now = time.monotonic()
        with self._lock:
            if self._opened_at is not None:
                if not has_failed:
                    self._close()
                return
            self._outcomes.append((now, has_failed))
            self._failures += has_failed
            while now - self._outcomes[0][0] > WINDOW_SECONDS:
                self._failures -= self._outcomes.popleft()[1]
            if len(self._outcomes) >= MIN_ATTEMPTS and self._failures >= FAILURE_SHARE * len(self._outcomes):
                self._opened_at = now

    def _close(self) -> None:
        self._outcomes.clear()
        self._failures = 0
        self._opened_at = None


class CircuitBreakers:
    """The breakers of this process, one per model."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_model: dict[str, CircuitBreaker] = {}

    def of(self, model: str) -> CircuitBreaker:
        with self._lock:
            return self._by_model.setdefault(model, CircuitBreaker())
