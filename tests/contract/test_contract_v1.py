"""Section 4: the older contract, at the same addresses."""

import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tenants.models import Tenant
from tenants.services import change_tenant
from tests.support.budgets import new_budget, set_prices
from tests.support.envelope import error_of, fields_of, request_id_of
from tests.support.provider import Reply, ScriptedProvider, rate_limited
from tests.support.request_bodies import CONTENT, dated

PERSONAL = "Call me on +254 712 345 678 or write to amina@example.org about the pump."
SECRETS = ("+254 712 345 678", "amina@example.org")


def texts(*contents: str, **more: Any) -> dict[str, Any]:
    records = [{"id": f"r{number}", "text": text} for number, text in enumerate(contents, start=1)]
    return {"feedback_records": records, "prompt": "What do people need?"} | more


def items(*contents: str, **more: Any) -> dict[str, Any]:
    return {"feedback_items": texts(*contents)["feedback_records"]} | more


def test_analyze_has_its_shape(api: httpx.Client, provider: ScriptedProvider) -> None:
    body = texts("The pump is dry.", "No water.")
    body["feedback_records"][0]["metadata"] = {"village": "Bor", "age": 31, "score": 0.5, "urgent": True}
    response = api.post("/v1/analyze", json=body)
    assert response.status_code == 200
    answer = response.json()
    assert set(answer) >= {"analysis", "feedback_record_count", "request_id", "used_anonymization"}
    assert answer["feedback_record_count"] == 2
    assert answer["request_id"] == request_id_of(response)
    assert answer["used_anonymization"] is True
    assert "A analysis." in answer["analysis"]
    assert len(provider.requests) == 1, "nobody is shown a score"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"text": ""}, "text"),
        ({"text": None}, "text"),
        ({"text": 5}, "text"),
        ({"text": "x" * 100_001}, "text"),
        ({"id": 1}, "id"),
        ({"metadata": {"a": [1]}}, "metadata.a"),
        ({"metadata": {"a": {"b": 1}}}, "metadata.a"),
        ({"metadata": "x"}, "metadata"),
    ],
)
def test_analyze_holds_its_records_to_their_bounds(api: httpx.Client, changed: dict[str, Any], field: str) -> None:
    body = texts(CONTENT)
    body["feedback_records"][0] |= changed
    assert list(fields_of(api.post("/v1/analyze", json=body))) == [f"body.feedback_records.0.{field}"]


@pytest.mark.parametrize("changed", [{"prompt": ""}, {"prompt": "x" * 4001}, {"anonymize": "maybe"}, {"prompt": None}])
def test_analyze_holds_its_other_fields_to_their_bounds(api: httpx.Client, changed: dict[str, Any]) -> None:
    issues = fields_of(api.post("/v1/analyze", json=texts(CONTENT, **changed)))
    assert list(issues) == [f"body.{next(iter(changed))}"]


def test_records_of_v2_on_analyze_lack_nothing_but_may_be_named_content(api: httpx.Client) -> None:
    body = texts() | {"feedback_records": [{"id": "r1", "content": CONTENT}]}
    assert api.post("/v1/analyze", json=body).json()["feedback_record_count"] == 1


def test_a_record_without_any_text_names_the_field(api: httpx.Client) -> None:
    issues = fields_of(api.post("/v1/analyze", json=texts() | {"feedback_records": [{"id": "r1"}]}))
    assert issues == {"body.feedback_records.0.text": "Field required"}


def test_summarize_answers_each_record_with_the_summariser_s_own_score(
    api: httpx.Client, provider: ScriptedProvider
) -> None:
    def summarise(request: Any) -> Any:
        told = re.search(r"Story number \d", request.user)
        return {"title": "T", "summary": told and told[0], "quality_score": 0.7}

    provider.answer_with(summarise)
    records = [dated(f"Story number {number} of the flood.", record_id=f"id-{number}") for number in range(3)]
    answer = api.post("/v1/summarize", json={"feedback_records": records, "output_language": "Dutch"}).json()
    assert [set(each) >= {"id", "title", "summary", "quality_score"} for each in answer["summaries"]] == [True] * 3
    assert [each["id"] for each in answer["summaries"]] == ["id-0", "id-1", "id-2"]
    assert [each["quality_score"] for each in answer["summaries"]] == [0.7] * 3
    assert [each["summary"] for each in answer["summaries"]] == [f"Story number {number}" for number in range(3)]
    assert answer["used_anonymization"] is True


@pytest.mark.parametrize("path", ["/v1/summarize", "/v1/summarize-aggregate"])
@pytest.mark.parametrize(
    "missing", ["created", "feedback_record_id", "coding_level_1", "coding_level_2", "coding_level_3"]
)
def test_summarize_needs_all_its_metadata(api: httpx.Client, path: str, missing: str) -> None:
    record = dated()
    del record["metadata"][missing]
    issues = fields_of(api.post(path, json={"feedback_records": [record]}))
    assert issues == {f"body.feedback_records.0.metadata.{missing}": "Field required"}


