"""Whatever fits or does not fit the OpenAPI schema is answered as the schema says, and never with a 5xx."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.support.provider import ScriptedProvider
from tests.support.web_server import WebServer

HAVE_NO_INPUT = ("GET /v1/health", "GET /v1/health/ready")
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
bounded = settings(
    max_examples=3,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def schema(server: WebServer, client_for: Callable[..., httpx.Client]) -> Any:
    return client_for(server).get("/v1/schema/").json()


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_every_operation_keeps_to_the_schema(
    schema: Any,
    server: WebServer,
    provider: ScriptedProvider,
    superuser_key: str,
    mode: GenerationMode,
    subtests: pytest.Subtests,
) -> None:
    loaded = schemathesis.openapi.from_dict(schema)
    headers = {"Authorization": f"Bearer {superuser_key}"}
    asked = 0
    for found in loaded.get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()
        if mode is GenerationMode.NEGATIVE and operation.label in HAVE_NO_INPUT:
            continue

        @bounded
        @given(case=_cases(operation, mode))
        def ask(case: Any) -> None:
            nonlocal asked
            asked += 1
            case.call_and_validate(base_url=server.base_url, headers=headers, checks=CHECKS, timeout=120)

        with subtests.test(operation.label):
            ask()
    assert asked > len(schema["paths"])


def _cases(operation: Any, mode: GenerationMode) -> st.SearchStrategy[Any]:
    cases: st.SearchStrategy[Any] = operation.as_strategy(generation_mode=mode)
    return cases


def test_what_prometheus_reads_is_documented_as_text_for_a_superuser_key(schema: Any) -> None:
    operation = schema["paths"]["/metrics"]["get"]
    assert operation["responses"]["200"]["content"] == {"text/plain": {"schema": {"type": "string"}}}
    assert operation["security"] == [{"apiKey": []}]
    assert "superuser key" in operation["summary"]


def test_every_operation_documents_its_refusals(schema: Any) -> None:
    envelope = {"$ref": "#/components/schemas/ErrorEnvelope"}
    for path in ("/v1/health", "/v1/health/ready"):
        assert schema["paths"].pop(path)["get"]["security"] == []
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            refusals = {status: answer for status, answer in operation["responses"].items() if status >= "400"}
            assert {"401", "403", "404", "405", "422", "429", "500", "503"} <= set(refusals), (path, method)
            assert method != "post" or {"409", "413"} <= set(refusals)
            for answer in refusals.values():
                assert answer["content"]["application/json"]["schema"] == envelope
            assert operation["security"] == [{"apiKey": []}]
