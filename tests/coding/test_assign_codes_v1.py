"""Coding in contract v1: a list of records, types, categories and codes."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from coding.models import CodeAssignment
from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tests.support.coding_bodies import v1_body, v2_body
from tests.support.envelope import error_of
from tests.support.factories import new_key, new_tenant
from tests.support.provider import RecordedRequest, Reply, ScriptedProvider
from tests.support.scripted_coder import ScriptedCoder, tag
from tests.support.web_server import WebServer

PICKS = ["Question", "Other questions", "Other"]
MAY_SWITCH_OFF = {"may_be_switched_off": True}


@pytest.mark.parametrize("path", ["/v1/assign_codes", "/v1/assign_codes/", "/v1/assign-codes", "/v1/assign-codes/"])
def test_each_record_is_coded(api: httpx.Client, provider: ScriptedProvider, path: str) -> None:
    provider.answer_with(ScriptedCoder(PICKS, {"Question": 0.9, "Other questions": 0.85, "Other": 0.8}))
    answer = api.post(path, json=v1_body("When?", "Who?"))
    code = {
        "code_id": "covid-19:question:other",
        "code_label": "Other",
        "confidence_type": 0.9,
        "confidence_category": 0.85,
        "confidence_code": 0.8,
        "confidence_aggregate": 0.8,
        "explanation": "Type (0.90): Fits. Category (0.85): Fits. Code (0.80): Fits.",
    }
    assert answer.json() == {
        "coded_feedback_records": [
            {"feedback_record_id": "r1", "assigned_codes": [code]},
            {"feedback_record_id": "r2", "assigned_codes": [code]},
        ],
        "used_anonymization": True,
    }
    assert len(provider.requests) == 12


def test_records_are_coded_apart_from_each_other(api: httpx.Client, provider: ScriptedProvider) -> None:
    def answer(request: object) -> object:
        picks = ["Praise", "Thanks", "Thank you"] if "grateful" in tag(request, "feedback_record") else PICKS  # type: ignore[arg-type]
        return ScriptedCoder(picks)(request)  # type: ignore[arg-type]

    provider.answer_with(answer)  # type: ignore[arg-type]
    coded = api.post("/v1/assign_codes", json=v1_body("So grateful", "When?")).json()["coded_feedback_records"]
    assert [record["assigned_codes"][0]["code_id"] for record in coded] == ["praise", "covid-19:question:other"]


def test_a_category_without_codes_is_not_offered(api: httpx.Client, provider: ScriptedProvider) -> None:
    provider.answer_with(ScriptedCoder([*PICKS, "Empty category"]))
    api.post("/v1/assign_codes", json=v1_body())
    assert all("Empty category" not in text for text in provider.prompts())


def test_empty_content_is_refused(api: httpx.Client) -> None:
    for text in ("", "  "):
        answer = api.post("/v1/assign_codes", json=v1_body(text))
        assert answer.status_code == 422
        assert answer.json()["error"]["fields"][0]["field"] == "body.feedback_records.0.content"


def test_text_is_taken_as_content(api: httpx.Client, provider: ScriptedProvider) -> None:
    provider.answer_with(ScriptedCoder(PICKS))
    body = v1_body() | {"feedback_records": [{"id": "r1", "text": "When?"}]}
    assert api.post("/v1/assign_codes", json=body).status_code == 200
    assert tag(provider.requests[0], "feedback_record") == "When?"


def test_wrong_frameworks_are_named(api: httpx.Client) -> None:
    without_id = {"types": [{"name": "A", "categories": [{"name": "B", "codes": [{"name": "C"}]}]}]}
    for framework, field in [
        ({}, "types"),
        ({"types": []}, "types"),
        ({"types": [{"categories": []}]}, "types.0.name"),
        (without_id, "types.0.categories.0.codes.0.code_id"),
    ]:
        answer = api.post("/v1/assign_codes", json=v1_body(coding_framework=framework))
        assert answer.status_code == 422
        assert answer.json()["error"]["fields"][0]["field"] == f"body.coding_framework.{field}"


def test_the_underscore_path_takes_no_v2_body(api: httpx.Client) -> None:
    fields = [each["field"] for each in api.post("/v1/assign_codes", json=v2_body()).json()["error"]["fields"]]
    assert sorted(fields) == ["body.coding_framework", "body.feedback_records"]


@pytest.mark.parametrize(("policy", "is_redacted"), [({}, True), (MAY_SWITCH_OFF, False)])
def test_redaction_is_switched_off_only_by_policy(
    server: WebServer,
    provider: ScriptedProvider,
    database: None,
    client_for: Callable[..., httpx.Client],
    policy: dict[str, bool],
    is_redacted: bool,
) -> None:
    provider.answer_with(ScriptedCoder(PICKS))
    api = client_for(server, new_key(new_tenant(redaction_policy=policy)))
    answer = api.post("/v1/assign_codes", json=v1_body("Write to amina@example.org", anonymize=False)).json()
    assert answer["used_anonymization"] is is_redacted
    assert all(("amina@example.org" not in text) is is_redacted for text in provider.prompts())


def refuse_deeper(request: RecordedRequest) -> Reply | dict[str, Any] | None:
    """Open two branches for each record; below the first level the second record is refused."""
    is_refused = "Refused" in tag(request, "feedback_record") and tag(request, "path")
    if is_refused and "selected" in request.asked_properties:
        return Reply(status=400)
    return ScriptedCoder([*PICKS, "Praise", "Thanks", "Thank you"])(request)


def test_a_record_that_a_model_refuses_half_way_costs_no_other_record_its_codes(
    api: httpx.Client, provider: ScriptedProvider
) -> None:
    provider.answer_with(refuse_deeper)
    answer = api.post("/v1/assign_codes", json=v1_body("When?", "Refused.")).json()
    coded, refused = answer["coded_feedback_records"]
    assert [code["code_label"] for code in coded["assigned_codes"]] == ["Other"]
    assert (refused["assigned_codes"], refused["error"]["code"]) == (None, "llm_error")
    asked = [request for request in provider.requests if "Refused." in request.user]
    assert len(asked) == 5, "a pick and two judgements, two picks, and then nothing more"


def test_a_batch_of_which_no_record_is_coded_is_502(api: httpx.Client, provider: ScriptedProvider) -> None:
    provider.answer_with(lambda request: Reply(status=400))
    error_of(api.post("/v1/assign_codes", json=v1_body("When?", "Who?")), 502, "llm_error")


def test_codes_of_the_answered_records_are_stored(
    server: WebServer, provider: ScriptedProvider, storing: Tenant, client_for: Callable[..., httpx.Client]
) -> None:
    provider.answer_with(refuse_deeper)
    client_for(server, new_key(storing)).post("/v1/assign_codes", json=v1_body("When?", "Refused."))
    with tenant_scope(storing.id):
        assert [row.record_reference for row in CodeAssignment.objects.all()] == ["r1"]
