"""The page of refused requests says where and why, and never repeats what somebody wrote."""

import httpx
import pytest

from tenants.models import RefusedRequest, Tenant
from tenants.scoping import tenant_scope

CANARY = "Maria Gonzalez +31 612 345 678"


def last_refusal(tenant: Tenant) -> RefusedRequest:
    with tenant_scope(tenant.id):
        found: RefusedRequest | None = RefusedRequest.objects.order_by("-timestamp").first()
    assert found is not None
    return found


@pytest.mark.parametrize("written", [CANARY, "Maria", "x" * 300, "\x00", "a.b"])
def test_an_unknown_key_of_metadata_is_not_kept(
    api: httpx.Client, tenant: Tenant, other_tenant: Tenant, written: str
) -> None:
    record = {"id": "r", "content": "x", "metadata": {written: "v"}}
    assert api.post("/v1/summarize", json={"feedback_record": record}).status_code == 422
    assert last_refusal(tenant).field == "body.feedback_record.metadata.*"
    with tenant_scope(other_tenant.id):
        assert not RefusedRequest.objects.exists()


def test_a_key_that_is_no_name_is_not_repeated_in_the_error_either(
    api: httpx.Client, tenant: Tenant, other_tenant: Tenant
) -> None:
    record = {"id": "r", "content": "x", "metadata": {CANARY: "v"}}
    answer = api.post("/v1/summarize", json={"feedback_record": record})
    assert "Maria" not in answer.text
    assert answer.json()["error"]["fields"][0]["field"] == "body.feedback_record.metadata.*"


def test_a_known_field_of_metadata_is_named(api: httpx.Client, tenant: Tenant, other_tenant: Tenant) -> None:
    record = {"id": "r", "content": "x", "metadata": {"created": 7}}
    assert api.post("/v1/summarize", json={"feedback_record": record}).status_code == 422
    assert last_refusal(tenant).field == "body.feedback_record.metadata.created"


def test_a_free_metadata_key_of_contract_v1_is_not_kept(
    api: httpx.Client, tenant: Tenant, other_tenant: Tenant
) -> None:
    record = {"id": "r", "text": "x", "metadata": {CANARY: [1]}}
    answer = api.post("/v1/analyze", json={"feedback_records": [record], "prompt": "p"})
    assert answer.status_code == 422
    assert "Maria" not in answer.text
    assert last_refusal(tenant).field == "body.feedback_records.0.metadata.*"


def test_what_a_caller_put_into_an_address_is_not_kept(api: httpx.Client, tenant: Tenant, other_tenant: Tenant) -> None:
    assert api.get("/v1/frameworks/CANARY-Maria").status_code == 404
    assert last_refusal(tenant).path == "/v1/frameworks/<framework_id>"
