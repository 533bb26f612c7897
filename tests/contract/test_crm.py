"""Section 6: what the CRM sends, as it sends it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tenants.models import RefusedRequest, Tenant
from tenants.scoping import tenant_scope
from tests.support.envelope import fields_of, request_id_of
from tests.support.provider import ScriptedProvider
from tests.support.web_server import WebServer

HEADERS = {"Content-Type": "application/json", "ngrok-skip-browser-warning": "true"}
PATHS = ("/v1/summarize", "/v1/detect-sensitive", "/v1/assign-codes")
MOTHER_PAYLOAD = (
    '{"feedback_record":{"content":"%s","id":"66a1c2d3e4f5a6b7c","metadata":{"created":"2026-07-01 09:30:00",'
    '   "coding_level_1":"","coding_level_2":"","coding_level_3":""}},'
    ' "coding_levels":{"root_codes":[{"id":"65f0a","name":"Water","children":[{"id":"65f0b","name":"Quality",'
    '"children":[{"id":"65f0c","name":"Taste","children":[]}]}]},{"id":"66f0a","name":"Food","children":[]}]},'
    '"max_codes":1,"confidence_threshold":0.1}'
)
INSIGHT = (
    '{"feedback_records":[{"content":"%s","id":"a1","metadata":{"created":"2026-07-01 09:30:00",'
    '"coding_level_1":"Water","coding_level_2":"","coding_level_3":""}},{"content":"Where do we register?","id":"a2",'
    '"metadata":{"created":"2026-06-21 09:30:00","coding_level_1":"","coding_level_2":"","coding_level_3":""}}],'
    ' "prompt":"%s","output_language":"Dutch","selected_method":"%s","endpoint":"/v1/analyze-bulk"}'
)
CONTENT = "The water tastes of iron,\tand the queue is long."


def send(api: httpx.Client, path: str, body: str) -> httpx.Response:
    return api.post(path, content=body.encode(), headers=HEADERS)


def refused(tenant: Tenant) -> list[RefusedRequest]:
    with tenant_scope(tenant.id):
        return list(RefusedRequest.objects.all())


def test_a_saved_record_is_summarised_flagged_and_coded_by_three_posts_at_once(
    api: httpx.Client, provider: ScriptedProvider
) -> None:
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda path: send(api, path, MOTHER_PAYLOAD % CONTENT), PATHS))
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert len({request_id_of(answer) for answer in answers}) == 3
    summary, rating, codes = (answer.json() for answer in answers)
    assert summary["id"] == rating["id"] == "66a1c2d3e4f5a6b7c"
    assert summary["summary"]
    assert isinstance(rating["is_sensitive"], bool)
    assert rating["explanation"]
    first = codes["assigned_codes"][0]
    assert [first[f"coding_level_{level}_id"] for level in (1, 2, 3)] == ["65f0a", "65f0b", "65f0c"]
    assert not any("66a1c2d3e4f5a6b7c" in prompt for prompt in provider.prompts())


def test_many_records_saved_at_once_keep_their_answers_apart(api: httpx.Client, provider: ScriptedProvider) -> None:
    provider.delay_seconds = 0.05
    bodies = [(path, MOTHER_PAYLOAD % f"Story {letter} of the flood") for letter in "abcdef" for path in PATHS]
    with ThreadPoolExecutor(len(bodies)) as pool:
        answers = list(pool.map(lambda sent: send(api, *sent), bodies))
    assert {answer.status_code for answer in answers} == {200}
    assert len({request_id_of(answer) for answer in answers}) == len(bodies)


@pytest.mark.parametrize("method", ["summarize_aggregate", "analyze", "", "something else"])
def test_an_insight_is_answered_on_either_path(api: httpx.Client, method: str) -> None:
    path = "/v1/analyze-bulk" if method == "analyze" else "/v1/summarize-bulk"
    answer = send(api, path, INSIGHT % (CONTENT, "What do people ask about water?", method))
    assert answer.status_code == 200
    shown = answer.json()["pretty_output"]
    assert shown.endswith("-" * 60)
    assert shown.splitlines()[0].startswith("QUALITY: " if method == "analyze" else "IDs:            a1, a2")


def test_an_insight_of_thousands_of_records_is_summarised(limited: httpx.Client, provider: ScriptedProvider) -> None:
    records = [
        {
            "content": f"We asked {number} times for water.",
            "id": f"crm{number}",
            "metadata": {"created": "2026-07-01 09:30:00", "coding_level_1": "", "coding_level_2": ""},
        }
        for number in range(600)
    ]
    body: dict[str, Any] = {"feedback_records": records, "output_language": "Dutch"}
    answer = limited.post("/v1/summarize-bulk", json=body)
    assert answer.status_code == 200
    assert len(answer.json()["ids"]) == 600
    assert len(provider.requests) > 3


def test_an_empty_question_is_422(api: httpx.Client) -> None:
    answer = send(api, "/v1/analyze-bulk", INSIGHT % (CONTENT, "", "analyze"))
    assert list(fields_of(answer)) == ["body.prompt"]


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/v1/summarize", MOTHER_PAYLOAD % 'They said "no" to us', "body.42"),
        ("/v1/detect-sensitive", MOTHER_PAYLOAD % 'قالوا "لا" لنا', "body.43"),
        ("/v1/assign-codes", MOTHER_PAYLOAD % "C:\\water", "body.33"),
        ("/v1/analyze-bulk", INSIGHT % (CONTENT, 'What is "water" here?', "analyze"), None),
    ],
)
def test_json_broken_by_a_quote_is_422_and_leaves_a_row_without_text(
    api: httpx.Client, tenant: Tenant, path: str, body: str, field: str | None
) -> None:
    answer = send(api, path, body)
    ((where, issue),) = fields_of(answer).items()
    assert issue == "JSON decode error"
    assert field is None or where == field
    (row,) = refused(tenant)
    assert (row.path, row.method, row.status) == (path, "POST", 422)
    assert (row.code, row.field) == ("validation_error", where)
    assert str(row.request_id) == request_id_of(answer)
    assert row.api_key_id is not None
    kept = " ".join(str(value) for value in vars(row).values())
    assert not any(text in kept for text in ("They said", "قالوا", "water", "C:"))


def test_a_refused_request_of_one_tenant_is_not_shown_to_another(
    api: httpx.Client, tenant: Tenant, other_tenant: Tenant
) -> None:
    send(api, "/v1/summarize", "{")
    assert len(refused(tenant)) == 1
    assert refused(other_tenant) == []


def test_a_request_nobody_can_be_named_for_leaves_no_row(
    server: WebServer, client_for: Callable[..., httpx.Client], tenant: Tenant
) -> None:
    send(client_for(server, "qfa_wrong"), "/v1/summarize", "{")
    assert refused(tenant) == []
