"""Frameworks as files over REST: imported after a dry run, exported, and what is no framework changes nothing."""

import json
import time
import unicodedata
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from coding.frameworks.formats.imported import ImportedFramework
from coding.frameworks.formats.registry import FORMATS, MAX_FILE_BYTES, read_file
from coding.frameworks.tree import Tree
from coding.models import Code, CodingFramework, FrameworkVersion
from tenants.models import AuditEvent, Tenant
from tenants.scoping import tenant_scope
from tests.support.factories import new_key, unique_name
from tests.support.framework_files import FULL, HOSTILE, ONE, SET, code_set, codebook_with_sets
from tests.support.frameworks import new_draft, new_published
from tests.support.web_server import WebServer

IMPORT = "/v1/frameworks/import"
TABLE = b"type,category,code\nWater,Supply,Queue\nHealth,,\n"


def sent(api: httpx.Client, content: bytes, file_name: str = "framework.csv", **fields: str) -> httpx.Response:
    return api.post(IMPORT, files={"file": (file_name, content)}, data=fields)


def stored(tenant: Tenant) -> list[int]:
    """How much there is of everything that an import writes."""
    with tenant_scope(tenant.id):
        return [each.objects.count() for each in (CodingFramework, FrameworkVersion, Code, AuditEvent)]


def exported(api: httpx.Client, framework_id: str, number: int, ending: str) -> Tree:
    answer = api.get(f"/v1/frameworks/{framework_id}/versions/{number}/export", params={"format": ending})
    assert (answer.status_code, answer.headers["content-type"]) == (200, FORMATS[ending].media_type)
    assert f".{ending}" in answer.headers["content-disposition"]
    return read_file(f"x.{ending}", answer.content).tree


def test_a_table_is_tried_imported_and_continued(api: httpx.Client, tenant: Tenant, other_tenant: Tenant) -> None:
    name, before = unique_name("Table"), stored(tenant)
    tried = sent(api, TABLE, name=name, dry_run="true")
    told: dict[str, Any] = {
        "framework_id": None,
        "name": name,
        "version": 1,
        "codes": 4,
        "is_saved": False,
        "notes": [],
    }
    assert (tried.status_code, tried.json()) == (200, told)
    assert stored(tenant) == before
    first = sent(api, TABLE, name=name)
    assert first.status_code == 201, first.text
    framework_id = first.json()["framework_id"]
    assert first.json() == told | {"framework_id": framework_id, "is_saved": True}
    open_draft = sent(api, TABLE, name=name, dry_run="true")
    assert (open_draft.status_code, open_draft.json()["error"]["message"]) == (
        409,
        "This framework has an open draft: publish or discard it first.",
    )
    versions = f"/v1/frameworks/{framework_id}/versions"
    assert api.post(f"{versions}/1/publish").status_code == 200
    longer = TABLE + b"Health,Clinic,\n"
    assert sent(api, longer, name=name, dry_run="true").json()["framework_id"] == framework_id
    second = sent(api, longer, name=name).json()
    assert (second["framework_id"], second["version"], second["codes"]) == (framework_id, 2, 5)
    changes = api.get(f"{versions}/2/changes", params={"with": 1}).json()["changes"]
    assert [(each["kind"], each["after"]) for each in changes] == [("added", "Health > Clinic")]
    assert api.delete(f"{versions}/2").status_code == 204
    with tenant_scope(other_tenant.id):
        assert not CodingFramework.objects.filter(name=name).exists()


@pytest.mark.parametrize("ending", FORMATS)
def test_all_that_a_code_can_say_comes_back_over_rest(
    api: httpx.Client, tenant: Tenant, other_tenant: Tenant, ending: str
) -> None:
    source = api.post("/v1/frameworks", json={"name": unique_name("Empty")}).json()["framework_id"]
    assert api.get(f"/v1/frameworks/{source}/versions/1/export").json()["root_codes"] == []
    content = FORMATS["json"].write(ImportedFramework(unique_name("Full"), FULL))
    first = sent(api, content, "full.JSON")
    assert first.status_code == 201, first.text
    tree = exported(api, first.json()["framework_id"], 1, ending)
    assert tree == FULL
    again = sent(api, FORMATS[ending].write(read_file("x.json", content)), f"again.{ending}", name=unique_name("Again"))
    assert exported(api, again.json()["framework_id"], 1, "json") == FULL


