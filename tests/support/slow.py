"""Runs that are too slow for every day: `pytest --slow` includes them, and `.ci/run` does."""

import os

import pytest

SLOW_TESTS = "SLOW_TESTS"  # set by --slow, for the modules that are collected after it

slow = pytest.mark.slow


def examples(every_day: int, *, slow: int) -> int:
    """How many examples of a property are tried."""
    return slow if os.environ.get(SLOW_TESTS) == "1" else every_day
