"""Answers that a process caches: for some seconds, and for one tenant only."""

import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenants.caching import cached_by_tenant
from tenants.errors import NotFound, ScopeNotSet
from tenants.identifiers import uuid7
from tenants.scoping import all_tenants, current_tenant_id, no_tenant, tenant_scope


def counting(seconds: float, maximum_entries: int = 100) -> tuple[Callable[[str], tuple[object, str, int]], list[str]]:
    """A cached function that says for whom it read what, and the list of what it read."""
    reads: list[str] = []

    @cached_by_tenant(seconds=seconds, maximum_entries=maximum_entries)
    def read(name: str) -> tuple[object, str, int]:
        reads.append(name)
        return current_tenant_id(), name, len(reads)

    return read, reads


@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from("abc"))))
def test_no_tenant_is_given_what_was_read_for_another(questions: list[tuple[int, str]]) -> None:
    tenants = [uuid7() for _ in range(3)]
    read, reads = counting(seconds=60)
    for number, name in questions:
        with tenant_scope(tenants[number]):
            assert read(name)[:2] == (tenants[number], name)
    assert len(reads) == len(set(questions))


def test_an_answer_is_read_again_once_its_seconds_have_passed() -> None:
    read, reads = counting(seconds=0.05)
    with tenant_scope(uuid7()):
        read("a")
        time.sleep(0.06)
        assert read("a")[2] == len(reads) == 2


def test_no_more_entries_are_held_than_allowed() -> None:
    read, reads = counting(seconds=60, maximum_entries=2)
    with tenant_scope(uuid7()):
        for name in ("a", "b", "c", "a"):
            read(name)
    assert reads == ["a", "b", "c", "a"]


def test_an_error_is_not_cached() -> None:
    attempts = iter((1, 2))

    @cached_by_tenant(seconds=60)
    def read() -> str:
        if next(attempts) == 1:
            raise NotFound
        return "found"

    with tenant_scope(uuid7()):
        with pytest.raises(NotFound):
            read()
        assert read() == "found"


def test_without_one_tenant_in_scope_nothing_is_read_and_nothing_cached() -> None:
    read, reads = counting(seconds=60)
    for scope in (no_tenant, all_tenants):
        with scope(), pytest.raises(ScopeNotSet):
            read("a")
    assert reads == []


def test_entries_can_be_dropped() -> None:
    @cached_by_tenant(seconds=60)
    def read() -> object:
        return object()

    with tenant_scope(uuid7()):
        first = read()
        assert read() is first
        read.cache_clear()
        assert read() is not first
