"""Section 0: what is read as JSON, how much of it, and what is said of the rest."""

import json
import socket
from collections.abc import Callable, Iterator
from http.client import HTTPResponse
from urllib.parse import urlsplit

import httpx
import pytest

from tests.support.envelope import error_of, fields_of
from tests.support.provider import ScriptedProvider, echo
from tests.support.request_bodies import one, record
from tests.support.web_server import WebServer

MEBIBYTE = 1024 * 1024
LIMIT = 20 * MEBIBYTE
JSON = {"Content-Type": "application/json"}


def post(api: httpx.Client, body: str | bytes, *, content_type: str = "application/json") -> httpx.Response:
    return api.post("/v1/summarize", content=body, headers={"Content-Type": content_type})


@pytest.mark.parametrize(
    ("body", "offset"),
    [
        ("{", 1),
        ('{"feedback_record": }', 20),
        ('{"a": 1} {"b": 2}', 9),
        ('{"content": "He said "no" to us"}', 22),
        ('{"é": }', 7),
        ('{"content": "مياه" x}', 23),
        ('{"content": "🚰 вода" "x"}', 28),
        ('{"a": "\\x"}', 7),
        ("\n\n{]", 3),
        ("not json", 0),
        ("{'id': 'r1'}", 1),
        ('{"a": NaN}', 6),
        ('{"a": [1, -Infinity]}', 10),
        ('{"b": "NaN", "é": Infinity}', 19),
    ],
)
def test_malformed_json_is_422_with_the_offset_in_bytes(api: httpx.Client, body: str, offset: int) -> None:
    assert fields_of(post(api, body)) == {f"body.{offset}": "JSON decode error"}


@pytest.mark.parametrize(
    ("body", "offset"),
    [(b'{"a": "\xff"}', 7), (b'{"\xc3\xa9": "\xc3("}', 8), (b'{"a": "\xed\xa0\x80"}', 7), (b"\xfe\xff\x00{", 0)],
)
def test_an_invalid_byte_sequence_is_422_with_its_offset(api: httpx.Client, body: bytes, offset: int) -> None:
    assert fields_of(post(api, body)) == {f"body.{offset}": "JSON decode error"}


def test_an_offset_after_a_byte_order_mark_counts_the_mark(api: httpx.Client) -> None:
    assert fields_of(post(api, b'\xef\xbb\xbf{"a": }')) == {"body.9": "JSON decode error"}
    assert fields_of(post(api, b'\xef\xbb\xbf{"a": "\xff"}')) == {"body.10": "JSON decode error"}


def test_a_byte_order_mark_is_no_error(api: httpx.Client) -> None:
    assert post(api, b"\xef\xbb\xbf" + json.dumps(one("")).encode()).status_code == 200


@pytest.mark.parametrize("control", ["\t", "\n", "\r", "\x0b", "\x1f", "\x7f", "\x00"])
def test_raw_control_characters_inside_strings_are_read(
    api: httpx.Client, provider: ScriptedProvider, control: str
) -> None:
    body = '{"feedback_record": {"id": "r1", "content": "before' + control + 'after"}}'
    assert post(api, body).status_code == 200
    sent = provider.requests[0].user
    assert "before" in sent
    assert "after" in sent
    assert "\x00" not in sent


@pytest.mark.parametrize("body", ["[]", '"text"', "1", "null", "true", json.dumps([one()])])
def test_a_body_that_is_no_object_is_422_of_the_body(api: httpx.Client, body: str) -> None:
    assert list(fields_of(post(api, body))) == ["body"]


def test_an_empty_body_is_422(api: httpx.Client) -> None:
    assert fields_of(post(api, b""))
    assert fields_of(api.post("/v1/summarize"))


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/json", ""],
)
def test_any_other_content_type_is_422_of_the_body(api: httpx.Client, content_type: str) -> None:
    assert list(fields_of(post(api, json.dumps(one()), content_type=content_type))) == ["body"]


@pytest.mark.parametrize(
    "content_type", ["application/json", "application/json; charset=utf-8", "APPLICATION/JSON", "application/ld+json"]
)
def test_json_may_say_so_in_several_ways(api: httpx.Client, content_type: str) -> None:
    assert post(api, json.dumps(one("")), content_type=content_type).status_code == 200