@pytest.mark.parametrize(("file_name", "content", "where"), HOSTILE)
def test_a_file_that_is_no_framework_is_refused_and_changes_nothing(
    api: httpx.Client, tenant: Tenant, other_tenant: Tenant, file_name: str, content: bytes, where: str
) -> None:
    before = stored(tenant)
    for dry_run in ("true", "false"):
        answer = sent(api, content, file_name, name=unique_name("Hostile"), dry_run=dry_run)
        assert answer.status_code == 422, answer.text
        [first, *_] = answer.json()["error"]["fields"]
        assert (first["field"], bool(first["issue"])) == (f"body.{where}", True)
    assert stored(tenant) == before


def test_every_bad_row_is_named_over_rest(api: httpx.Client, tenant: Tenant, other_tenant: Tenant) -> None:
    before = stored(tenant)
    answer = sent(api, b"type,category,sensitive\n,B,\nA,,maybe\nC,,\n", name=unique_name("Rows"))
    fields = [each["field"] for each in answer.json()["error"]["fields"]]
    assert (answer.status_code, fields) == (422, ["body.row 2", "body.row 3"])
    twins = sent(api, b"type,id\nA,1\nB,1\n", name=unique_name("Rows"), dry_run="true")
    assert (twins.status_code, len(twins.json()["error"]["fields"])) == (422, 2)
    assert stored(tenant) == before


def test_what_is_wrong_in_the_form_is_named(api: httpx.Client, tenant: Tenant, other_tenant: Tenant) -> None:
    before = stored(tenant)
    answers = {
        "body": [
            api.post(IMPORT, json={"file": "x", "name": "x"}),
            api.post(IMPORT, content=TABLE, headers={"Content-Type": "text/csv"}),
            api.post(IMPORT, content=b"x", headers={"Content-Type": "multipart/form-data"}),
            api.post(IMPORT, content=b"x", headers={b"Content-Type": b"multipart/form-data; boundary=\xff"}),
            api.post(IMPORT, files=[("file", (f"{number}.csv", TABLE)) for number in range(200)]),
        ],
        "body.file": [api.post(IMPORT), api.post(IMPORT, data={"file": "text"}, files={"other": ("x.csv", TABLE)})],
        "body.name": [sent(api, TABLE), sent(api, TABLE, name="x" * 256), sent(api, TABLE, name="a\x00")],
        "body.dry_run": [sent(api, TABLE, name="x", dry_run="perhaps")],
    }
    for field, refused in answers.items():
        for answer in refused:
            assert answer.status_code == 422, answer.text
            assert answer.json()["error"]["fields"][0]["field"] == field
    assert stored(tenant) == before


def test_a_file_may_be_as_large_as_on_the_page_and_a_form_as_any_body(
    api: httpx.Client, tenant: Tenant, other_tenant: Tenant
) -> None:
    before = stored(tenant)
    started = time.perf_counter()
    large = sent(api, b"type\n" + b"x" * MAX_FILE_BYTES, name="Large")
    assert (large.status_code, "5 MB" in large.text) == (422, True)
    huge = sent(api, b"x" * 21 * 1024 * 1024, name="Huge")
    assert (huge.status_code, huge.json()["error"]["code"]) == (413, "payload_too_large")
    assert time.perf_counter() - started < 20
    assert stored(tenant) == before


def test_what_a_framework_has_no_place_for_is_told(api: httpx.Client, tenant: Tenant, other_tenant: Tenant) -> None:
    book = codebook_with_sets(code_set(SET, "Kept", ONE), code_set(str(uuid.uuid4()), "Nobody"))
    answer = sent(api, book, "book.qdc", name=unique_name("Sets"))
    assert answer.json()["notes"] == ["Sets without a code of this codebook were left out: 'Nobody'"]
    [kept, *_] = exported(api, answer.json()["framework_id"], 1, "qdc")
    assert kept.extra["qdc_sets"][0]["name"] == "Kept"


def test_a_file_is_imported_under_its_own_name_up_to_the_limit_that_is_told(
    api: httpx.Client, tenant: Tenant, other_tenant: Tenant
) -> None:
    def named(length: int) -> bytes:
        name = unique_name("Long").ljust(length, "x")
        return json.dumps({"name": name, "root_codes": [{"name": "Water"}]}).encode()

    assert sent(api, named(255), "framework.json").status_code == 201
    for length in (256, 500, 501):
        for dry_run in ("true", "false"):
            answer = sent(api, named(length), "framework.json", dry_run=dry_run)
            assert answer.status_code == 422
            [field] = answer.json()["error"]["fields"]
            assert "at most 255 characters" in field["issue"]


