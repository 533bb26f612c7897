"""Coding with stored frameworks, by id and recognised, and what is kept of it."""

import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest

from coding.frameworks.services import archive_version, publish_version, start_draft
from coding.models import CodeAssignment, FrameworkVersion
from inference.prompting import prompt_named
from tenants.identifiers import PLATFORM_TENANT_ID
from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tests.support.coding_bodies import TREE, by_id, node, v2_body
from tests.support.factories import ACTOR, new_key, new_tenant
from tests.support.frameworks import new_draft, new_published
from tests.support.provider import Reply, ScriptedProvider, server_error
from tests.support.scripted_coder import ScriptedCoder
from tests.support.web_server import WebServer
from usage.models import LLMCall


@pytest.fixture
def storing_api(server: WebServer, storing: Tenant, client_for: Callable[..., httpx.Client]) -> httpx.Client:
    return client_for(server, new_key(storing))


def coded(provider: ScriptedProvider) -> None:
    provider.answer_with(ScriptedCoder(["Water", "Supply", "Queue"]))


def test_a_stored_framework_is_named_by_its_id(api: httpx.Client, provider: ScriptedProvider, tenant: Tenant) -> None:
    version = new_published(tenant.id)
    coded(provider)
    answer = api.post("/v1/assign-codes", json=by_id(version.framework_id)).json()
    assert answer["assigned_codes"][0]["code_id"] == "queue"
    with tenant_scope(tenant.id):
        named = LLMCall.objects.values_list("framework_version_id", flat=True).distinct()
        assert list(named) == [version.id]


def test_the_published_version_codes_unless_another_is_named(
    api: httpx.Client, provider: ScriptedProvider, tenant: Tenant
) -> None:
    first = new_published(tenant.id, {"root_codes": [node("Old")]})
    with tenant_scope(tenant.id):
        second = start_draft(framework=first.framework, actor_id=ACTOR)
        second.codes.update(name="New")
        publish_version(version=second, actor_id=ACTOR)
    provider.answer_with(ScriptedCoder(["Old", "New"]))
    for number, name in [(None, "New"), (1, "Old"), (2, "New")]:
        body = by_id(first.framework_id, framework_version=number)
        assert api.post("/v1/assign-codes", json=body).json()["assigned_codes"][0]["path"] == [name]


def test_drafts_and_what_is_not_there_are_not_found(api: httpx.Client, tenant: Tenant, other_tenant: Tenant) -> None:
    draft, foreign, archived = new_draft(tenant.id), new_published(other_tenant.id), new_published(tenant.id)
    with tenant_scope(tenant.id):
        archive_version(version=archived, actor_id=ACTOR)
    unknown = [draft.framework_id, foreign.framework_id, archived.framework_id, uuid.uuid4(), "no-uuid"]
    for framework_id in unknown:
        answer = api.post("/v1/assign-codes", json=by_id(framework_id))
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")
    for number in (1, 2):
        assert api.post("/v1/assign-codes", json=by_id(draft.framework_id, framework_version=number)).status_code == 404


def test_a_standard_framework_serves_every_tenant(api: httpx.Client, provider: ScriptedProvider) -> None:
    standard = new_published(PLATFORM_TENANT_ID)
    coded(provider)
    assert api.post("/v1/assign-codes", json=by_id(standard.framework_id)).json()["assigned_codes"]


def test_an_inline_tree_that_equals_a_stored_version_is_recognised(
    api: httpx.Client, provider: ScriptedProvider, tenant: Tenant, other_tenant: Tenant
) -> None:
    own = {"root_codes": [*TREE["root_codes"], node(f"Own {uuid.uuid4()}")]}
    version = new_published(tenant.id, own)
    new_published(other_tenant.id, own)
    coded(provider)
    api.post("/v1/assign-codes", json=v2_body(coding_levels=own))
    with tenant_scope(tenant.id):
        assert set(LLMCall.objects.values_list("framework_version_id", flat=True)) == {version.id}
    changed = {"root_codes": [*own["root_codes"], node("More")]}
    call_id = api.post("/v1/assign-codes", json=v2_body(coding_levels=changed)).headers["X-Request-ID"]
    with tenant_scope(tenant.id):
        assert set(LLMCall.objects.filter(call_id=call_id).values_list("framework_version_id", flat=True)) == {None}


def code_a_queue(
    api: httpx.Client, provider: ScriptedProvider, version: FrameworkVersion, *, says: str
) -> httpx.Response:
    """Have a record with an address coded by a model that gives this as its evidence."""
    provider.answer_with(ScriptedCoder(["Water", "Supply", "Queue"], {"Queue": 0.7}, {"Queue": f'It says "{says}".'}))
    body = by_id(version.framework_id)
    body["feedback_record"]["content"] = "Long queue, call amina@example.org"
    return api.post("/v1/assign-codes", json=body)