def test_the_last_of_duplicate_keys_counts(api: httpx.Client) -> None:
    answer = post(api, '{"feedback_record": {"id": "first", "id": "last", "content": ""}}').json()
    assert answer["id"] == "last"


def test_half_a_character_loses_nothing_else(api: httpx.Client, provider: ScriptedProvider) -> None:
    provider.answer_with(echo)
    body = r'{"feedback_record": {"id": "a\ud83d", "content": "the pump \ud83d is broken \ude00 \ud83d\udeb0"}}'
    answer = post(api, body)
    assert answer.status_code == 200
    assert answer.json()["id"] == "a�"
    assert "is broken" in answer.json()["summary"]
    assert "🚰" in answer.json()["summary"]


@pytest.mark.parametrize("depth", [50, 450, 900, 20_000, 500_000])
@pytest.mark.parametrize("innermost", ["1", r'"\ud800"'])
def test_deep_nesting_is_ignored_or_refused_but_never_a_defect(api: httpx.Client, depth: int, innermost: str) -> None:
    for opened, closed in (("[", "]"), ('{"a":', "}")):
        body = (
            f'{{"feedback_record": {json.dumps(record(""))}, "unknown": {opened * depth}{innermost}{closed * depth}}}'
        )
        assert post(api, body).status_code in {200, 422}


@pytest.mark.parametrize("number", ["9" * 30, "9" * 5000, "-" + "9" * 400, "1e999", "-1e999", "1E400", "0.1e-999"])
def test_huge_numbers_are_no_defect(api: httpx.Client, number: str) -> None:
    ignored = f'{{"feedback_record": {json.dumps(record(""))}, "unknown": {number}}}'
    assert post(api, ignored).status_code == 200
    as_id = f'{{"feedback_record": {{"id": {number}, "content": ""}}}}'
    assert fields_of(post(api, as_id)) == {"body.feedback_record.id": "Input should be a valid string"}


def padded(size: int) -> bytes:
    """A valid body of exactly this many bytes."""
    head, tail = b'{"unknown": "', b'", ' + json.dumps(one("")).encode()[1:]
    return head + b"x" * (size - len(head) - len(tail)) + tail


def in_chunks(body: bytes) -> Iterator[bytes]:
    yield from (body[start : start + 256 * 1024] for start in range(0, len(body), 256 * 1024))


def test_a_body_of_20_mebibytes_is_taken(api: httpx.Client) -> None:
    assert post(api, padded(LIMIT)).status_code == 200


@pytest.mark.parametrize("path", ["/v1/summarize", "/v1/analyze-bulk", "/v1/detect-sensitive", "/v1/summarize-bulk"])
def test_a_byte_more_is_413_before_parsing(api: httpx.Client, path: str) -> None:
    error = error_of(api.post(path, content=b"{" * (LIMIT + 1), headers=JSON), 413, "payload_too_large")
    assert error["fields"] is None


def test_the_limit_holds_for_chunked_bodies(api: httpx.Client) -> None:
    taken = api.post("/v1/summarize", content=in_chunks(padded(LIMIT)), headers=JSON)
    assert taken.status_code == 200
    refused = api.post("/v1/summarize", content=in_chunks(padded(LIMIT + 1)), headers=JSON)
    error_of(refused, 413, "payload_too_large")


@pytest.mark.parametrize("size", [LIMIT + 4 * MEBIBYTE, 5 * LIMIT])
def test_a_client_that_sends_all_of_a_large_body_first_can_still_read_the_413(
    server: WebServer, key: str, size: int
) -> None:
    head = (
        f"POST /v1/summarize HTTP/1.1\r\nHost: HOST\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {size}\r\n\r\n"
    )
    error_of(answer_to(server, head.encode(), b"x" * size), 413, "payload_too_large")


