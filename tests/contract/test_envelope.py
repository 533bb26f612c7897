"""Section 0: addresses, methods, request ids and slashes."""

import httpx
import pytest

from tests.support.envelope import error_of, request_id_of
from tests.support.provider import ScriptedProvider
from tests.support.request_bodies import many, one, question

OPERATIONS = [
    ("/v1/summarize", one()),
    ("/v1/summarize-bulk", many("The queue is long.")),
    ("/v1/analyze-bulk", question("The queue is long.")),
    ("/v1/detect-sensitive", one()),
]
A_PAGE_OF_EACH_KIND = [
    ("GET", "/v1/health", 200),
    ("POST", "/v1/health", 405),
    ("GET", "/v1/health/ready", 200),
    ("GET", "/v1/schema/", 200),
    ("GET", "/v1/docs/", 200),
    ("GET", "/v1/summarize", 405),
    ("PUT", "/v1/summarize", 405),
    ("DELETE", "/v1/summarize", 405),
    ("GET", "/v1/nothing-here", 404),
    ("POST", "/v1/nothing-here/", 404),
    ("GET", "/nothing-here", 404),
    ("GET", "/static/nothing-here.css", 404),
    ("GET", "/static/admin/css/base.css", 200),
    ("GET", "/admin/login/", 200),
    ("POST", "/admin/login/", 403),
]


@pytest.mark.parametrize(("method", "path", "status"), A_PAGE_OF_EACH_KIND)
def test_every_answer_carries_a_request_id(api: httpx.Client, method: str, path: str, status: int) -> None:
    response = api.request(method, path)
    assert response.status_code == status
    request_id_of(response)


def test_the_request_id_is_fresh_and_made_by_the_server(api: httpx.Client) -> None:
    sent = "11111111-1111-4111-8111-111111111111"
    ids = {request_id_of(api.get("/v1/health", headers={"X-Request-ID": sent})) for _ in range(5)}
    assert len(ids) == 5
    assert sent not in ids


@pytest.mark.parametrize("path", ["/v1/nothing-here", "/v1/summarize/more", "/v2/summarize", "/v1/"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_an_address_that_does_not_exist_is_404_in_the_envelope(api: httpx.Client, method: str, path: str) -> None:
    error = error_of(api.request(method, path), 404, "not_found")
    assert error["fields"] is None


@pytest.mark.parametrize("path", [path for path, _ in OPERATIONS])
@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_a_wrong_method_is_405_in_the_envelope(api: httpx.Client, method: str, path: str) -> None:
    response = api.request(method, path)
    error_of(response, 405, "method_not_allowed")
    assert "POST" in response.headers["Allow"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
@pytest.mark.parametrize("path", ["/v1/health", "/v1/health/ready", "/v1/schema/"])
def test_health_and_schema_answer_get_only(api: httpx.Client, method: str, path: str) -> None:
    response = api.request(method, path)
    error_of(response, 405, "method_not_allowed")
    assert "GET" in response.headers["Allow"]


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize(("path", "body"), OPERATIONS)
def test_both_forms_of_an_address_are_answered(
    api: httpx.Client, path: str, body: dict[str, object], slash: str
) -> None:
    response = api.post(path + slash, json=body, follow_redirects=False)
    assert response.status_code == 200


def test_the_answer_is_json_whatever_the_client_says_it_accepts(api: httpx.Client) -> None:
    response = api.post("/v1/summarize", json=one(), headers={"Accept": "text/html"})
    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("application/json")


def test_the_request_id_of_an_analysis_is_the_header_s(api: httpx.Client, provider: ScriptedProvider) -> None:
    response = api.post("/v1/analyze-bulk", json=question("The queue is long."))
    assert response.json()["request_id"] == request_id_of(response)
    assert len(provider.requests) == 2


def test_the_schema_is_openapi_and_names_the_operations(stranger: httpx.Client) -> None:
    schema = stranger.get("/v1/schema/").json()
    assert schema["openapi"].startswith("3.")
    named = {path.rstrip("/") for path in schema["paths"]}
    assert {path for path, _ in OPERATIONS} <= named
