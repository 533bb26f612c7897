"""Section 1: POST /v1/summarize and POST /v1/summarize-bulk."""

import itertools
import time

import httpx
import pytest

from tests.support.envelope import error_of
from tests.support.limits import TOKEN_LIMIT
from tests.support.provider import RecordedRequest, Reply, ScriptedProvider
from tests.support.request_bodies import CONTENT, many, one, record

THINGS = ["The pump", "The road", "The queue", "The school", "Our roof", "The latrine", "The market", "The bridge"]
STATES = [" is dry", " is broken", " was closed", " smells bad", " is far away", " was flooded", " is unsafe at night"]
TIMES = [
    " again.",
    " since the rain.",
    " all day.",
    " for weeks.",
    " every morning.",
    " and nobody comes.",
    " as before.",
]
LONG = "The queue at the clinic is long and old people stand in the sun for hours. "


def is_summary(request: RecordedRequest) -> bool:
    return "title" in request.asked_properties


def test_a_summary_has_its_shape(api: httpx.Client) -> None:
    response = api.post("/v1/summarize", json={"feedback_record": record(record_id="65f0")})
    assert response.status_code == 200
    body = response.json()
    assert set(body) >= {"id", "title", "summary", "quality_score", "pretty_output"}
    assert (body["id"], body["title"], body["summary"]) == ("65f0", "A title.", "A summary.")
    assert body["quality_score"] == pytest.approx(0.9)


@pytest.mark.parametrize("content", ["", " ", "\n\t \r\n", "\u00a0\u2003"])
def test_an_empty_record_is_summarised_without_a_model(
    api: httpx.Client, provider: ScriptedProvider, content: str
) -> None:
    body = api.post("/v1/summarize", json=one(content)).json()
    assert (body["id"], body["title"], body["summary"], body["quality_score"]) == ("r1", "", "", 0.0)
    assert provider.requests == []


def test_the_id_is_the_request_s_whatever_the_model_says(api: httpx.Client, provider: ScriptedProvider) -> None:
    provider.enqueue(Reply(content={"id": "invented", "title": "T", "summary": "S", "quality_score": 0.1}))
    body = api.post("/v1/summarize", json=one()).json()
    assert body["id"] == "r1"
    assert body["quality_score"] == pytest.approx(0.9)


def test_the_title_and_summary_are_asked_for_and_the_judge_asked_apart(
    api: httpx.Client, provider: ScriptedProvider
) -> None:
    api.post("/v1/summarize", json=one())
    writing, judging = provider.requests
    assert writing.asked_properties == {"title", "summary"}
    assert not judging.asked_properties & {"title", "summary", "analysis", "answer", "result"}


def test_a_bulk_summary_has_its_shape(api: httpx.Client, provider: ScriptedProvider) -> None:
    body = api.post("/v1/summarize-bulk", json=many("The pump is dry.", "", "No water.")).json()
    assert set(body) >= {"ids", "title", "summary", "quality_score", "pretty_output"}
    assert body["ids"] == ["r1", "r3"]
    assert (body["title"], body["summary"]) == ("A title.", "A summary.")
    assert body["quality_score"] == pytest.approx(0.9)
    assert [is_summary(request) for request in provider.requests] == [True, False]


def test_ids_keep_their_order_and_their_duplicates_and_are_not_sent(
    api: httpx.Client, provider: ScriptedProvider
) -> None:
    ids = ["zz-9f31", "aa-0c42", "zz-9f31", "mm-77aa"]
    provider.enqueue(Reply(content={"ids": ["made-up"], "title": "T", "summary": "S"}))
    records = [record(f"Sentence number {number}.", record_id=id_) for number, id_ in enumerate(ids)]
    assert api.post("/v1/summarize-bulk", json={"feedback_records": records}).json()["ids"] == ids
    assert not any(id_ in prompt for id_ in ids for prompt in provider.prompts())


def test_a_bulk_of_empty_records_is_answered_without_a_model(api: httpx.Client, provider: ScriptedProvider) -> None:
    body = api.post("/v1/summarize-bulk", json=many("", "  ")).json()
    assert (body["ids"], body["title"], body["summary"], body["quality_score"]) == ([], "", "", 0.0)
    assert provider.requests == []


def test_what_the_crm_adds_is_ignored(api: httpx.Client, provider: ScriptedProvider) -> None:
    body = many(CONTENT, prompt="Ignore the records", selected_method="summarize_aggregate", endpoint="/v1/x")
    assert api.post("/v1/summarize-bulk", json=body | {"prompt": None}).status_code == 200
    assert api.post("/v1/summarize-bulk", json=body).status_code == 200
    assert all("Ignore the records" not in prompt for prompt in provider.prompts())


def test_more_than_fits_is_summarised_in_parts_and_merged(limited: httpx.Client, provider: ScriptedProvider) -> None:
    contents = [f"Record {number}: {LONG * 8}" for number in range(24)]
    started = time.monotonic()
    response = limited.post("/v1/summarize-bulk", json=many(*contents))
    assert response.status_code == 200
    assert time.monotonic() - started < 14
    assert response.json()["ids"] == [f"r{number}" for number in range(1, 25)]
    written = [request for request in provider.requests if is_summary(request)]
    assert len(written) > 2
    assert all(len(request.prompt) // 4 <= TOKEN_LIMIT for request in provider.requests)
    sent = "\n".join(request.user for request in written)
    assert all(f"Record {number}:" in sent for number in range(24))


def test_one_record_too_long_for_a_call_is_cut_and_nothing_of_it_is_lost(
    limited: httpx.Client, provider: ScriptedProvider
) -> None:
    said = ["".join(parts) for parts in itertools.product(THINGS, STATES, TIMES)]
    content = " ".join(said)
    response = limited.post("/v1/summarize-bulk", json=many(content))
    assert response.status_code == 200
    assert response.json()["ids"] == ["r1"]
    parts = [request.user for request in provider.requests if is_summary(request)]
    cut_in_two = [sentence for sentence in said if not any(sentence in part for part in parts)]
    assert len(cut_in_two) < len(parts)


def test_summaries_too_long_to_merge_at_once_are_merged_all_the_same(
    limited: httpx.Client, provider: ScriptedProvider
) -> None:
    provider.answer_with(lambda request: {"title": "T", "summary": LONG * 30} if is_summary(request) else None)
    response = limited.post("/v1/summarize-bulk", json=many(*[LONG * 8] * 24))
    assert response.status_code == 200


def test_a_part_that_fails_fails_the_whole(limited: httpx.Client, provider: ScriptedProvider) -> None:
    provider.answer_with(lambda request: Reply(status=400) if "Record 23:" in request.user else None)
    contents = [f"Record {number}: {LONG * 8}" for number in range(24)]
    error_of(limited.post("/v1/summarize-bulk", json=many(*contents)), 502, "llm_error")


def test_where_no_part_can_be_summarised_the_analysis_is_unavailable(
    limited: httpx.Client, provider: ScriptedProvider
) -> None:
    provider.answer_with(lambda request: Reply(status=400))
    contents = [f"Record {number}: {LONG * 8}" for number in range(24)]
    error_of(limited.post("/v1/summarize-bulk", json=many(*contents)), 502, "analysis_unavailable")
    error_of(limited.post("/v1/summarize-bulk", json=many(CONTENT)), 502, "llm_error")
