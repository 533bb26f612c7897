"""Sections 1 and 7: the judge, which never fails an operation."""

import httpx
import pytest

from tests.support.provider import Reply, ScriptedProvider, invalid_json, server_error, unauthorized
from tests.support.request_bodies import many, one, question

UNAVAILABLE = "Judge unavailable; the quality score could not be computed for this analysis."
OUT_OF_RANGE = {"faithfulness": 1.2, "coverage": 0.5, "clarity": 0.5, "explanation": "Too good."}
FAILURES = {
    "out of range": Reply(content=OUT_OF_RANGE),
    "negative": Reply(content=OUT_OF_RANGE | {"faithfulness": -0.1}),
    "not a number": Reply(content='{"faithfulness": NaN, "coverage": 0.5, "clarity": 0.5, "explanation": ""}'),
    "bare and out of range": Reply(content="8.5"),
    "no numbers": Reply(content="Looks good to me."),
    "incomplete": Reply(content={"faithfulness": 0.9}),
    "a number of 5000 digits": Reply(content="9" * 5000),
    "refused": unauthorized(),
    "server error": server_error(),
    "html": invalid_json(),
}


def judge_with(provider: ScriptedProvider, reply: Reply) -> None:
    provider.answer_with(lambda request: reply if "faithfulness" in request.asked_properties else None)


@pytest.mark.parametrize("how", list(FAILURES))
def test_an_operation_survives_its_judge(failing: httpx.Client, provider: ScriptedProvider, how: str) -> None:
    judge_with(provider, FAILURES[how])
    analysis = failing.post("/v1/analyze-bulk", json=question("The pump is dry."))
    assert analysis.status_code == 200
    assert analysis.json()["quality_score"] is None
    assert analysis.json()["uncertainty_explanation"] == UNAVAILABLE
    assert "QUALITY" not in analysis.json()["pretty_output"]
    summary = failing.post("/v1/summarize", json=one())
    assert summary.status_code == 200
    assert summary.json()["quality_score"] is None
    assert summary.json()["summary"] == "A summary."


def test_a_failed_judge_leaves_a_bulk_summary_without_a_score(
    failing: httpx.Client, provider: ScriptedProvider
) -> None:
    judge_with(provider, Reply(content="2"))
    answer = failing.post("/v1/summarize-bulk", json=many("The pump is dry."))
    assert answer.status_code == 200
    assert answer.json()["quality_score"] is None
    assert "QUALITY" not in answer.json()["pretty_output"]


@pytest.mark.parametrize(
    ("text", "score"), [("0.8", 0.8), ("1", 1.0), ("0", 0.0), (" 0.35\n", 0.35), ("1.0", 1.0), ("5e-1", 0.5)]
)
def test_a_judge_may_answer_with_one_bare_number(
    api: httpx.Client, provider: ScriptedProvider, text: str, score: float
) -> None:
    judge_with(provider, Reply(content=text))
    assert api.post("/v1/summarize", json=one()).json()["quality_score"] == score
    assert api.post("/v1/analyze-bulk", json=question("Dry.")).json()["quality_score"] == score


def test_a_judge_may_wrap_its_answer_in_a_code_fence(api: httpx.Client, provider: ScriptedProvider) -> None:
    judge_with(provider, Reply(content='```json\n{"faithfulness":1,"coverage":1,"clarity":0,"explanation":"x"}\n```'))
    assert api.post("/v1/summarize", json=one()).json()["quality_score"] == pytest.approx(0.9)


def test_the_judge_s_explanation_is_the_analysis_s_uncertainty(api: httpx.Client, provider: ScriptedProvider) -> None:
    said = {"faithfulness": 0.9, "coverage": 0.6, "clarity": 0.8, "explanation": "Grounded in two records."}
    judge_with(provider, Reply(content=said))
    answer = api.post("/v1/analyze-bulk", json=question("The pump is dry.")).json()
    assert answer["uncertainty_explanation"] == "Grounded in two records."
    assert answer["quality_score"] == pytest.approx(0.8)


def test_the_judge_is_asked_for_numbers_and_an_explanation_only(api: httpx.Client, provider: ScriptedProvider) -> None:
    api.post("/v1/analyze-bulk", json=question("The pump is dry."))
    api.post("/v1/summarize", json=one())
    judges = [request for request in provider.requests if "faithfulness" in request.asked_properties]
    assert len(judges) == 2
    for judge in judges:
        properties = (judge.schema or {})["properties"]
        numbers = {name for name, part in properties.items() if part["type"] == "number"}
        assert set(properties) - numbers == {"explanation"}
        assert all(properties[name] == {"type": "number"} for name in numbers), "not every vendor takes bounds"
