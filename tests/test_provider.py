"""The scripted provider itself: what other tests build on must hold."""

import json
import re
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.support.provider import (
    Reply,
    ScriptedProvider,
    echo,
    empty_choices,
    hang,
    invalid_json,
    rate_limited,
    reset_connection,
    serving,
    trickle,
    truncated_json,
    unauthorized,
)

SUMMARY = {"type": "object", "properties": {"title": {"type": "string"}, "summary": {"type": "string"}}}
SCORE = {"type": "number", "minimum": 0, "maximum": 1}
JUDGE = {"type": "object", "properties": {"score": SCORE, "explanation": {"type": "string"}}}
PICK = {"type": "object", "properties": {"selected": {"type": "array", "items": {"type": "integer"}}}}


@pytest.fixture
def scripted() -> Iterator[ScriptedProvider]:
    with serving(ScriptedProvider()) as provider:
        yield provider


def ask(
    provider: ScriptedProvider,
    user: str = "The tap is dry.",
    *,
    schema: dict[str, Any] | None = None,
    timeout_seconds: float = 5.0,
) -> httpx.Response:
    body: dict[str, Any] = {"model": "scripted", "messages": [{"role": "user", "content": user}]}
    if schema is not None:
        body["response_format"] = {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}}
    return httpx.post(f"{provider.base_url}/chat/completions", json=body, timeout=timeout_seconds)


def content_of(response: httpx.Response) -> str:
    content: str = response.json()["choices"][0]["message"]["content"]
    return content


def test_an_answer_fits_the_schema_of_the_request(scripted: ScriptedProvider) -> None:
    summary = json.loads(content_of(ask(scripted, schema=SUMMARY)))
    judge = json.loads(content_of(ask(scripted, schema=JUDGE)))
    pick = json.loads(content_of(ask(scripted, schema=PICK)))
    assert summary == {"title": "A title.", "summary": "A summary."}
    assert judge == {"score": 0.9, "explanation": "A explanation."}
    assert pick == {"selected": [0]}


def test_references_nullable_fields_and_enumerations_are_followed(scripted: ScriptedProvider) -> None:
    schema = {
        "$defs": {"Kind": {"enum": ["FRAUD", "THEFT"]}},
        "type": "object",
        "properties": {
            "kinds": {"type": "array", "items": {"$ref": "#/$defs/Kind"}},
            "note": {"anyOf": [{"type": "null"}, {"type": "string", "maxLength": 3}]},
        },
    }
    assert json.loads(content_of(ask(scripted, schema=schema))) == {"kinds": ["FRAUD"], "note": "A n"}


def test_a_list_of_objects_has_one_for_each_record_and_numbers_them(scripted: ScriptedProvider) -> None:
    item = {"type": "object", "properties": {"number": {"type": "integer"}, "title": {"type": "string"}}}
    schema = {"type": "object", "properties": {"summaries": {"type": "array", "items": item}}}
    user = "<feedback_record>one</feedback_record><feedback_record>two</feedback_record>"
    answer = json.loads(content_of(ask(scripted, user, schema=schema)))
    assert [summary["number"] for summary in answer["summaries"]] == [1, 2]


def test_without_a_schema_the_answer_is_plain_text(scripted: ScriptedProvider) -> None:
    assert content_of(ask(scripted)) == "Plain answer of the scripted provider."


def test_enqueued_replies_come_first_and_in_order(scripted: ScriptedProvider) -> None:
    scripted.enqueue(Reply(content="first"), rate_limited(retry_after="7"), unauthorized(), Reply(content={"a": 1}))
    answers = [ask(scripted) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 429, 401, 200, 200]
    assert content_of(answers[0]) == "first"
    assert answers[1].headers["Retry-After"] == "7"
    assert content_of(answers[3]) == '{"a": 1}'
    assert [request.answered for request in scripted.requests] == [True, False, False, True, True]


def test_a_function_sees_the_request_and_may_leave_it_to_the_schema(scripted: ScriptedProvider) -> None:
    scripted.answer_with(lambda request: "picked" if "selected" in request.asked_properties else None)
    assert content_of(ask(scripted, schema=PICK)) == "picked"
    assert json.loads(content_of(ask(scripted, schema=SUMMARY)))["title"] == "A title."


