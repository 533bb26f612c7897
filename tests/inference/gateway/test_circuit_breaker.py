"""The breaker opens when nearly everything fails, and tries again every two seconds."""

import pytest

from inference.errors import ModelUnavailable
from inference.gateway import circuit_breaker
from inference.gateway.circuit_breaker import CircuitBreaker


class Clock:
    """A clock that a test winds."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    wound = Clock()
    monkeypatch.setattr(circuit_breaker, "time", wound)
    return wound


def breaker_after(*, failures: int, successes: int = 0) -> CircuitBreaker:
    breaker = CircuitBreaker()
    for has_failed in [False] * successes + [True] * failures:
        breaker.record(has_failed=has_failed)
    return breaker


def is_open(breaker: CircuitBreaker) -> bool:
    try:
        breaker.admit()
    except ModelUnavailable:
        return True
    return False


def test_nineteen_failures_in_a_row_do_not_open_it() -> None:
    assert not is_open(breaker_after(failures=19))


def test_twenty_failures_in_a_row_open_it() -> None:
    assert is_open(breaker_after(failures=20))


def test_it_stays_closed_below_eighty_percent_failures() -> None:
    assert not is_open(breaker_after(successes=6, failures=23))
    assert is_open(breaker_after(successes=5, failures=20))


def test_failures_that_have_left_the_window_are_forgotten_one_by_one(clock: Clock) -> None:
    breaker = breaker_after(failures=19)
    clock.now += 31
    for _ in range(19):
        breaker.record(has_failed=True)
    assert not is_open(breaker)
    breaker.record(has_failed=True)
    assert is_open(breaker)


def test_failures_older_than_the_window_do_not_count(clock: Clock) -> None:
    breaker = breaker_after(failures=19)
    clock.now += 31
    breaker.record(has_failed=True)
    assert not is_open(breaker)


def test_after_two_seconds_one_attempt_is_let_through(clock: Clock) -> None:
    breaker = breaker_after(failures=20)
    clock.now += 2
    assert not is_open(breaker)
    assert is_open(breaker)


def test_a_trial_that_succeeds_closes_it(clock: Clock) -> None:
    breaker = breaker_after(failures=20)
    clock.now += 2
    breaker.admit()
    breaker.record(has_failed=False)
    assert not is_open(breaker)


def test_a_trial_that_fails_keeps_it_open_for_two_more_seconds(clock: Clock) -> None:
    breaker = breaker_after(failures=20)
    clock.now += 2
    breaker.admit()
    breaker.record(has_failed=True)
    clock.now += 1.9
    assert is_open(breaker)
    clock.now += 0.2
    assert not is_open(breaker)


def test_a_trial_that_nobody_reports_on_does_not_keep_it_open_for_ever(clock: Clock) -> None:
    breaker = breaker_after(failures=20)
    clock.now += 2
    breaker.admit()
    clock.now += 2
    assert not is_open(breaker)
