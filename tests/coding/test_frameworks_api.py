"""Frameworks over REST: made, edited, published, compared, and another tenant's are not there."""

import uuid
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from coding.models import CodingFramework
from tenants.identifiers import PLATFORM_TENANT_ID
from tenants.models import AuditEvent, Tenant
from tenants.scoping import tenant_scope
from tests.support.coding_bodies import TREE, node
from tests.support.factories import new_key, unique_name
from tests.support.frameworks import new_draft, new_published
from tests.support.web_server import WebServer


def url(framework_id: object, *rest: object) -> str:
    return "/".join(["/v1/frameworks", str(framework_id), *map(str, rest)])


def made(api: httpx.Client, **more: Any) -> dict[str, Any]:
    answer = api.post("/v1/frameworks", json={"name": unique_name("Over REST"), **TREE, **more})
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


def codes(api: httpx.Client, framework_id: str, number: int) -> dict[str, Any]:
    """Every code of a version by its name."""
    found: dict[str, Any] = {}
    waiting = list(api.get(url(framework_id, "versions", number)).json()["root_codes"])
    while waiting:
        each = waiting.pop()
        found[each["name"]] = each
        waiting += each["children"]
    return found


def test_a_framework_is_made_edited_published_and_continued(api: httpx.Client) -> None:
    framework_id = made(api)["framework_id"]
    draft = url(framework_id, "versions", 1)
    before = codes(api, framework_id, 1)
    added = api.post(
        f"{draft}/codes", json={"name": "Price", "parent": before["Supply"]["stable_id"], "examples": ["Dear"]}
    )
    assert (added.status_code, added.json()["examples"]) == (201, ["Dear"])
    moved = {"name": "Tasting", "definition": "How it tastes", "parent": None, "position": 0, "sensitive": True}
    assert api.patch(f"{draft}/codes/{before['Taste']['stable_id']}", json=moved).json()["sensitive"] is True
    assert api.delete(f"{draft}/codes/{before['Clinic']['stable_id']}").status_code == 204
    published = api.post(f"{draft}/publish").json()
    assert (published["status"], len(published["content_hash"])) == ("published", 64)
    assert [each["name"] for each in api.get(draft).json()["root_codes"]] == ["Tasting", "Water", "Health"]
    assert api.post(f"{draft}/codes", json={"name": "Late"}).status_code == 409
    assert api.post(f"{draft}/publish").status_code == 409
    assert api.delete(draft).status_code == 409

    second = api.post(url(framework_id, "versions"), json={"root_codes": [*TREE["root_codes"], node("New")]})
    assert (second.status_code, second.json()["version"]) == (201, 2)
    assert api.post(url(framework_id, "versions"), json={}).status_code == 409
    kinds = {each["kind"] for each in api.get(url(framework_id, "versions", 2, "changes?with=1")).json()["changes"]}
    assert {"added", "renamed", "moved", "deleted"} <= kinds
    assert api.get(url(framework_id)).json()["draft_version"] == 2
    assert [each["status"] for each in api.get(url(framework_id, "versions")).json()["versions"]] == [
        "published",
        "draft",
    ]
    assert api.get(url(framework_id, "versions", 2, "check")).json()["findings"]
    assert api.delete(url(framework_id, "versions", 2)).status_code == 204


def test_a_framework_is_renamed_its_codes_read_one_by_one_and_its_version_archived(api: httpx.Client) -> None:
    framework_id = made(api)["framework_id"]
    address, draft = url(framework_id), url(framework_id, "versions", 1)
    name = unique_name("Renamed")
    changed = api.patch(address, json={"name": name, "languages": ["en", "fr"]}).json()
    assert (changed["name"], changed["languages"]) == (name, ["en", "fr"])
    code = f"{draft}/codes/{codes(api, framework_id, 1)['Queue']['stable_id']}"
    said = {"labels": {"fr": "File"}, "definitions": {"fr": "Attendre"}}
    assert api.patch(code, json=said).json() == api.get(code).json()
    assert said.items() <= api.get(code).json().items()
    assert (
        api.post(f"{draft}/codes", json={"name": "Prix", "labels": {"en": "Price"}}).json()["labels"]["en"] == "Price"
    )
    refused = api.post(f"{draft}/archive")
    message = "Only the published version can be archived."
    assert (refused.status_code, refused.json()["error"]["message"]) == (409, message)
    api.post(f"{draft}/publish")
    assert api.post(f"{draft}/archive").json()["status"] == "archived"
    assert api.get(address).json()["published_version"] is None


