"""The model catalogue in the admin: entered as a draft, approved and deprecated with a reason, by the platform team."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from inference.catalogue import MOVES, approved_model, enter_model, enter_operator_models, move_model
from inference.errors import ModelNotApproved
from inference.models import ModelCatalogEntry, ModelStatus
from tenants.errors import Conflict, Forbidden
from tenants.identifiers import PLATFORM_TENANT_ID
from tenants.models import AuditEvent, Role, Tenant
from tenants.scoping import all_tenants, tenant_scope
from tests.support.factories import ACTOR, new_key, unique_name
from tests.support.people import new_person, new_platform_admin, pages_for
from tests.support.provider import ScriptedProvider


@pytest.fixture
def platform(database: None) -> Tenant:
    with all_tenants():
        return Tenant.objects.get(id=PLATFORM_TENANT_ID)


@pytest.fixture
def platform_pages(platform: Tenant) -> Client:
    client = pages_for(new_platform_admin())
    client.post(reverse("admin:pick_tenant"), {"tenant_id": str(platform.id)})
    return client


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    approved_model.cache_clear()


def entry_named(name: str) -> ModelCatalogEntry:
    with all_tenants():
        found: ModelCatalogEntry = ModelCatalogEntry.objects.get(name=name)
    return found


def move_address(entry: ModelCatalogEntry, status: str) -> str:
    return reverse("admin:inference_modelcatalogentry_move", args=[entry.id, status])


def audited(entry: ModelCatalogEntry) -> list[tuple[str, dict[str, Any]]]:
    with all_tenants():
        events = AuditEvent.objects.filter(resource_id=str(entry.id)).order_by("sequence")
        return [(event.action, event.metadata) for event in events]


def test_a_model_is_entered_reviewed_approved_and_deprecated(platform_pages: Client, tenant: Tenant) -> None:
    name = unique_name("openai/model").replace(" ", "-")
    form = {"name": name, "version": "1", "type": "external", "metadata": "{}"}
    platform_pages.post(reverse("admin:inference_modelcatalogentry_add"), form)
    entry = entry_named(name)
    assert entry.status == ModelStatus.DRAFT
    with tenant_scope(tenant.id), pytest.raises(ModelNotApproved):
        approved_model(name)
    for status in ("under_review", "approved"):
        platform_pages.post(move_address(entry, status), {"reason": f"evaluation 7: {status}"})
    with tenant_scope(tenant.id):
        assert approved_model(name).id == entry.id
    platform_pages.post(move_address(entry, "deprecated"), {"reason": "replaced"})
    approved_model.cache_clear()
    with tenant_scope(tenant.id), pytest.raises(ModelNotApproved):
        approved_model(name)
    actions = audited(entry)
    assert [action for action, _ in actions] == [
        "model.entered",
        "model.under_review",
        "model.approved",
        "model.deprecated",
    ]
    assert actions[2][1] == {"from": "under_review", "reason": "evaluation 7: approved"}


def test_a_move_needs_a_reason(platform_pages: Client, platform: Tenant) -> None:
    entry = enter_model(tenant=platform, name=unique_name("model"), actor_id=ACTOR)
    answer = platform_pages.post(move_address(entry, "under_review"), {"reason": "  "})
    assert "required" in answer.content.decode()
    assert entry_named(entry.name).status == ModelStatus.DRAFT


@pytest.mark.parametrize("status", list(ModelStatus))
def test_only_the_moves_of_the_table_are_made(status: ModelStatus, platform: Tenant, platform_pages: Client) -> None:
    entry = enter_model(tenant=platform, name=unique_name("model"), actor_id=ACTOR, status=status)
    for to in ModelStatus:
        if to not in MOVES[status]:
            assert platform_pages.post(move_address(entry, to), {"reason": "x"}).status_code == 404
            with pytest.raises(Forbidden):
                move_model(entry=entry, to=to, reason="x", actor_id=ACTOR)
    assert entry_named(entry.name).status == status


def test_what_was_entered_keeps_its_name_and_status_on_the_form(platform: Tenant, platform_pages: Client) -> None:
    entry = enter_model(tenant=platform, name=unique_name("model"), actor_id=ACTOR)
    form = {"name": "another", "version": "9", "status": "approved", "owner_team": "Team A", "metadata": '{"a": 1}'}
    platform_pages.post(reverse("admin:inference_modelcatalogentry_change", args=[entry.id]), form)
    changed = entry_named(entry.name)
    assert (changed.version, changed.status, changed.owner_team) == ("1", ModelStatus.DRAFT, "Team A")
    assert changed.metadata == {"a": 1}


@pytest.mark.parametrize("role", [role for role in Role if role != Role.PLATFORM_ADMIN])
def test_a_tenants_people_write_nothing_in_the_catalogue(role: Role, platform: Tenant, tenant: Tenant) -> None:
    entry = enter_model(tenant=platform, name=unique_name("model"), actor_id=ACTOR, status=ModelStatus.UNDER_REVIEW)
    own = enter_model(tenant=tenant, name=unique_name("model"), actor_id=ACTOR, status=ModelStatus.UNDER_REVIEW)
    client = pages_for(new_person((tenant, role)))
    assert client.post(reverse("admin:inference_modelcatalogentry_add"), {"name": "x"}).status_code == 403
    for found in (entry, own):
        assert client.post(move_address(found, "approved"), {"reason": "x"}).status_code in {403, 404}
        assert entry_named(found.name).status == ModelStatus.UNDER_REVIEW


def test_a_manager_reads_the_platforms_models_and_the_tenants_own(
    platform: Tenant, tenant: Tenant, other_tenant: Tenant
) -> None:
    shared = enter_model(tenant=platform, name=unique_name("shared"), actor_id=ACTOR)
    own = enter_model(tenant=tenant, name=unique_name("own"), actor_id=ACTOR)
    foreign = enter_model(tenant=other_tenant, name=unique_name("foreign"), actor_id=ACTOR)
    client = pages_for(new_person((tenant, Role.TENANT_MANAGER)))
    listed = client.get(reverse("admin:inference_modelcatalogentry_changelist"), {"all": ""}).content.decode()
    assert shared.name in listed
    assert own.name in listed
    assert foreign.name not in listed


def test_a_tenant_uses_its_own_approved_model_and_no_other_tenants(tenant: Tenant, other_tenant: Tenant) -> None:
    own = enter_model(tenant=tenant, name=unique_name("own"), actor_id=ACTOR, status=ModelStatus.APPROVED)
    with tenant_scope(tenant.id):
        assert approved_model(own.name).id == own.id
    with tenant_scope(other_tenant.id), pytest.raises(ModelNotApproved):
        approved_model(own.name)


def test_a_model_is_entered_once_per_tenant_type_and_version(tenant: Tenant) -> None:
    name = unique_name("model")
    enter_model(tenant=tenant, name=name, actor_id=ACTOR)
    enter_model(tenant=tenant, name=name, version="2", actor_id=ACTOR)
    with pytest.raises(Conflict):
        enter_model(tenant=tenant, name=name, actor_id=ACTOR)


def test_the_operators_models_are_approved_with_a_recorded_exception(database: None, settings: Any) -> None:
    settings.LLM_MODEL = unique_name("openai/operator").replace(" ", "-")
    enter_operator_models()
    enter_operator_models()
    entry = entry_named(settings.LLM_MODEL)
    assert entry.status == ModelStatus.APPROVED
    assert [action for action, _ in audited(entry)] == ["model.approved_by_exception"]


def test_a_model_that_was_deprecated_stays_refused_after_the_next_start(database: None, settings: Any) -> None:
    settings.LLM_MODEL = unique_name("openai/operator").replace(" ", "-")
    enter_operator_models()
    move_model(entry=entry_named(settings.LLM_MODEL), to=ModelStatus.DEPRECATED, reason="bad", actor_id=ACTOR)
    enter_operator_models()
    assert entry_named(settings.LLM_MODEL).status == ModelStatus.DEPRECATED


def test_a_call_with_a_model_that_is_not_approved_is_refused(
    provider: ScriptedProvider, tenant: Tenant, other_tenant: Tenant, settings: Any
) -> None:
    settings.LLM_MODEL = unique_name("openai/refused").replace(" ", "-")
    settings.LLM_API_BASE, settings.LLM_API_KEY = provider.base_url, "sk-scripted"
    enter_operator_models()

    def answers() -> list[Any]:
        body = {"feedback_record": {"id": "1", "content": "The clinic is closed."}}
        clients = [Client(headers={"Authorization": f"Bearer {new_key(each)}"}) for each in (tenant, other_tenant)]
        return [client.post("/v1/summarize", body, content_type="application/json") for client in clients]

    assert [answer.status_code for answer in answers()] == [200, 200]
    calls = len(provider.requests)
    move_model(entry=entry_named(settings.LLM_MODEL), to=ModelStatus.DEPRECATED, reason="bad", actor_id=ACTOR)
    approved_model.cache_clear()
    for refused in answers():
        assert refused.status_code == 403
        assert refused.json()["error"]["code"] == "forbidden"
    assert len(provider.requests) == calls
