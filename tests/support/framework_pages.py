"""The framework screens of the admin site, as an editor uses them."""

from typing import Any

from django.test import Client
from django.urls import reverse

from coding.frameworks.stored_trees import read_tree
from coding.frameworks.tree import walk
from coding.models import Code, FrameworkVersion
from tenants.models import Role, Tenant
from tenants.scoping import no_tenant, tenant_scope
from tests.support.factories import new_member

VERSION = "frameworkversion"
EMPTY = dict.fromkeys(
    ("external_id", "definition", "include", "exclude", "examples", "counter_examples", "aliases", "labels"), ""
)


def client_of(tenant: Tenant, role: Role) -> Client:
    client = Client()
    with tenant_scope(tenant.id):
        client.force_login(new_member(tenant, role))
    return client


def get(client: Client, name: str, *arguments: Any, query: str = "") -> Any:
    with no_tenant():
        return client.get(reverse(f"admin:coding_{name}", args=arguments) + query)


def post(client: Client, screen: str, /, *arguments: Any, query: str = "", **values: Any) -> Any:
    with no_tenant():
        return client.post(reverse(f"admin:coding_{screen}", args=arguments) + query, values)


def code(version: FrameworkVersion, name: str) -> Code:
    with tenant_scope(version.tenant_id):
        found: Code = version.codes.get(name=name)
        return found


def outline(version: FrameworkVersion) -> list[str]:
    """The tree as text, one code a line, indented by level."""
    with tenant_scope(version.tenant_id):
        return [" " * (placed.level - 1) + placed.code.name for placed in walk(read_tree(version.id))]


def act(client: Client, version: FrameworkVersion, act_name: str, /, on: str = "", **values: str) -> Any:
    selected = {"code": str(code(version, on).id)} if on else {}
    answer = post(client, f"{VERSION}_act", version.pk, act=act_name, **selected, **values)
    assert answer.status_code == 302
    return answer