def test_results_are_kept_redacted_where_the_policy_says_so(
    storing_api: httpx.Client, provider: ScriptedProvider, storing: Tenant
) -> None:
    version = new_published(storing.id)
    answer = code_a_queue(storing_api, provider, version, says="call <EMAIL_ADDRESS_1>")
    assert answer.json()["assigned_codes"][0]["evidence"] == "call amina@example.org"
    with tenant_scope(storing.id):
        [kept] = CodeAssignment.objects.all()
        assert kept.code.external_id == "queue"
    assert (kept.record_reference, kept.framework_version_id) == ("r1", version.id)
    assert (kept.strategy, kept.source, kept.model) == ("level_by_level", "auto", "scripted")
    assert (kept.confidence_by_level, kept.confidence) == ([0.9, 0.9, 0.7], 0.7)
    assert (kept.code_path, str(kept.call_id)) == (["Water", "Supply", "Queue"], answer.headers["X-Request-ID"])
    assert "<EMAIL_ADDRESS_1>" in kept.evidence
    assert "amina@example.org" not in kept.evidence + kept.reason
    assert all([kept.prompt_version, kept.redaction_version, kept.assigned_by.startswith("key:")])


def test_evidence_in_which_a_model_guessed_a_redacted_value_is_kept_without_it(
    storing_api: httpx.Client, provider: ScriptedProvider, storing: Tenant
) -> None:
    version = new_published(storing.id)
    code_a_queue(storing_api, provider, version, says="call amina@example.org").raise_for_status()
    with tenant_scope(storing.id):
        [kept] = CodeAssignment.objects.all()
    assert kept.evidence == "call <EMAIL_ADDRESS_1>"


def test_results_with_an_inline_tree_are_kept_without_a_version(
    storing_api: httpx.Client, provider: ScriptedProvider, storing: Tenant
) -> None:
    provider.answer_with(lambda request: {"selected": [0]} if "selected" in request.asked_properties else None)
    tree = {"root_codes": [{"id": "odd\x00" + "i" * 300, "name": f"Odd\x00 {uuid.uuid4()}"}]}
    body = v2_body(coding_levels=tree)
    body["feedback_record"]["id"] = "r" * 400
    answer = storing_api.post("/v1/assign-codes", json=body)
    assert answer.json()["assigned_codes"][0]["code_id"] == tree["root_codes"][0]["id"]
    with tenant_scope(storing.id):
        [kept] = CodeAssignment.objects.all()
    assert (kept.framework_version_id, kept.code_id, kept.record_reference) == (None, None, "r" * 255)


def test_nothing_is_stored_for_a_tenant_whose_policy_is_off(
    database: None, server: WebServer, provider: ScriptedProvider, client_for: Callable[..., httpx.Client]
) -> None:
    tenant = new_tenant(storage="off")
    api = client_for(server, new_key(tenant))
    coded(provider)
    assert api.post("/v1/assign-codes", json=v2_body()).json()["assigned_codes"]
    with tenant_scope(tenant.id):
        assert CodeAssignment.objects.count() == 0


def test_an_assignment_names_the_model_that_answered_and_the_prompts_it_rests_on(
    storing_api: httpx.Client, storing: Tenant, provider: ScriptedProvider
) -> None:
    version = new_published(storing.id, {"root_codes": [node("Water")]})
    coder = ScriptedCoder(["Water"], replies={"Water": Reply(content={"score": 0.9, "explanation": "x"})})
    provider.answer_with(lambda request: as_model("scripted-2026-11-01", coder(request)))
    storing_api.post("/v1/assign-codes", json=by_id(version.framework_id))
    with tenant_scope(storing.id):
        stored = CodeAssignment.objects.get()
    prompts = [prompt_named(name).version for name in ("pick_codes", "judge_code")]
    assert (stored.model, stored.prompt_version) == ("scripted-2026-11-01", "/".join(prompts))


def as_model(name: str, reply: Reply | dict[str, Any] | None) -> Reply:
    """A reply that names another model than the one that was asked, as providers do."""
    return replace(reply, model=name) if isinstance(reply, Reply) else Reply(content=reply, model=name)


def test_a_confidence_that_nobody_gave_is_stored_as_unknown(
    storing_api: httpx.Client, storing: Tenant, provider: ScriptedProvider
) -> None:
    tree = {"root_codes": [node("Water"), node("Health")]}
    provider.answer_with(ScriptedCoder(["Water", "Health"], replies={"Water": server_error()}))
    storing_api.post("/v1/assign-codes", json=v2_body(coding_levels=tree, max_codes=2))
    with tenant_scope(storing.id):
        stored = {row.code_external_id: row for row in CodeAssignment.objects.all()}
    assert (stored["water"].confidence, stored["water"].confidence_by_level) == (None, [None])
    assert (stored["health"].confidence, stored["health"].confidence_by_level) == (0.9, [0.9])


def test_the_offline_strategy_is_accounted_for_too(
    storing_api: httpx.Client, storing: Tenant, provider: ScriptedProvider
) -> None:
    version = new_published(storing.id)
    answer = storing_api.post("/v1/assign-codes", json=by_id(version.framework_id, strategy="offline"))
    assert answer.json()["assigned_codes"]
    with tenant_scope(storing.id):
        rows = LLMCall.objects.order_by("created_at")
        [row], [stored] = rows.exclude(step="embed"), CodeAssignment.objects.all()
        assert {(row.operation, row.status, row.cost_usd) for row in rows} == {("assign_codes", "ok", 0)}
    assert row.step == "lexical"
    assert (row.request_model, row.response_model) == ("offline/extractive", "offline/extractive")
    assert (row.records_count, row.framework_version_id) == (1, version.id)
    assert (stored.model, stored.prompt_version) == (row.response_model, row.prompt_version)
    assert provider.requests == []
