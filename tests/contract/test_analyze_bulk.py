"""Section 1: POST /v1/analyze-bulk."""

import re

import httpx
import pytest

from tests.support.envelope import error_of, request_id_of
from tests.support.limits import TOKEN_LIMIT
from tests.support.provider import Reply, ScriptedProvider
from tests.support.request_bodies import CONTENT, question, record

ANSWER_KEYS = {
    "analysis",
    "quality_score",
    "uncertainty_explanation",
    "feedback_record_count",
    "request_id",
    "confidence",
    "coding_trends",
    "pretty_output",
}


def test_an_answer_has_its_shape(api: httpx.Client) -> None:
    response = api.post("/v1/analyze-bulk", json=question("The pump is dry.", "No water."))
    assert response.status_code == 200
    body = response.json()
    assert set(body) >= ANSWER_KEYS
    assert body["quality_score"] == pytest.approx(0.9)
    assert body["uncertainty_explanation"]
    assert body["feedback_record_count"] == 2
    assert body["request_id"] == request_id_of(response)
    assert body["confidence"] is None
    assert body["coding_trends"] is None


def test_the_analysis_begins_with_a_disclaimer_and_a_blank_line(api: httpx.Client, provider: ScriptedProvider) -> None:
    said = "Main themes: water.\n\nThen: roads."
    provider.enqueue(Reply(content={"analysis": said}))
    first = api.post("/v1/analyze-bulk", json=question(CONTENT)).json()["analysis"]
    disclaimer, text = first.split("\n\n", 1)
    assert text == said
    assert disclaimer.startswith("Disclaimer: ")
    assert "AI" in disclaimer
    assert "human review" in disclaimer
    assert "<PERSON_1>" in disclaimer
    second = api.post("/v1/analyze-bulk", json=question("Another.", prompt="Else?")).json()["analysis"]
    assert second.split("\n\n", 1)[0] == disclaimer


def test_only_records_with_content_count(api: httpx.Client, provider: ScriptedProvider) -> None:
    body = api.post("/v1/analyze-bulk", json=question("The pump is dry.", "", " \t\n", " ", "No water.")).json()
    assert body["feedback_record_count"] == 2
    assert provider.requests[0].records_count == 2


@pytest.mark.parametrize("mode", [None, "single_pass", "hierarchical"])
def test_nothing_to_analyse_is_answered_without_a_model(
    api: httpx.Client, provider: ScriptedProvider, mode: str | None
) -> None:
    response = api.post("/v1/analyze-bulk", json=question("", "  \n") | {"mode": mode})
    assert response.status_code == 200
    body = response.json()
    assert body["feedback_record_count"] == 0
    assert body["quality_score"] is None
    assert body["uncertainty_explanation"] == "No feedback content was provided."
    assert body["analysis"].startswith("Disclaimer: ")
    assert provider.requests == []


def test_coding_trends_are_counted_even_of_empty_records(api: httpx.Client, provider: ScriptedProvider) -> None:
    records = [record("", created="2026-07-01", coding_level_1="Water")]
    body = api.post("/v1/analyze-bulk", json={"feedback_records": records, "prompt": "What?"}).json()
    assert set(body) >= ANSWER_KEYS
    assert provider.requests == []


@pytest.mark.parametrize("mode", ["single_pass", None])
def test_an_explicit_mode_that_fits_is_answered(api: httpx.Client, mode: str | None) -> None:
    body = api.post("/v1/analyze-bulk", json=question(CONTENT, mode=mode)).json()
    assert body["confidence"] is None
    assert body["quality_score"] is not None


@pytest.mark.parametrize("contents", [["water " * 4 * TOKEN_LIMIT], ["No water at the school. " * 20] * 40])
def test_an_explicit_single_pass_that_does_not_fit_is_413(
    limited: httpx.Client, provider: ScriptedProvider, contents: list[str]
) -> None:
    error = error_of(
        limited.post("/v1/analyze-bulk", json=question(*contents, mode="single_pass")), 413, "payload_too_large"
    )
    said = re.fullmatch(r"Estimated tokens \((\d+)\) exceed limit \((\d+)\)", error["message"])
    assert said
    assert int(said[2]) == TOKEN_LIMIT < int(said[1])
    assert error["fields"] is None
    assert provider.requests == []


def test_the_estimate_is_a_quarter_of_the_characters_of_both_messages(
    limited: httpx.Client, provider: ScriptedProvider
) -> None:
    limited.post("/v1/analyze-bulk", json=question("No water here at all, they say."))
    sent = provider.requests[0]
    fixed = len(sent.system) + len(sent.user) - len("No water here at all, they say.")
    room = 4 * TOKEN_LIMIT + 3 - fixed
    words = ("No water here at all, they say. " * 400)[:room].rstrip()
    fitting = words + "." * (room - len(words))
    assert limited.post("/v1/analyze-bulk", json=question(fitting, mode="single_pass")).status_code == 200
    over = error_of(
        limited.post("/v1/analyze-bulk", json=question(fitting + ".", mode="single_pass")), 413, "payload_too_large"
    )
    assert over["message"] == f"Estimated tokens ({TOKEN_LIMIT + 1}) exceed limit ({TOKEN_LIMIT})"


def test_records_are_numbered_and_their_ids_stay_here(api: httpx.Client, provider: ScriptedProvider) -> None:
    records = [
        record("The pump is dry.", record_id="crm-5f3a9b", feedback_record_id="FR-2026-77", created="2026-07-01"),
        record("No water.", record_id="crm-77e1c0"),
    ]
    assert api.post("/v1/analyze-bulk", json={"feedback_records": records, "prompt": "What?"}).status_code == 200
    for sent in provider.prompts():
        assert "crm-5f3a9b" not in sent
        assert "crm-77e1c0" not in sent
        assert "FR-2026-77" not in sent


def test_an_analysis_may_be_plain_text(api: httpx.Client, provider: ScriptedProvider) -> None:
    provider.enqueue(Reply(content="Most people ask for water."))
    body = api.post("/v1/analyze-bulk", json=question(CONTENT)).json()
    assert body["analysis"].endswith("\n\nMost people ask for water.")


def test_the_question_reaches_the_model_redacted(api: httpx.Client, provider: ScriptedProvider) -> None:
    api.post("/v1/analyze-bulk", json=question(CONTENT, prompt="What did jan@example.org say about pumps?"))
    assert all("jan@example.org" not in prompt for prompt in provider.prompts())
    assert "pumps" in provider.requests[0].user
