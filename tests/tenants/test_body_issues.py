"""A body with many faults: the first are named, the others counted, and neither costs more than it has to."""

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenants.rest.bodies import read_body
from tenants.rest.errors import MAX_ISSUES, FieldIssue, InvalidRequest
from tenants.rest.fields import Body, ClosedBody, IntegerField, ListField, MappingField, StringField
from tenants.rest.issues import MAX_COUNTED_ITEMS

NOT_AN_OBJECT = "Input should be a valid dictionary or object to extract fields from"


class Inner(ClosedBody):
    created = StringField(default="", allow_blank=True)


class Item(Body):
    id = StringField()
    number = IntegerField(required=False)
    metadata = Inner(default=dict)


class Items(Body):
    items = ListField(child=Item(), min_length=1)
    names = ListField(child=StringField(), default=list, max_length=300)
    counts = MappingField(child=IntegerField(), default=dict)


GOOD = {"id": "a"}


def refused(**body: Any) -> InvalidRequest:
    with pytest.raises(InvalidRequest) as caught:
        read_body(Items, {"items": [GOOD]} | body)
    return caught.value


FAULTS: list[tuple[Any, int]] = [
    (GOOD, 0),
    ({}, 1),
    ([], 1),
    (1, 1),
    ({"id": 1}, 1),
    ({"id": 1, "number": "x"}, 2),
    ({"id": "a", "metadata": {"x": 1, "y": 1}}, 2),
]


@given(st.lists(st.sampled_from(FAULTS), min_size=1, max_size=300))
def test_named_and_counted_issues_are_all_there_are(chosen: list[tuple[Any, int]]) -> None:
    items, expected = [item for item, _ in chosen], sum(number for _, number in chosen)
    if not expected:
        assert len(read_body(Items, {"items": items})["items"]) == len(items)
        return
    error = refused(items=items)
    assert len(error.fields or ()) == min(expected, MAX_ISSUES)
    assert error.more_issues == max(expected - MAX_ISSUES, 0)
    assert error.has_counted_all


def test_the_first_issues_are_named_in_the_order_of_the_body() -> None:
    error = refused(items=[GOOD, *[[]] * 200])
    assert error.fields == [FieldIssue(f"body.items.{index}", NOT_AN_OBJECT) for index in range(1, MAX_ISSUES + 1)]
    assert error.more_issues == 100


def test_a_hundred_faults_are_all_named() -> None:
    error = refused(items=[[]] * MAX_ISSUES)
    assert (len(error.fields or ()), error.more_issues) == (MAX_ISSUES, 0)


def test_unknown_keys_of_a_closed_object_are_counted_too() -> None:
    error = refused(items=[{"id": "a", "metadata": dict.fromkeys(map(str, range(5_000)), "")}])
    assert (len(error.fields or ()), error.more_issues) == (MAX_ISSUES, 4_900)


def test_values_of_an_open_object_are_counted_too() -> None:
    error = refused(counts=dict.fromkeys(map(str, range(5_000)), "x"))
    assert (len(error.fields or ()), error.more_issues) == (MAX_ISSUES, 4_900)


def test_a_list_that_is_too_long_is_refused_before_its_items_are_read() -> None:
    error = refused(names=[1] * 301)
    assert error.fields == [FieldIssue("body.names", "List should have at most 300 items after validation")]


def test_counting_ends_and_says_so() -> None:
    error = refused(items=[{}] * (MAX_ISSUES + MAX_COUNTED_ITEMS + 1))
    assert not error.has_counted_all
    assert error.more_issues == MAX_COUNTED_ITEMS


@pytest.mark.parametrize("item", [[], {}, {"id": 1}, {"id": "a", "metadata": {"x": 1}}])
def test_a_body_of_faults_costs_about_as_much_as_a_good_one(item: Any) -> None:
    def seconds(items: list[Any]) -> float:
        started = time.thread_time()
        refused(items=items, names="not a list")
        return time.thread_time() - started

    count = 40_000
    assert seconds([item] * count) < 2 * seconds([GOOD | {"number": 1, "metadata": {"created": ""}}] * count)
