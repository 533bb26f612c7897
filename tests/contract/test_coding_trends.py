"""Section 1: coding_trends of analyze-bulk."""

from typing import Any

import httpx
import pytest

from tests.support.request_bodies import record


def trends(api: httpx.Client, *records: dict[str, Any], period: str | None = None) -> Any:
    body = {"feedback_records": list(records), "prompt": "What is asked for?", "period": period}
    response = api.post("/v1/analyze-bulk", json=body)
    assert response.status_code == 200
    return response.json()["coding_trends"]


def coded(created: str, *codes: str) -> dict[str, Any]:
    levels = {f"coding_level_{number}": code for number, code in enumerate(codes, start=1)}
    return record("The pump is dry.", created=created, **levels)


def cell(code: str, period: str, count: int) -> dict[str, Any]:
    return {"code": code, "period": period, "count": count}


@pytest.mark.parametrize(
    ("period", "label"),
    [("day", "2024-12-30"), ("week", "2025-W01"), ("month", "2024-12"), (None, "2025-W01")],
)
def test_a_period_has_its_label(api: httpx.Client, period: str | None, label: str) -> None:
    assert trends(api, coded("2024-12-30T10:00:00", "Water"), period=period) == {
        "periods": [label],
        "cells": [cell("Water", label, 1)],
    }


@pytest.mark.parametrize(
    ("created", "week"),
    [
        ("2021-01-03", "2020-W53"),
        ("2021-01-04", "2021-W01"),
        ("2020-12-31", "2020-W53"),
        ("2024-12-29", "2024-W52"),
        ("2024-12-30", "2025-W01"),
        ("2027-01-01", "2026-W53"),
        ("2023-01-01", "2022-W52"),
    ],
)
def test_weeks_follow_iso_across_the_new_year(api: httpx.Client, created: str, week: str) -> None:
    assert trends(api, coded(created, "Water"), period="week")["periods"] == [week]


@pytest.mark.parametrize(
    "created",
    [
        "2026-07-01 09:30:00",
        "2026-07-01T09:30:00",
        "2026-07-01T09:30:00Z",
        "2026-07-01T09:30:00.123456+02:00",
        "2026-07-01 09:30",
        "2026-07-01",
    ],
)
def test_a_date_is_read_in_each_form_of_iso_8601(api: httpx.Client, created: str) -> None:
    assert trends(api, coded(created, "Water"), period="day")["periods"] == ["2026-07-01"]


@pytest.mark.parametrize(
    "created",
    ["", "yesterday", "2026-13-01", "2026-02-30", "01/07/2026", "2026-07-01Tsoon", "2026-07-01T25:00:00", "1"],
)
def test_a_date_that_cannot_be_read_is_left_out(api: httpx.Client, created: str) -> None:
    found = trends(api, coded(created, "Water"), coded("2026-07-01", "Food"), period="month")
    assert found == {"periods": ["2026-07"], "cells": [cell("Food", "2026-07", 1)]}


def test_cells_are_sorted_by_code_then_period_and_none_is_zero(api: httpx.Client) -> None:
    records = [
        coded("2025-02-01", "Water", "Pump"),
        coded("2025-01-01", "Water"),
        coded("2025-01-15", "Water", "", "Food"),
        coded("2024-12-01", "Aid"),
    ]
    assert trends(api, *records, period="month") == {
        "periods": ["2024-12", "2025-01", "2025-02"],
        "cells": [
            cell("Aid", "2024-12", 1),
            cell("Food", "2025-01", 1),
            cell("Pump", "2025-02", 1),
            cell("Water", "2025-01", 2),
            cell("Water", "2025-02", 1),
        ],
    }


def test_codes_in_one_field_are_split_on_commas(api: httpx.Client) -> None:
    found = trends(api, coded("2025-01-01", "Water, Food,,Shelter ,", "a,b"), period="month")
    assert [one["code"] for one in found["cells"]] == ["Food", "Shelter", "Water", "a", "b"]


def test_a_code_counts_once_a_record(api: httpx.Client) -> None:
    found = trends(api, coded("2025-01-01", "Water,Water", "Water"), period="month")
    assert found["cells"] == [cell("Water", "2025-01", 1)]


def test_no_record_with_both_a_date_and_a_code_means_null(api: httpx.Client) -> None:
    assert trends(api, record()) is None
    assert trends(api, coded("2025-01-01"), coded("", "Water"), coded("never", "Food")) is None
    assert trends(api, coded("2025-01-01", "", " ", ",")) is None


def test_trends_use_metadata_as_it_came(api: httpx.Client) -> None:
    found = trends(api, coded("2025-01-01", "Ali Hassan +254 712 345 678"), period="month")
    assert found["cells"] == [cell("Ali Hassan +254 712 345 678", "2025-01", 1)]
