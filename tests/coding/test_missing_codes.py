"""Records that fit no code are stored redacted, and the framework's owner decides about them."""

from collections.abc import Callable

import httpx
from django.test import Client

from coding.frameworks import missing_codes
from coding.models import FrameworkVersion, MissingCode, MissingCodeStatus
from tenants.models import Role, Tenant
from tenants.scoping import tenant_scope
from tests.support.coding_bodies import by_id
from tests.support.factories import ACTOR, new_key
from tests.support.framework_pages import client_of, get, outline, post
from tests.support.frameworks import new_published
from tests.support.provider import ScriptedProvider
from tests.support.scripted_coder import proposal, proposed
from tests.support.web_server import WebServer


def new_missing_codes(version: FrameworkVersion, *names: str) -> list[MissingCode]:
    with tenant_scope(version.tenant_id):
        return [
            MissingCode.objects.create(framework_version=version, text=f"About {name}", proposed_name=name)
            for name in names
        ]


def test_only_what_fits_nothing_is_stored_and_redacted(
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
        [kept] = MissingCode.objects.all()
    assert (kept.proposed_name, kept.framework_version_id) == ("Goats of <EMAIL_ADDRESS_1>", published.id)
    assert kept.text == "My goats. Write to <EMAIL_ADDRESS_1>"


def test_missing_codes_with_similar_names_are_grouped(published: FrameworkVersion) -> None:
    new_missing_codes(published, "Lost goats", "goats lost", "Goats", "School fees", "", "")
    with tenant_scope(published.tenant_id):
        groups = missing_codes.open_groups(published.framework)
    assert [
        (group.name.casefold() in {"lost goats", "goats lost", "goats"}, len(group.missing_codes)) for group in groups
    ] == [
        (True, 3),
        (False, 2),
        (False, 1),
    ]


def test_missing_codes_without_a_name_are_grouped_by_their_texts(published: FrameworkVersion) -> None:
    texts = [
        "Hyenas took our goats",
        "Two goats lost to hyenas",
        "School fees are due",
        "Hello",
        "Who pays school fees?",
    ]
    with tenant_scope(published.tenant_id):
        for text in texts:
            MissingCode.objects.create(framework_version=published, text=text)
        groups = missing_codes.open_groups(published.framework)
    found = {group.name: {each.text for each in group.missing_codes} for group in groups}
    assert found == {
        "goats, hyenas": {"Hyenas took our goats", "Two goats lost to hyenas"},
        "fees, school": {"School fees are due", "Who pays school fees?"},
        "": {"Hello"},
    }


def test_a_group_becomes_a_code_of_the_draft_or_is_dismissed(storing: Tenant, published: FrameworkVersion) -> None:
    editor = client_of(storing, Role.FRAMEWORK_EDITOR)
    goats, fees = new_missing_codes(published, "Goats", "School fees")
    page = get(editor, "codingframework_missing_codes", published.framework_id).content.decode()
    assert "About Goats" in page
    values = {"missing_codes": str(goats.id), "decision": "accept", "name": "Goats", "parent": "Water > Supply"}
    assert post(editor, "codingframework_missing_codes", published.framework_id, **values).status_code == 302
    dismissed = {"missing_codes": str(fees.id), "decision": "dismiss"}
    post(editor, "codingframework_missing_codes", published.framework_id, **dismissed)
    with tenant_scope(storing.id):
        draft = FrameworkVersion.objects.get(framework=published.framework, status="draft")
        goats.refresh_from_db()
        fees.refresh_from_db()
        assert goats.accepted_as == draft.codes.get(name="Goats").stable_id
    assert "  Goats" in outline(draft)
    assert (goats.status, fees.status) == (MissingCodeStatus.ACCEPTED, MissingCodeStatus.DISMISSED)


def test_a_group_that_was_decided_about_makes_no_second_code(storing: Tenant, published: FrameworkVersion) -> None:
    editor = client_of(storing, Role.FRAMEWORK_EDITOR)
    [goats] = new_missing_codes(published, "Goats")
    values = {"missing_codes": str(goats.id), "decision": "accept", "name": "Goats"}
    for _ in range(2):
        answer = post(editor, "codingframework_missing_codes", published.framework_id, **values)
    assert "Another person has already decided about these records." in editor.get(answer["Location"]).content.decode()
    with tenant_scope(storing.id):
        draft = FrameworkVersion.objects.get(framework=published.framework, status="draft")
        assert draft.codes.filter(name="Goats").count() == 1


def test_a_missing_name_or_parent_is_said_and_changes_nothing(storing: Tenant, published: FrameworkVersion) -> None:
    editor = client_of(storing, Role.FRAMEWORK_EDITOR)
    [goats] = new_missing_codes(published, "Goats")
    for values in ({"name": ""}, {"name": "Goats", "parent": "Nowhere"}):
        post(editor, "codingframework_missing_codes", published.framework_id, missing_codes=str(goats.id), **values)
    bad = post(editor, "codingframework_missing_codes", published.framework_id, missing_codes="nonsense", name="Goats")
    assert bad.status_code == 404
    with tenant_scope(storing.id):
        goats.refresh_from_db()
    assert goats.status == MissingCodeStatus.OPEN


def test_missing_codes_of_another_tenant_are_neither_seen_nor_decided(
    tenant: Tenant, published: FrameworkVersion
) -> None:
    editor = client_of(tenant, Role.FRAMEWORK_EDITOR)
    own = new_published(tenant.id)
    [goats] = new_missing_codes(published, "Goats")
    assert get(editor, "codingframework_missing_codes", published.framework_id).status_code == 404
    values = {"missing_codes": str(goats.id), "decision": "dismiss"}
    assert post(editor, "codingframework_missing_codes", own.framework_id, **values).status_code == 302
    with tenant_scope(published.tenant_id):
        goats.refresh_from_db()
    assert goats.status == MissingCodeStatus.OPEN


def test_a_viewer_decides_nothing(storing: Tenant, published: FrameworkVersion) -> None:
    viewer: Client = client_of(storing, Role.VIEWER)
    [goats] = new_missing_codes(published, "Goats")
    values = {"missing_codes": str(goats.id), "decision": "dismiss"}
    assert post(viewer, "codingframework_missing_codes", published.framework_id, **values).status_code == 404
    with tenant_scope(storing.id):
        assert missing_codes.open_groups(published.framework)[0].missing_codes == (goats,)
        missing_codes.dismiss(framework=published.framework, missing_code_ids=[goats.id], actor_id=ACTOR)
        assert missing_codes.open_groups(published.framework) == []
