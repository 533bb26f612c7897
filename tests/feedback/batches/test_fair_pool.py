"""Threads that serve tenants fairly."""

import threading
import time
from functools import partial

from hypothesis import given
from hypothesis import strategies as st

from feedback.batches.fair_pool import FairPool


def test_every_piece_is_done_once_and_an_error_stops_nothing() -> None:
    pool, done = FairPool(4), []

    def work(number: int) -> None:
        done.append(number)
        if number % 3 == 0:
            raise ValueError

    pool.submit("a", [partial(work, number) for number in range(100)]).result(timeout=10)
    assert sorted(done) == list(range(100))
    assert pool.submit("a", []).done()


def wait_for(event: threading.Event) -> None:
    event.wait()


@given(st.integers(50, 200), st.integers(1, 20))
def test_a_small_tenant_is_served_before_the_rest_of_a_large_one(flood: int, small: int) -> None:
    """With one thread, the order is the pool's own: the newcomer is served until it has had as much."""
    pool, is_open = FairPool(1), threading.Event()
    order: list[str] = []
    pool.submit("large", [partial(wait_for, is_open)])
    large = pool.submit("large", [partial(order.append, "large") for _ in range(flood)])
    little = pool.submit("small", [partial(order.append, "small") for _ in range(small)])
    is_open.set()
    little.result(timeout=10)
    large.result(timeout=10)
    # The last piece of the small tenant comes before twice its own number of pieces have been done.
    last = max(position for position, tenant in enumerate(order) if tenant == "small")
    assert last <= 2 * small


def test_what_was_served_long_ago_counts_less() -> None:
    pool = FairPool(1)
    pool.submit("a", [lambda: None] * 10).result(timeout=10)
    assert pool._served["a"] == 10
    pool._decayed_at = time.monotonic() - 1000
    pool.submit("b", [lambda: None]).result(timeout=10)
    assert "a" not in pool._served
