"""What was worked out for a word is kept, within bounds: neither many words nor long ones make memory grow."""

from collections.abc import Callable
from typing import TypeVar

Value = TypeVar("Value")

LONGEST = 64


class Kept(dict[str, Value]):
    """A dictionary that works out what it lacks; it starts anew when full, and keeps nothing for long keys.

    Quicker than lru_cache where most keys are there: a look-up is a dictionary's.
    """

    def __init__(self, work_out: Callable[[str], Value], *, most: int) -> None:
        super().__init__()
        self._work_out = work_out
        self._most = most

    def __missing__(self, key: str) -> Value:
        value = self._work_out(key)
        if len(key) <= LONGEST:
            if len(self) >= self._most:
                self.clear()
            self[key] = value
        return value
