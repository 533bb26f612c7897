"""Section 0: the record and the issues of a body that does not fit."""

from typing import Any

import httpx
import pytest

from tests.support.envelope import error_of, fields_of
from tests.support.provider import ScriptedProvider
from tests.support.request_bodies import CONTENT, many, one, question, record

STRING = "Input should be a valid string"
MISSING = "Field required"


@pytest.mark.parametrize(
    ("changed", "field", "issue"),
    [
        ({"id": 7}, "id", STRING),
        ({"id": None}, "id", STRING),
        ({"id": ["r1"]}, "id", STRING),
        ({"id": True}, "id", STRING),
        ({"content": None}, "content", STRING),
        ({"content": 1.5}, "content", STRING),
        ({"content": {}}, "content", STRING),
        ({"content": "x" * 100_001}, "content", "String should have at most 100000 characters"),
        ({"metadata": None}, "metadata", None),
        ({"metadata": []}, "metadata", None),
        ({"metadata": "x"}, "metadata", None),
        ({"metadata": {"created": None}}, "metadata.created", STRING),
        ({"metadata": {"created": 20260701}}, "metadata.created", STRING),
        ({"metadata": {"coding_level_1": 1}}, "metadata.coding_level_1", STRING),
        ({"metadata": {"coding_level_3": []}}, "metadata.coding_level_3", STRING),
        ({"metadata": {"feedback_record_id": 5}}, "metadata.feedback_record_id", STRING),
        ({"metadata": {"village": "Bor"}}, "metadata.village", "Extra inputs are not permitted"),
    ],
)
def test_a_record_that_does_not_fit_is_422_and_names_the_field(
    api: httpx.Client, changed: dict[str, Any], field: str, issue: str | None
) -> None:
    wrong = record() | changed
    alone = fields_of(api.post("/v1/summarize", json={"feedback_record": wrong}))
    assert list(alone) == [f"body.feedback_record.{field}"]
    assert issue is None or alone[f"body.feedback_record.{field}"] == issue
    second = fields_of(api.post("/v1/summarize-bulk", json={"feedback_records": [record(), wrong]}))
    assert list(second) == [f"body.feedback_records.1.{field}"]


def test_every_wrong_field_is_named(api: httpx.Client) -> None:
    body = {"feedback_records": [{"content": 1}, {"id": "r2", "content": "", "metadata": {"x": "y"}}], "prompt": ""}
    assert fields_of(api.post("/v1/analyze-bulk", json=body)) == {
        "body.feedback_records.0.id": MISSING,
        "body.feedback_records.0.content": STRING,
        "body.feedback_records.1.metadata.x": "Extra inputs are not permitted",
        "body.prompt": "String should have at least 1 character",
    }


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/v1/summarize", {}, "body.feedback_record"),
        ("/v1/summarize", {"feedback_record": {}}, "body.feedback_record.id"),
        ("/v1/detect-sensitive", {}, "body.feedback_record"),
        ("/v1/summarize-bulk", {}, "body.feedback_records"),
        ("/v1/analyze-bulk", {"prompt": "x"}, "body.feedback_records"),
        ("/v1/analyze-bulk", many("x"), "body.prompt"),
    ],
)
def test_what_is_missing_is_named(api: httpx.Client, path: str, body: dict[str, Any], field: str) -> None:
    assert fields_of(api.post(path, json=body))[field] == MISSING


@pytest.mark.parametrize("wrong", [None, {}, "records", 1])
@pytest.mark.parametrize("path", ["/v1/summarize-bulk", "/v1/analyze-bulk"])
def test_records_are_a_list_of_at_least_one(api: httpx.Client, path: str, wrong: Any) -> None:
    assert "body.feedback_records" in fields_of(api.post(path, json={"feedback_records": wrong, "prompt": "x"}))
    issues = fields_of(api.post(path, json={"feedback_records": [], "prompt": "x"}))
    assert list(issues) == ["body.feedback_records"]


@pytest.mark.parametrize("wrong", [None, [], "r1", 3])
def test_a_record_is_an_object(api: httpx.Client, wrong: Any) -> None:
    assert list(fields_of(api.post("/v1/summarize", json={"feedback_record": wrong}))) == ["body.feedback_record"]


@pytest.mark.parametrize(
    ("changed", "fits"),
    [
        ({"prompt": "x" * 4000}, True),
        ({"prompt": "ж" * 4000}, True),
        ({"prompt": "x" * 4001}, False),
        ({"prompt": ""}, False),
        ({"prompt": None}, False),
        ({"prompt": 5}, False),
        ({"mode": "both"}, False),
        ({"mode": 1}, False),
        ({"mode": None}, True),
        ({"mode": "single_pass"}, True),
        ({"period": "day"}, True),
        ({"period": None}, True),
        ({"period": "year"}, False),
        ({"period": 7}, False),
        ({"output_language": None}, True),
        ({"output_language": ""}, True),
        ({"output_language": 5}, False),
        ({"selected_method": "analyze", "endpoint": "/v1/analyze-bulk", "anything": {"else": [1]}}, True),
    ],
)
def test_analyze_bulk_holds_its_fields_to_their_bounds(api: httpx.Client, changed: dict[str, Any], fits: bool) -> None:
    response = api.post("/v1/analyze-bulk", json=question(CONTENT, **changed))
    if fits:
        assert response.status_code == 200
    else:
        assert list(fields_of(response)) == [f"body.{next(iter(changed))}"]


def test_unknown_keys_are_ignored_beside_and_in_a_record(api: httpx.Client) -> None:
    body = one(surprise=1) | {"feedback_record": record() | {"colour": "red", "nested": {"deep": [None]}}}
    assert api.post("/v1/summarize", json=body).status_code == 200


def test_content_of_100000_characters_is_taken(api: httpx.Client) -> None:
    content = "Ünïcode wörd. " * 7142
    assert len(content) <= 100_000
    assert api.post("/v1/summarize", json=one(content + "ö" * (100_000 - len(content)))).status_code == 200


def test_empty_and_duplicate_ids_are_allowed(api: httpx.Client) -> None:
    records = [record(record_id=""), record(record_id="same"), record(record_id="same")]
    answer = api.post("/v1/summarize-bulk", json={"feedback_records": records}).json()
    assert answer["ids"] == ["", "same", "same"]
    assert api.post("/v1/summarize", json={"feedback_record": records[0]}).json()["id"] == ""


@pytest.mark.parametrize("created", ["", "2026-07-01 09:30:00", "2026-07-01T09:30:00Z", "yesterday", "x" * 500])
def test_created_is_any_string(api: httpx.Client, created: str) -> None:
    body = {"feedback_record": record(created=created, coding_level_1="", coding_level_2=None)}
    assert api.post("/v1/summarize", json=body).status_code == 200


def test_issues_quote_nothing_of_the_record(api: httpx.Client) -> None:
    secret = "The cook at the Bor kitchen steals oil"
    body = {"feedback_record": {"id": 5, "content": secret, "metadata": {"created": 1}}}
    assert secret not in api.post("/v1/summarize", json=body).text


def test_a_refused_body_reaches_no_model(api: httpx.Client, provider: ScriptedProvider) -> None:
    error_of(api.post("/v1/summarize", json={}), 422, "validation_error")
    assert provider.requests == []
