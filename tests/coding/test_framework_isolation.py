"""Another tenant's frameworks are invisible: by every REST address, every page, and whatever a request may name.

The addresses are those of the URLconf and of the admin screens: none is listed by hand.
"""

import re
import uuid
from collections.abc import Iterator

import httpx
import pytest
from django.contrib import admin
from django.db import models
from django.test import Client

from coding.api.urls import ROUTES
from coding.frameworks.editing import add_code
from coding.frameworks.formats.registry import read_file
from coding.frameworks.hashes import content_hash
from coding.frameworks.services import import_framework
from coding.frameworks.stored_trees import read_tree
from coding.frameworks.versions import inline_framework
from coding.models import Code, CodeAssignment, FrameworkVersion, MissingCode
from tenants.models import Role, Tenant
from tenants.scoping import tenant_scope
from tests.support.coding_bodies import node
from tests.support.factories import ACTOR
from tests.support.framework_pages import client_of
from tests.support.frameworks import new_draft, new_published
from tests.support.screen_addresses import addresses

MARK = "qzxforeign"
TREE = {"root_codes": [node(f"{MARK} Water", node(f"{MARK} Queue")), node(f"{MARK} Health")]}
GROUP = re.compile(r"\(\?P<(\w+)>[^)]*\)")
CALLS = [
    (route, method)
    for route, view in ROUTES.items()
    if "framework_id" in route
    for method in view.actions  # type: ignore[attr-defined]
]


@pytest.fixture(params=[new_draft, new_published], ids=["draft", "published"])
def foreign(request: pytest.FixtureRequest, other_tenant: Tenant) -> FrameworkVersion:
    """A version of another tenant, with something stored under it."""
    version: FrameworkVersion = request.param(other_tenant.id, TREE, name=f"{MARK} {uuid.uuid4()}")
    with tenant_scope(other_tenant.id):
        MissingCode.objects.create(framework_version=version, text=MARK, proposed_name=MARK)
        CodeAssignment.objects.create(
            record_reference=MARK, framework_version=version, evidence=MARK, assigned_by="test"
        )
    return version


def stored(version: FrameworkVersion) -> tuple[str, str, int]:
    """All that must stay as it is."""
    with tenant_scope(version.tenant_id):
        version.refresh_from_db()
        count = FrameworkVersion.objects.filter(framework=version.framework).count()
        return version.status, content_hash(read_tree(version.id)), count


def a_code(version: FrameworkVersion) -> Code:
    with tenant_scope(version.tenant_id):
        return version.codes.get(name=f"{MARK} Queue")


def test_the_walk_covers_the_addresses_of_frameworks() -> None:
    assert len(CALLS) >= 20
    assert {method for _, method in CALLS} == {"get", "post", "patch", "delete"}


@pytest.mark.parametrize(("route", "method"), CALLS)
def test_no_rest_address_knows_it(api: httpx.Client, foreign: FrameworkVersion, route: str, method: str) -> None:
    before = stored(foreign)
    values = {"framework_id": foreign.framework_id, "number": foreign.number, "stable_id": a_code(foreign).stable_id}
    address = GROUP.sub(lambda found: str(values[found[1]]), route.removeprefix("^"))
    answer = api.request(method, f"/{address}", params={"with": 1}, json={"name": "taken over"})
    assert answer.status_code == 404
    assert MARK not in answer.text
    assert stored(foreign) == before


def test_no_rest_body_names_its_codes(api: httpx.Client, tenant: Tenant, foreign: FrameworkVersion) -> None:
    own = new_draft(tenant.id)
    with tenant_scope(tenant.id):
        mine = own.codes.get(name="Queue")
    draft = f"/v1/frameworks/{own.framework_id}/versions/1"
    theirs, before = str(a_code(foreign).stable_id), stored(own)
    assert api.post(f"{draft}/codes", json={"name": "x", "parent": theirs}).status_code == 404
    assert api.patch(f"{draft}/codes/{mine.stable_id}", json={"parent": theirs}).status_code == 404
    code = f"{draft}/codes/{mine.stable_id}"
    assert api.post(f"{code}/merge", json={"into": theirs}).status_code == 404
    assert api.post(f"{code}/retire", json={"replaced_by": [theirs]}).status_code == 404
    assert MARK not in api.get("/v1/frameworks").text
    assert stored(own) == before


def own_pages(version: FrameworkVersion) -> Iterator[str]:
    """Every page of an own framework, version and code."""
    with tenant_scope(version.tenant_id):
        rows: list[models.Model] = [version.framework, version, version.codes.get(name="Queue")]
    for row in rows:
        for address, _ in addresses(admin.site._registry[type(row)], row):
            yield address


def requests_naming(foreign: FrameworkVersion) -> Iterator[dict[str, str]]:
    """Whatever a page's query or form may name, set to the other tenant's rows."""
    code = a_code(foreign)
    for row_id in (str(code.pk), str(code.stable_id), str(foreign.pk), str(foreign.framework_id)):
        names = ("code", "target", "with", "version", "parent", "missing_codes", "q", "framework__id__exact")
        yield dict.fromkeys(names, row_id)


def test_no_own_page_shows_or_changes_it_whatever_the_request_names(tenant: Tenant, foreign: FrameworkVersion) -> None:
    own = new_published(tenant.id)
    before = stored(foreign)
    client: Client = client_of(tenant, Role.FRAMEWORK_EDITOR)
    acts = ("merge", "move", "retire", "split", "delete", "add")
    for named in requests_naming(foreign):
        for address in own_pages(own):
            answers = [client.get(address, named)]
            tried = acts if address.endswith("/act/") else ("add",)
            answers += [
                client.post(address, named | {"act": act, "how": "under", "decision": "accept"}) for act in tried
            ]
            for answer in answers:
                assert answer.status_code < 500, address
                assert MARK not in answer.content.decode(), address
    assert stored(foreign) == before


def test_its_name_is_free_and_an_import_makes_an_own_framework(tenant: Tenant, foreign: FrameworkVersion) -> None:
    before = stored(foreign)
    name = foreign.framework.name
    imported = read_file("x.csv", b"type\nOurs\n")
    own = import_framework(tenant_id=tenant.id, imported=imported, name=name, actor_id=ACTOR)
    assert (own.number, own.framework_id == foreign.framework_id) == (1, False)
    assert stored(foreign) == before


def test_an_equal_inline_tree_is_not_recognised_as_its_version(tenant: Tenant, foreign: FrameworkVersion) -> None:
    with tenant_scope(foreign.tenant_id):
        tree = read_tree(foreign.id)
    with tenant_scope(tenant.id):
        assert inline_framework(tree).version_id is None


def test_its_codes_are_no_parent_even_for_the_services(tenant: Tenant, foreign: FrameworkVersion) -> None:
    """Behind the pages stands the database: a code's parent is in the same version."""
    own = new_draft(tenant.id)
    before = stored(foreign)
    with tenant_scope(tenant.id), pytest.raises(Exception, match=r"deleted the parent|foreign key|same version"):
        add_code(version=own, name="x", parent=a_code(foreign), actor_id=ACTOR)
    assert stored(foreign) == before