@pytest.mark.parametrize("path", ["/v1/summarize", "/v1/summarize-aggregate"])
@pytest.mark.parametrize(
    ("changed", "fits"),
    [
        ({"created": "2026-07-01 09:30:00"}, True),
        ({"created": "2026-07-01T09:30:00+02:00"}, True),
        ({"created": "2026-07-01T09:30:00Z"}, True),
        ({"created": "soon"}, False),
        ({"created": ""}, False),
        ({"created": None}, False),
        ({"coding_level_1": None}, False),
        ({"village": "Bor"}, False),
    ],
)
def test_summarize_reads_its_metadata_strictly(
    api: httpx.Client, path: str, changed: dict[str, Any], fits: bool
) -> None:
    response = api.post(path, json={"feedback_records": [dated(**changed)]})
    if fits:
        assert response.status_code == 200
    else:
        assert list(fields_of(response)) == [f"body.feedback_records.0.metadata.{next(iter(changed))}"]


@pytest.mark.parametrize("content", ["", "   "])
@pytest.mark.parametrize("path", ["/v1/summarize", "/v1/summarize-aggregate"])
def test_empty_content_is_422(api: httpx.Client, path: str, content: str) -> None:
    issues = fields_of(api.post(path, json={"feedback_records": [dated(content)]}))
    assert list(issues) == ["body.feedback_records.0.content"]


def test_metadata_is_required_and_a_prompt_may_be_left_out(api: httpx.Client) -> None:
    record = dated()
    del record["metadata"]
    issues = fields_of(api.post("/v1/summarize", json={"feedback_records": [record]}))
    assert issues == {"body.feedback_records.0.metadata": "Field required"}
    for prompt in (None, "", "Dwell on water."):
        assert api.post("/v1/summarize", json={"feedback_records": [dated()], "prompt": prompt}).status_code == 200
    long = api.post("/v1/summarize", json={"feedback_records": [dated()], "prompt": "x" * 4001})
    assert list(fields_of(long)) == ["body.prompt"]


def test_summarize_aggregate_has_its_shape(api: httpx.Client, provider: ScriptedProvider) -> None:
    records = [dated("The pump is dry.", record_id="b"), dated("No water.", record_id="a")]
    provider.enqueue(Reply(content={"title": "Water", "summary": "No water.", "ids": ["made-up"]}))
    answer = api.post("/v1/summarize-aggregate", json={"feedback_records": records, "prompt": "Dwell on pumps."}).json()
    assert answer["summary"]["ids"] == ["b", "a"]
    assert (answer["summary"]["title"], answer["summary"]["summary"]) == ("Water", "No water.")
    assert answer["summary"]["quality_score"] == pytest.approx(0.9)
    assert "Dwell on pumps." in provider.requests[0].user


def test_detect_sensitive_rates_each_item(api: httpx.Client, provider: ScriptedProvider) -> None:
    def rate(request: Any) -> Any:
        is_theft = "took my card" in request.user
        return {"sensitivity_types": ["THEFT"] if is_theft else [], "explanation": "Because."}

    provider.answer_with(rate)
    answer = api.post("/v1/detect-sensitive", json=items("Thanks for the well.", "They took my card.")).json()
    assert answer["ratings"] == [
        {"id": "r1", "is_sensitive": False, "explanation": "Because.", "sensitivity_types": []},
        {"id": "r2", "is_sensitive": True, "explanation": "Because.", "sensitivity_types": ["THEFT"]},
    ]


def test_detect_sensitive_refuses_an_empty_item(api: httpx.Client) -> None:
    assert list(fields_of(api.post("/v1/detect-sensitive", json=items("")))) == ["body.feedback_items.0.text"]


def test_the_body_tells_the_versions_apart(api: httpx.Client) -> None:
    both = {"feedback_record": {"id": "v2", "content": ""}, "feedback_records": [dated()]}
    assert api.post("/v1/summarize", json=both).json()["id"] == "v2"
    assert list(fields_of(api.post("/v1/summarize", json={"other": 1}))) == ["body.feedback_record"]
    assert list(fields_of(api.post("/v1/summarize", json={"feedback_records": []}))) == ["body.feedback_records"]


REQUESTS = {
    "/v1/analyze": texts(PERSONAL, prompt="What about amina@example.org?"),
    "/v1/summarize": {"feedback_records": [dated(PERSONAL)], "prompt": "Mind amina@example.org"},
    "/v1/summarize-aggregate": {"feedback_records": [dated(PERSONAL)]},
    "/v1/detect-sensitive": items(PERSONAL),
}


@pytest.mark.parametrize("path", list(REQUESTS))
@pytest.mark.parametrize("anonymize", [True, False, None])
def test_redaction_happens_unless_the_tenant_s_policy_lets_it_go(
    api: httpx.Client, provider: ScriptedProvider, path: str, anonymize: bool | None
) -> None:
    body = REQUESTS[path] if anonymize is None else REQUESTS[path] | {"anonymize": anonymize}
    answer = api.post(path, json=body).json()
    assert answer["used_anonymization"] is True
    assert provider.requests
    assert not any(secret in prompt for secret in SECRETS for prompt in provider.prompts())