def answer_to(server: WebServer, *sent: bytes) -> httpx.Response:
    """Return the answer on a connection of its own, on which nothing more is sent."""
    address = urlsplit(server.base_url)
    with socket.create_connection((str(address.hostname), address.port or 80), timeout=10) as connection:
        connection.sendall(b"".join(sent).replace(b"HOST", address.netloc.encode()))
        answer = HTTPResponse(connection)
        answer.begin()
        return httpx.Response(answer.status, headers=answer.getheaders(), content=answer.read())


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"POST /v1/summarize HTTP/1.1\r\nHost: HOST\r\nContent-Length: many\r\n\r\n{}", 400),
        (b"not a request\r\n\r\n", 400),
        (b"GET /" + b"x" * 5000 + b" HTTP/1.1\r\nHost: HOST\r\n\r\n", 414),
        (b"GET /v1/usage HTTP/1.1\r\nHost: HOST\r\nX-Note: " + b"x" * 10_000 + b"\r\n\r\n", 431),
        (b"POST /v1/summarize HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n", 400),
    ],
    ids=["length", "no request", "long line", "long header", "chunk"],
)
def test_what_the_server_itself_refuses_has_the_envelope_too(server: WebServer, sent: bytes, status: int) -> None:
    error_of(answer_to(server, sent), status, "bad_request")


def in_array(item: str, count: int) -> str:
    return '{"feedback_records": [' + ", ".join([item] * count) + "]}"


@pytest.mark.parametrize("path", ["/v1/summarize-bulk", "/v1/summarize-aggregate", "/v1/analyze", "/v1/analyze-bulk"])
def test_the_first_hundred_faults_are_named_and_the_others_counted(api: httpx.Client, path: str) -> None:
    answer = api.post(path, content=in_array("[]", 2_500), headers=JSON)
    error = error_of(answer, 422, "validation_error")
    named = [entry for entry in error["fields"] if entry["field"].startswith("body.feedback_records.")]
    assert len(error["fields"]) == 100
    assert named[0]["field"] == "body.feedback_records.0"
    assert error["details"]["more_issues"] >= 2_400
    assert len(answer.content) < 20_000


def test_a_hundred_faults_are_all_named(api: httpx.Client) -> None:
    body = in_array('{"id": "r"}', 100)
    error = error_of(api.post("/v1/summarize-bulk", content=body, headers=JSON), 422, "validation_error")
    assert error["fields"] == [
        {"field": f"body.feedback_records.{index}.content", "issue": "Field required"} for index in range(100)
    ]
    assert error["details"] is None


def test_codes_with_faults_are_counted_too(api: httpx.Client) -> None:
    body = one("") | {"coding_levels": {"root_codes": [{"id": "a"}] * 500}}
    error = error_of(api.post("/v1/assign-codes", json=body), 422, "validation_error")
    assert len(error["fields"]) == 100
    assert error["fields"][0] == {"field": "body.coding_levels.root_codes.0.name", "issue": "Field required"}
    assert error["details"]["more_issues"] == 400


@pytest.mark.parametrize("item", ["[]", "{}", '""', "0"])
def test_a_body_of_very_many_values_is_413_before_parsing(api: httpx.Client, item: str) -> None:
    answer = api.post("/v1/summarize-bulk", content=in_array(item, 700_000), headers=JSON)
    error_of(answer, 413, "payload_too_large")
    assert len(answer.content) < 1_000


@pytest.mark.parametrize(("path", "text"), [("/v1/analyze-bulk", "content"), ("/v1/analyze", "text")])
def test_tokens_are_counted_before_records_are_validated(api: httpx.Client, path: str, text: str) -> None:
    body = {"feedback_records": [{text: "dry " * 25_000}] * 5, "prompt": 1}
    error = error_of(api.post(path, json=body), 413, "payload_too_large")
    assert error["message"] == "Estimated tokens (125000) exceed limit (100000)"


def test_blank_records_are_no_tokens(api: httpx.Client) -> None:
    records = [{"id": "r", "content": " " * 100_000}] * 5
    answer = api.post("/v1/analyze-bulk", json={"feedback_records": records, "prompt": "Why?"})
    assert answer.json()["feedback_record_count"] == 0


def test_the_key_is_refused_before_the_body_has_come(server: WebServer) -> None:
    head = b"POST /v1/summarize HTTP/1.1\r\nHost: HOST\r\nContent-Length: 10\r\n\r\n"
    error_of(answer_to(server, head), 401, "authentication_required")
    large = head.replace(b"Content-Length: 10", b"Content-Length: %d" % LIMIT)
    error_of(answer_to(server, large), 401, "authentication_required")


def test_an_unknown_host_is_refused_with_a_request_id(
    server: WebServer, client_for: Callable[..., httpx.Client]
) -> None:
    response = client_for(server).get("/v1/schema/", headers={"Host": "elsewhere.example"})
    assert response.status_code in {200, 400}
    assert response.headers["X-Request-ID"]
