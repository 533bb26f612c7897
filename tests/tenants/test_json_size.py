"""How many values a body holds is known before it is parsed."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenants.rest.errors import PayloadTooLarge
from tenants.rest.json_size import MAX_VALUES, holds_more_values, refuse_too_many_values

TEXTS = st.text(st.sampled_from('"\\,[{}]:é🚰a ')) | st.text()
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda children: st.lists(children) | st.dictionaries(TEXTS, children),
    max_leaves=20,
)


def openers(value: Any) -> int:
    """Commas and opening brackets that a value is written with."""
    if isinstance(value, dict):
        return 1 + max(len(value) - 1, 0) + sum(map(openers, value.values()))
    if isinstance(value, list):
        return 1 + max(len(value) - 1, 0) + sum(map(openers, value))
    return 0


@given(JSON_VALUES, st.booleans())
def test_what_stands_inside_strings_is_not_counted(value: Any, is_ascii: bool) -> None:
    raw = json.dumps(value, ensure_ascii=is_ascii).encode("utf-8", "surrogatepass")
    number = openers(value)
    assert not holds_more_values(raw, number)
    assert holds_more_values(raw, number - 1)


@pytest.mark.parametrize("item", [b"[]", b"{}", b"1", b'""', b"[[[[", b"null"])
def test_a_body_of_many_small_values_is_refused(item: bytes) -> None:
    with pytest.raises(PayloadTooLarge):
        refuse_too_many_values(b'{"feedback_records":[' + b",".join([item] * (MAX_VALUES + 2)) + b"]}")


def test_a_text_may_hold_any_number_of_commas_and_brackets() -> None:
    refuse_too_many_values(json.dumps({"content": '[{,"\\' * MAX_VALUES}).encode())


def test_ten_thousand_records_of_a_crm_are_far_from_the_limit() -> None:
    metadata = {"created": "2026-07-01 09:30:00", "coding_level_1": "", "coding_level_2": "", "coding_level_3": ""}
    records = [{"content": "Dry, and dirty.", "id": str(number), "metadata": metadata} for number in range(10_000)]
    body = {"feedback_records": records, "prompt": "Why?", "output_language": "Dutch"}
    assert not holds_more_values(json.dumps(body).encode(), MAX_VALUES // 5)