@pytest.mark.parametrize("path", list(REQUESTS))
def test_a_tenant_may_let_redaction_go_and_the_answer_says_so(
    api: httpx.Client, provider: ScriptedProvider, tenant: Tenant, path: str
) -> None:
    change_tenant(tenant=tenant, actor_id="test", redaction_policy={"may_be_switched_off": True})
    answer = api.post(path, json=REQUESTS[path] | {"anonymize": False}).json()
    assert answer["used_anonymization"] is False
    assert SECRETS[0] in provider.requests[0].user
    provider.reset()
    assert api.post(path, json=REQUESTS[path] | {"anonymize": True}).json()["used_anonymization"] is True
    assert not any(secret in prompt for secret in SECRETS for prompt in provider.prompts())


def test_anonymize_null_is_422(api: httpx.Client) -> None:
    assert list(fields_of(api.post("/v1/analyze", json=texts(CONTENT, anonymize=None)))) == ["body.anonymize"]


REFUSED = "Second story."
REFUSALS = {
    "unusable": Reply(content="no"),
    "bad request": Reply(status=400),
    "unauthorized": Reply(status=401),
    "server error": Reply(status=500),
    "rate limit": rate_limited(retry_after="0"),
}
BATCHES: dict[str, tuple[str, Callable[..., dict[str, Any]]]] = {
    "/v1/summarize": ("summaries", lambda *texts: {"feedback_records": [dated(text) for text in texts]}),
    "/v1/detect-sensitive": ("ratings", items),
}


def refuse(reply: Reply) -> Callable[[Any], Reply | None]:
    return lambda request: reply if REFUSED in request.user else None


@pytest.mark.parametrize("how", list(REFUSALS))
@pytest.mark.parametrize("path", list(BATCHES))
def test_a_record_that_a_model_refuses_costs_no_other_record_its_answer(
    failing: httpx.Client, provider: ScriptedProvider, path: str, how: str
) -> None:
    key, body = BATCHES[path]
    provider.answer_with(refuse(REFUSALS[how]))
    response = failing.post(path, json=body("First story.", REFUSED, "Third story."))
    assert response.status_code == 200
    first, second, third = response.json()[key]
    code = "llm_rate_limited" if how == "rate limit" else "llm_error"
    assert second["error"]["code"] == code
    assert {value for name, value in second.items() if name not in {"id", "error"}} == {None}
    assert second.keys() - {"error"} == first.keys() == third.keys()
    assert None not in (*first.values(), *third.values())


def test_the_error_of_a_record_quotes_neither_record_nor_provider(
    failing: httpx.Client, provider: ScriptedProvider
) -> None:
    provider.answer_with(refuse(Reply(content="the cook sells our oil")))
    answer = failing.post("/v1/summarize", json=BATCHES["/v1/summarize"][1]("First story.", REFUSED)).json()
    assert set(answer["summaries"][1]["error"]) == {"code", "message", "details"}
    assert not any(text in str(answer["summaries"][1]["error"]) for text in (REFUSED, "cook"))


@pytest.mark.parametrize("path", list(BATCHES))
def test_a_batch_of_which_no_record_is_answered_is_502(
    failing: httpx.Client, provider: ScriptedProvider, path: str
) -> None:
    provider.answer_with(lambda request: Reply(content="no"))
    error_of(failing.post(path, json=BATCHES[path][1]("First story.", REFUSED)), 502, "llm_error")


def test_a_provider_that_answers_nobody_is_not_asked_about_every_record(
    failing: httpx.Client, provider: ScriptedProvider
) -> None:
    provider.answer_with(lambda request: rate_limited(retry_after="0"))
    response = failing.post("/v1/detect-sensitive", json=items(*["A story."] * 60))
    error_of(response, 429, "llm_rate_limited")
    assert response.headers["Retry-After"] == "1"
    assert len(provider.requests) < 60


def test_a_budget_that_is_spent_ends_the_whole_batch(
    api: httpx.Client, provider: ScriptedProvider, tenant: Tenant
) -> None:
    set_prices("openai/scripted")
    new_budget(tenant, "0.000001")
    error_of(api.post("/v1/detect-sensitive", json=items("First story.", "Second story.")), 402, "budget_exceeded")
    assert provider.requests == []


def test_a_record_too_long_for_a_call_leaves_the_others_alone(
    limited: httpx.Client, provider: ScriptedProvider
) -> None:
    answer = limited.post("/v1/detect-sensitive", json=items("The pump is dry. " * 5000, "No water.")).json()
    long, short = answer["ratings"]
    assert long["error"]["code"] == "payload_too_large"
    assert short["is_sensitive"] is not None
    assert len(provider.requests) == 1
