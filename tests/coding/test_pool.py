"""What fits no code is kept, redacted, and its owner decides."""

from collections.abc import Callable

import httpx
from django.test import Client

from coding.frameworks import missing_codes
from coding.models import CodeSuggestion, FrameworkVersion, SuggestionStatus
from tenants.models import Role, Tenant
from tenants.scoping import tenant_scope
from tests.support.coding_bodies import by_id
from tests.support.factories import ACTOR, new_key
from tests.support.framework_pages import client_of, get, outline, post
from tests.support.frameworks import new_published
from tests.support.provider import ScriptedProvider
from tests.support.scripted_coder import proposal, proposed
from tests.support.web_server import WebServer


def suggest(version: FrameworkVersion, *names: str) -> list[CodeSuggestion]:
    with tenant_scope(version.tenant_id):
        return [
            CodeSuggestion.objects.create(framework_version=version, text=f"About {name}", suggested_name=name)
            for name in names
        ]


def test_only_what_fits_nothing_is_pooled_and_redacted(
    server: WebServer,
    provider: ScriptedProvider,
    storing: Tenant,
    published: FrameworkVersion,
    client_for: Callable[..., httpx.Client],
) -> None:
    api = client_for(server, new_key(storing))
    answers = [proposal(missing="Goats of <EMAIL_ADDRESS_1>"), proposal(proposed(1, 0.2))]
    for answer in answers:
        provider.answer_with(lambda request, answer=answer: answer)  # type: ignore[misc]
        body = by_id(published.framework_id, strategy="one_shot", judge=False, confidence_threshold=0.5)
        body["feedback_record"]["content"] = "My goats. Write to amina@example.org"
        api.post("/v1/assign-codes", json=body).raise_for_status()
    with tenant_scope(storing.id):
        [kept] = CodeSuggestion.objects.all()
    assert (kept.suggested_name, kept.framework_version_id) == ("Goats of <EMAIL_ADDRESS_1>", published.id)
    assert kept.text == "My goats. Write to <EMAIL_ADDRESS_1>"


def test_suggestions_that_want_the_same_code_are_grouped(published: FrameworkVersion) -> None:
    suggest(published, "Lost goats", "goats lost", "Goats", "School fees", "", "")
    with tenant_scope(published.tenant_id):
        groups = missing_codes.open_groups(published.framework)
    assert [
        (group.name.casefold() in {"lost goats", "goats lost", "goats"}, len(group.suggestions)) for group in groups
    ] == [
        (True, 3),
        (False, 2),
        (False, 1),
    ]


def test_suggestions_without_a_name_are_grouped_by_what_they_tell(published: FrameworkVersion) -> None:
    texts = [
        "Hyenas took our goats",
        "Two goats lost to hyenas",
        "School fees are due",
        "Hello",
        "Who pays school fees?",
    ]
    with tenant_scope(published.tenant_id):
        for text in texts:
            CodeSuggestion.objects.create(framework_version=published, text=text)
        groups = missing_codes.open_groups(published.framework)
    found = {group.name: {each.text for each in group.suggestions} for group in groups}
    assert found == {
        "goats, hyenas": {"Hyenas took our goats", "Two goats lost to hyenas"},
        "fees, school": {"School fees are due", "Who pays school fees?"},
        "": {"Hello"},
    }


def test_a_group_becomes_a_code_of_the_draft_or_is_dismissed(storing: Tenant, published: FrameworkVersion) -> None:
    editor = client_of(storing, Role.FRAMEWORK_EDITOR)
    goats, fees = suggest(published, "Goats", "School fees")
    page = get(editor, "codingframework_pool", published.framework_id).content.decode()
    assert "About Goats" in page
    values = {"suggestions": str(goats.id), "decision": "accept", "name": "Goats", "parent": "Water > Supply"}
    assert post(editor, "codingframework_pool", published.framework_id, **values).status_code == 302
    dismissed = {"suggestions": str(fees.id), "decision": "dismiss"}
    post(editor, "codingframework_pool", published.framework_id, **dismissed)
    with tenant_scope(storing.id):
        draft = FrameworkVersion.objects.get(framework=published.framework, status="draft")
        goats.refresh_from_db()
        fees.refresh_from_db()
        assert goats.accepted_as == draft.codes.get(name="Goats").stable_id
    assert "  Goats" in outline(draft)
    assert (goats.status, fees.status) == (SuggestionStatus.ACCEPTED, SuggestionStatus.DISMISSED)


def test_a_group_that_was_decided_about_makes_no_second_code(storing: Tenant, published: FrameworkVersion) -> None:
    editor = client_of(storing, Role.FRAMEWORK_EDITOR)
    [goats] = suggest(published, "Goats")
    values = {"suggestions": str(goats.id), "decision": "accept", "name": "Goats"}
    for _ in range(2):
        answer = post(editor, "codingframework_pool", published.framework_id, **values)
    assert "Somebody has decided about these meanwhile." in editor.get(answer["Location"]).content.decode()
    with tenant_scope(storing.id):
        draft = FrameworkVersion.objects.get(framework=published.framework, status="draft")
        assert draft.codes.filter(name="Goats").count() == 1


def test_a_missing_name_or_parent_is_said_and_changes_nothing(storing: Tenant, published: FrameworkVersion) -> None:
    editor = client_of(storing, Role.FRAMEWORK_EDITOR)
    [goats] = suggest(published, "Goats")
    for values in ({"name": ""}, {"name": "Goats", "parent": "Nowhere"}):
        post(editor, "codingframework_pool", published.framework_id, suggestions=str(goats.id), **values)
    bad = post(editor, "codingframework_pool", published.framework_id, suggestions="nonsense", name="Goats")
    assert bad.status_code == 404
    with tenant_scope(storing.id):
        goats.refresh_from_db()
    assert goats.status == SuggestionStatus.OPEN


def test_another_tenants_suggestions_are_neither_seen_nor_decided(tenant: Tenant, published: FrameworkVersion) -> None:
    editor = client_of(tenant, Role.FRAMEWORK_EDITOR)
    own = new_published(tenant.id)
    [goats] = suggest(published, "Goats")
    assert get(editor, "codingframework_pool", published.framework_id).status_code == 404
    values = {"suggestions": str(goats.id), "decision": "dismiss"}
    assert post(editor, "codingframework_pool", own.framework_id, **values).status_code == 302
    with tenant_scope(published.tenant_id):
        goats.refresh_from_db()
    assert goats.status == SuggestionStatus.OPEN


def test_a_viewer_decides_nothing(storing: Tenant, published: FrameworkVersion) -> None:
    viewer: Client = client_of(storing, Role.VIEWER)
    [goats] = suggest(published, "Goats")
    values = {"suggestions": str(goats.id), "decision": "dismiss"}
    assert post(viewer, "codingframework_pool", published.framework_id, **values).status_code == 404
    with tenant_scope(storing.id):
        assert missing_codes.open_groups(published.framework)[0].suggestions == (goats,)
        missing_codes.dismiss(framework=published.framework, suggestion_ids=[goats.id], actor_id=ACTOR)
        assert missing_codes.open_groups(published.framework) == []