def test_echo_repeats_what_the_model_saw(scripted: ScriptedProvider) -> None:
    scripted.answer_with(echo)
    answer = json.loads(content_of(ask(scripted, 'Call "Amina" \\ <PHONE_1>', schema=SUMMARY)))
    assert answer["summary"] == 'Call "Amina" \\ <PHONE_1>'


def test_every_nth_call_fails(scripted: ScriptedProvider) -> None:
    scripted.fail_every(3)
    assert [ask(scripted).status_code for _ in range(6)] == [200, 200, 500, 200, 200, 500]


def test_a_delay_holds_the_answer_back(scripted: ScriptedProvider) -> None:
    scripted.delay_seconds = 0.2
    started = time.monotonic()
    ask(scripted)
    assert time.monotonic() - started >= 0.2


def test_a_reset_connection_brings_no_answer(scripted: ScriptedProvider) -> None:
    scripted.enqueue(reset_connection())
    with pytest.raises(httpx.TransportError):
        ask(scripted)
    assert not scripted.requests[0].answered


@pytest.mark.parametrize("fault", [truncated_json(), invalid_json()])
def test_a_broken_body_has_status_200_and_cannot_be_read(scripted: ScriptedProvider, fault: Reply) -> None:
    scripted.enqueue(fault)
    response = ask(scripted, schema=SUMMARY)
    assert response.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        response.json()
    assert (scripted.requests[0].answered, scripted.requests[0].usage) == (False, None)


def test_empty_choices_are_billed(scripted: ScriptedProvider) -> None:
    scripted.enqueue(empty_choices())
    response = ask(scripted, "four tokens here")
    assert response.json()["choices"] == []
    assert response.json()["usage"]["prompt_tokens"] == 4
    assert not scripted.requests[0].answered
    assert scripted.requests[0].usage is not None


def test_a_hanging_call_ends_with_the_reset_of_the_provider(scripted: ScriptedProvider) -> None:
    scripted.enqueue(hang())
    with pytest.raises(httpx.ReadTimeout):
        ask(scripted, timeout_seconds=0.2)
    scripted.reset()
    assert scripted.requests == []
    assert ask(scripted).status_code == 200


def test_a_trickle_never_exceeds_the_pause_between_two_bytes(scripted: ScriptedProvider) -> None:
    scripted.enqueue(trickle(seconds_per_byte=0.001))
    response = ask(scripted, timeout_seconds=0.5)
    assert content_of(response) == "Plain answer of the scripted provider."


def test_usage_counts_a_quarter_of_the_characters(scripted: ScriptedProvider) -> None:
    scripted.enqueue(Reply(content="x" * 40))
    usage = ask(scripted, "y" * 400).json()["usage"]
    assert (usage["prompt_tokens"], usage["completion_tokens"], usage["total_tokens"]) == (100, 10, 110)


def test_a_shared_beginning_is_cached_in_steps_of_128_tokens_from_1024_on(scripted: ScriptedProvider) -> None:
    def cached(user: str) -> int:
        count: int = ask(scripted, user).json()["usage"]["prompt_tokens_details"]["cached_tokens"]
        return count

    framework = "".join(f"{number:04d}" for number in range(1300))  # 1,300 tokens
    assert cached(framework + "first record") == 0
    assert cached(framework + "second record") == 1280
    assert cached("other instructions" + framework) == 0
    assert cached(framework[: 4 * 1000]) == 0


def test_prompts_hold_all_that_was_sent(scripted: ScriptedProvider) -> None:
    ask(scripted, "The well is broken.")
    assert scripted.prompts() == ["The well is broken."]
    assert scripted.requests[0].user == "The well is broken."
    assert scripted.requests[0].system == ""


def test_embeddings_of_texts_that_share_words_are_near_each_other(scripted: ScriptedProvider) -> None:
    texts = ["the well is broken", "the well is dry", "thank you volunteers"]
    response = httpx.post(f"{scripted.base_url}/embeddings", json={"model": "e", "input": texts})
    well, dry, thanks = (row["embedding"] for row in response.json()["data"])
    similarity = [sum(a * b for a, b in zip(well, other, strict=True)) for other in (well, dry, thanks)]
    assert similarity[0] == pytest.approx(1.0)
    assert similarity[1] > similarity[2]
    assert len(scripted.embedding_requests) == 1


def test_the_address_names_loopback_and_lists_a_model(scripted: ScriptedProvider) -> None:
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/v1", scripted.base_url)
    assert httpx.get(f"{scripted.base_url}/models").json()["data"][0]["id"] == "scripted"