def test_a_framework_goes_on_under_any_spelling_of_its_name_and_keeps_its_description(
    api: httpx.Client, tenant: Tenant, other_tenant: Tenant
) -> None:
    name = unique_name("Qualité")
    content: dict[str, Any] = {"name": name, "description": "Ours", "root_codes": [{"name": "Water"}]}
    first = sent(api, json.dumps(content).encode(), "a.json").json()
    assert first["notes"] == []
    assert api.post(f"/v1/frameworks/{first['framework_id']}/versions/1/publish").status_code == 200
    spelling = unicodedata.normalize("NFD", f"{name}\u00a0 ")
    content |= {"name": spelling, "description": "Theirs", "languages": ["fr"]}
    second = sent(api, json.dumps(content).encode(), "a.json").json()
    assert (second["framework_id"], second["name"], second["version"]) == (first["framework_id"], name, 2)
    kept = "The framework keeps its own {}; that of the file was left out"
    assert second["notes"] == [kept.format("description"), kept.format("languages")]


def test_an_import_sent_twice_under_one_idempotency_key_is_made_once(
    api: httpx.Client, tenant: Tenant, other_tenant: Tenant
) -> None:
    name = unique_name("Twice")
    body = (
        b'--b\r\nContent-Disposition: form-data; name="name"\r\n\r\n' + name.encode() + b"\r\n"
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n' + TABLE + b"\r\n--b--\r\n"
    )
    headers = {"Content-Type": "multipart/form-data; boundary=b", "Idempotency-Key": unique_name("import")}
    first, again = (api.post(IMPORT, content=body, headers=headers) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again.headers["Idempotency-Replayed"] == "true"


def test_of_imports_of_one_name_at_the_same_moment_one_is_made(
    api: httpx.Client, tenant: Tenant, other_tenant: Tenant
) -> None:
    name = unique_name("Race")
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: sent(api, TABLE, name=name).status_code, range(6)))
    assert sorted(answers) == [201, *[409] * 5]
    with tenant_scope(tenant.id):
        assert FrameworkVersion.objects.filter(framework__name=name).count() == 1


def test_an_unknown_format_and_a_text_that_no_cell_holds_are_refused(
    api: httpx.Client, tenant: Tenant, other_tenant: Tenant
) -> None:
    long = {"root_codes": [{"name": "Water", "children": [{"name": "Queue", "definition": "x" * 32_768}]}]}
    version = new_draft(tenant.id, long)
    address = f"/v1/frameworks/{version.framework_id}/versions/1/export"
    for ending, issue in (
        ("exe", "Input should be one of json, csv, xlsx, qdc"),
        ("xlsx", "Water > Queue: A text is longer"),
    ):
        answer = api.get(address, params={"format": ending})
        [field] = answer.json()["error"]["fields"]
        assert (answer.status_code, field["field"]) == (422, "query.format")
        assert field["issue"].startswith(issue)
    assert api.get(address, params={"format": "csv"}).status_code == 200


def test_no_file_gives_out_or_touches_another_tenants_framework(
    api: httpx.Client, tenant: Tenant, other_tenant: Tenant
) -> None:
    theirs = new_published(other_tenant.id)
    before = stored(other_tenant)
    for ending in FORMATS:
        answer = api.get(f"/v1/frameworks/{theirs.framework_id}/versions/1/export", params={"format": ending})
        assert answer.status_code == 404
    for dry_run in ("true", "false"):
        made: dict[str, Any] = sent(api, TABLE, name=theirs.framework.name, dry_run=dry_run).json()
        assert (made["version"], made["codes"]) == (1, 4)
        assert made["framework_id"] != str(theirs.framework_id)
    assert stored(other_tenant) == before


def test_files_need_the_scope_of_frameworks(
    server: WebServer, tenant: Tenant, other_tenant: Tenant, client_for: Callable[..., httpx.Client]
) -> None:
    version = new_published(tenant.id)
    for scope, status in (("assign_codes", 403), ("frameworks", 201)):
        api = client_for(server, new_key(tenant, scopes=[scope]))
        assert sent(api, TABLE, name=unique_name("Scoped")).status_code == status
        export = api.get(f"/v1/frameworks/{version.framework_id}/versions/1/export")
        assert export.status_code == {403: 403, 201: 200}[status]
    assert client_for(server).post(IMPORT, files={"file": ("x.csv", TABLE)}).status_code == 401