@pytest.mark.parametrize(
    "said", [{"labels": ["Eau"]}, {"labels": {"fr": 1}}, {"definitions": {"fr": "a\x00"}}, {"labels": {"f\x00": "a"}}]
)
def test_texts_by_language_that_are_none_are_refused(api: httpx.Client, said: dict[str, Any]) -> None:
    framework_id = made(api)["framework_id"]
    answer = api.post(url(framework_id, "versions", 1, "codes"), json={"name": "Eau", **said})
    assert (answer.status_code, answer.json()["error"]["fields"][0]["field"]) == (422, f"body.{next(iter(said))}")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "x", "root_codes": 1}, "root_codes"),
        ({"name": "x", "root_codes": []}, "root_codes"),
        ({"name": "x", "root_codes": [{"id": "a"}]}, "root_codes.0.name"),
        ({"name": "x", "root_codes": [node("A", {"id": 1, "name": "B"})]}, "root_codes.0.children.0.id"),
        ({"name": "x", "root_codes": [node("A"), node("A")]}, "root_codes: A"),
        ({"name": "x", "root_codes": [{"id": "a", "name": "A\x00"}]}, "root_codes: A?"),
        ({"name": "x", "languages": "en"}, "languages"),
        ({"name": "x", "languages": ["en\x00"]}, "languages.0"),
    ],
)
def test_what_is_wrong_is_named(api: httpx.Client, body: dict[str, Any], field: str) -> None:
    answer = api.post("/v1/frameworks", json=body)
    assert answer.status_code == 422
    assert answer.json()["error"]["fields"][0]["field"] == f"body.{field}"


def test_a_number_that_no_database_holds_is_refused(api: httpx.Client) -> None:
    code = '{"id": "a", "name": "A", "extra": {"weight": 1e999}}'
    body = f'{{"name": "Huge", "root_codes": [{code}]}}'
    answer = api.post("/v1/frameworks", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 422, answer.text
    assert "Huge" not in {each["name"] for each in api.get("/v1/frameworks").json()["frameworks"]}


def test_a_taken_name_or_id_is_a_conflict(api: httpx.Client) -> None:
    first = made(api, name=unique_name("Taken"))
    name = api.get(url(first["framework_id"])).json()["name"]
    assert api.post("/v1/frameworks", json={"name": name}).status_code == 409
    answer = api.post(url(first["framework_id"], "versions", 1, "codes"), json={"name": "Twin", "id": "queue"})
    assert answer.status_code == 409


def test_a_code_cannot_stand_under_itself(api: httpx.Client) -> None:
    framework_id = made(api)["framework_id"]
    found = codes(api, framework_id, 1)
    address = url(framework_id, "versions", 1, "codes", found["Water"]["stable_id"])
    assert api.patch(address, json={"parent": found["Queue"]["stable_id"]}).status_code == 409


@pytest.mark.parametrize("parent", ["Queue", None])
def test_a_change_that_cannot_be_made_whole_is_not_made_at_all(api: httpx.Client, parent: str | None) -> None:
    framework_id = made(api)["framework_id"]
    before = codes(api, framework_id, 1)
    address = url(framework_id, "versions", 1, "codes", before["Water"]["stable_id"])
    parent_id = before[parent]["stable_id"] if parent else str(uuid.uuid4())
    assert api.patch(address, json={"name": "Changed", "parent": parent_id}).status_code in (404, 409)
    assert codes(api, framework_id, 1) == before


def audited(tenant: Tenant) -> list[tuple[str, str, dict[str, Any]]]:
    """Return the last audit entry of a code: the key, the act and its metadata."""
    with tenant_scope(tenant.id):
        events = AuditEvent.objects.filter(action__startswith="code.").order_by("sequence")
        return [(event.actor_id, event.action, event.metadata) for event in events]


def test_codes_are_merged_split_retired_and_restored(api: httpx.Client, tenant: Tenant, other_tenant: Tenant) -> None:
    framework_id = made(api)["framework_id"]
    before = codes(api, framework_id, 1)
    ids = {name: each["stable_id"] for name, each in before.items()}

    def act(name: str, word: str, body: dict[str, Any]) -> dict[str, Any]:
        address = url(framework_id, "versions", 1, "codes", ids[name])
        answer = api.post(f"{address}/{word}", json=body)
        assert answer.status_code == 200, answer.text
        said: dict[str, Any] = answer.json()
        assert said == api.get(address).json()
        return said

    merged = act("Supply", "merge", {"into": ids["Quality"]})
    assert (merged["retired"], merged["replaced_by"]) == (True, [ids["Quality"]])
    found = codes(api, framework_id, 1)
    assert found["Quality"]["aliases"] == ["Supply"]
    assert [each["name"] for each in found["Quality"]["children"]] == ["Taste", "Queue", "Broken pump"]

    split = act("Clinic", "split", {"names": ["Day clinic", "Night clinic"]})
    found = codes(api, framework_id, 1)
    assert split["replaced_by"] == [found[name]["stable_id"] for name in ("Day clinic", "Night clinic")]
    assert [each["name"] for each in found["Day clinic"]["children"]] == ["Opening hours"]
    assert [each["name"] for each in found["Health"]["children"]] == ["Clinic", "Day clinic", "Night clinic"]

    assert act("Queue", "retire", {})["retired"] is True
    retired = act("Taste", "retire", {"replaced_by": [ids["Broken pump"], ids["Health"]]})
    assert retired["replaced_by"] == [ids["Broken pump"], ids["Health"]]
    assert not {"retired", "replaced_by"} & act("Taste", "restore", {}).keys()

    done = audited(tenant)
    assert [action for _, action, _ in done] == [
        "code.merged",
        "code.split",
        "code.retired",
        "code.retired",
        "code.restored",
    ]
    assert done[0][2] == {"code": ids["Supply"], "into": ids["Quality"]}
    assert all(actor.startswith("key:") or uuid.UUID(actor) for actor, _, _ in done)
    assert audited(other_tenant) == []


@pytest.mark.parametrize(
    ("word", "body", "field"),
    [
        ("merge", {}, "into"),
        ("merge", {"into": 7}, "into"),
        ("split", {}, "names"),
        ("split", {"names": ["One"]}, "names"),
        ("split", {"names": ["One", " "]}, "names.1"),
        ("split", {"names": ["One", "x" * 501]}, "names.1"),
        ("split", {"names": ["One", "a\x00"]}, "names.1"),
        ("split", {"names": ["One"] * 101}, "names"),
        ("retire", {"replaced_by": "x"}, "replaced_by"),
        ("retire", {"replaced_by": [1]}, "replaced_by.0"),
    ],
)
def test_what_is_wrong_in_an_act_is_named(
    api: httpx.Client, tenant: Tenant, other_tenant: Tenant, word: str, body: dict[str, Any], field: str
) -> None:
    framework_id = made(api)["framework_id"]
    before = codes(api, framework_id, 1)
    answer = api.post(url(framework_id, "versions", 1, "codes", before["Water"]["stable_id"], word), json=body)
    assert answer.status_code == 422, answer.text
    assert answer.json()["error"]["fields"][0]["field"] == f"body.{field}"
    assert codes(api, framework_id, 1) == before


def test_acts_that_make_no_sense_are_conflicts_and_change_nothing(
    api: httpx.Client, tenant: Tenant, other_tenant: Tenant
) -> None:
    framework_id = made(api)["framework_id"]
    found = codes(api, framework_id, 1)
    ids = {name: each["stable_id"] for name, each in found.items()}
    address = url(framework_id, "versions", 1, "codes")
    assert api.post(f"{address}/{ids['Taste']}/retire", json={}).status_code == 200
    before = codes(api, framework_id, 1)
    for name, word, body in (
        ("Water", "merge", {"into": ids["Queue"]}),
        ("Water", "merge", {"into": ids["Water"]}),
        ("Queue", "merge", {"into": ids["Taste"]}),
        ("Water", "retire", {"replaced_by": [ids["Queue"]]}),
        ("Queue", "retire", {"replaced_by": [ids["Taste"]]}),
    ):
        answer = api.post(f"{address}/{ids[name]}/{word}", json=body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "conflict"), (name, word)
        assert len(answer.json()["error"]["message"]) > 20
    elsewhere = made(api)["framework_id"]
    elsewhere_before = codes(api, elsewhere, 1)
    for nowhere in (elsewhere_before["Water"]["stable_id"], str(uuid.uuid4()), "x"):
        assert api.post(f"{address}/{ids['Queue']}/merge", json={"into": nowhere}).status_code == 404
        assert api.post(f"{address}/{ids['Queue']}/retire", json={"replaced_by": [nowhere]}).status_code == 404
    assert codes(api, elsewhere, 1) == elsewhere_before
    assert codes(api, framework_id, 1) == before


def test_codes_of_a_published_version_stay_as_they_are(api: httpx.Client, tenant: Tenant, other_tenant: Tenant) -> None:
    framework_id = made(api)["framework_id"]
    draft = url(framework_id, "versions", 1)
    before = codes(api, framework_id, 1)
    assert api.post(f"{draft}/publish").status_code == 200
    one, other = before["Queue"]["stable_id"], before["Taste"]["stable_id"]
    for word, body in (
        ("merge", {"into": other}),
        ("split", {"names": ["One", "Two"]}),
        ("retire", {"replaced_by": [other]}),
        ("restore", {}),
    ):
        answer = api.post(f"{draft}/codes/{one}/{word}", json=body)
        assert (answer.status_code, answer.json()["error"]["message"]) == (409, "Only a draft can be changed"), word
    assert codes(api, framework_id, 1) == before


def test_a_name_of_white_space_is_no_name(api: httpx.Client, tenant: Tenant, other_tenant: Tenant) -> None:
    framework_id = made(api)["framework_id"]
    address = url(framework_id, "versions", 1, "codes")
    answer = api.post(address, json={"name": " \t"})
    assert (answer.status_code, answer.json()["error"]["fields"][0]["issue"]) == (422, "A code needs a name")


def test_another_tenants_frameworks_are_not_there(api: httpx.Client, other_tenant: Tenant) -> None:
    version = new_draft(other_tenant.id)
    listed = [each["framework_id"] for each in api.get("/v1/frameworks").json()["frameworks"]]
    assert str(version.framework_id) not in listed
    unknown = uuid.uuid4()
    for framework_id in (version.framework_id, unknown, "nonsense"):
        draft = url(framework_id, "versions", 1)
        answers = [
            api.get(url(framework_id)),
            api.patch(url(framework_id), json={"name": "x"}),
            api.post(f"{draft}/archive"),
            api.get(f"{draft}/codes/{unknown}"),
            api.get(url(framework_id, "versions")),
            api.get(draft),
            api.get(f"{draft}/check"),
            api.get(f"{draft}/changes?with=1"),
            api.post(url(framework_id, "versions"), json={}),
            api.post(f"{draft}/publish"),
            api.post(f"{draft}/codes", json={"name": "x"}),
            api.patch(f"{draft}/codes/{unknown}", json={"name": "x"}),
            api.delete(f"{draft}/codes/{unknown}"),
            api.delete(draft),
        ]
        assert {answer.status_code for answer in answers} == {404}


def test_a_standard_framework_is_read_and_not_changed(api: httpx.Client) -> None:
    standard = new_published(PLATFORM_TENANT_ID)
    assert api.get(url(standard.framework_id)).json()["is_standard"] is True
    assert api.get(url(standard.framework_id, "versions", 1)).json()["root_codes"]
    assert api.post(url(standard.framework_id, "versions"), json={}).status_code == 403
    assert api.patch(url(standard.framework_id), json={"name": "Mine"}).status_code == 403
    assert api.post(url(standard.framework_id, "versions", 1, "archive")).status_code == 403
    one, other = (each["stable_id"] for each in list(codes(api, str(standard.framework_id), 1).values())[:2])
    code = url(standard.framework_id, "versions", 1, "codes", one)
    acts = {"merge": {"into": other}, "split": {"names": ["a", "b"]}, "retire": {}, "restore": {}}
    assert {api.post(f"{code}/{word}", json=body).status_code for word, body in acts.items()} == {403}


def test_a_standard_framework_is_copied_adapted_and_keeps_its_codes_identity(
    api: httpx.Client, tenant: Tenant, other_tenant: Tenant
) -> None:
    standard = new_published(PLATFORM_TENANT_ID)
    name = unique_name("Ours")
    address = url(standard.framework_id, "versions", 1, "copy")
    copied = api.post(address, json={"name": name})
    assert (copied.status_code, copied.json()["version"], copied.json()["status"]) == (201, 1, "draft")
    copy = api.get(url(copied.json()["framework_id"])).json()
    assert (copy["name"], copy["is_standard"]) == (name, False)
    ours, theirs = codes(api, copy["framework_id"], 1), codes(api, str(standard.framework_id), 1)
    assert {key: each["stable_id"] for key, each in ours.items()} == {
        key: each["stable_id"] for key, each in theirs.items()
    }
    code = url(copy["framework_id"], "versions", 1, "codes", ours["Queue"]["stable_id"])
    assert api.patch(code, json={"name": "Waiting line"}).status_code == 200
    assert "Queue" in codes(api, str(standard.framework_id), 1)
    assert api.post(address, json={"name": name}).status_code == 409
    assert api.post(address, json={"name": ""}).status_code == 422
    with tenant_scope(tenant.id):
        framework = CodingFramework.objects.get(id=copy["framework_id"])
        assert framework.copied_from_version_id == standard.id
    with tenant_scope(other_tenant.id):
        assert not CodingFramework.objects.filter(name=name).exists()


def test_a_key_for_operations_only_needs_the_scope(
    server: WebServer, tenant: Tenant, client_for: Callable[..., httpx.Client]
) -> None:
    assert client_for(server, new_key(tenant, scopes=["assign_codes"])).get("/v1/frameworks").status_code == 403
    assert client_for(server, new_key(tenant, scopes=["frameworks"])).get("/v1/frameworks").status_code == 200
