"""Only a constraint that was named is a conflict; another one is a defect."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import IntegrityError, connection, transaction

from tenants.conflicts import conflict_on
from tenants.errors import Conflict
from tenants.models import ApiKey, Membership, Role, Tenant
from tenants.scoping import tenant_scope
from tests.support.factories import unique_name
from tests.support.people import new_person

ROOT = Path(__file__).parents[2]
PACKAGES = ("coding", "feedback", "inference", "mlops", "qfa_project", "tenants", "usage")


def take_name_twice(tenant: Tenant) -> None:
    name = unique_name("key")
    with tenant_scope(tenant.id), transaction.atomic():
        for number in range(2):
            ApiKey.objects.create(name=name, secret_hash=name.encode()[-31:] + bytes([number]))


def test_the_named_constraint_is_a_conflict_with_its_message(tenant: Tenant) -> None:
    with pytest.raises(Conflict, match="taken"), conflict_on("one_api_key_per_tenant_and_name", message="taken"):
        take_name_twice(tenant)


def test_another_constraint_passes(tenant: Tenant) -> None:
    with pytest.raises(IntegrityError), conflict_on("tenants_tenant_slug_key"):
        take_name_twice(tenant)


def test_a_violated_check_is_a_defect_although_the_unique_constraint_is_named(tenant: Tenant) -> None:
    with (
        pytest.raises(IntegrityError),
        conflict_on("one_membership_per_tenant_and_user"),
        tenant_scope(tenant.id),
        transaction.atomic(),
    ):
        Membership.objects.create(user=new_person(), role=Role.PLATFORM_ADMIN)


def constraints_named_in_code() -> Iterator[tuple[str, str]]:
    """Every file with a name that it gives to conflict_on, as a literal or by a constant of the module."""
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            tree = ast.parse(path.read_text())
            constants = {
                target.id: node.value.value
                for node in tree.body
                if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
                for target in node.targets
                if isinstance(target, ast.Name)
            }
            for node in ast.walk(tree):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "conflict_on":
                    for argument in node.args:
                        if isinstance(argument, ast.Constant):
                            yield path.name, str(argument.value)
                        elif isinstance(argument, ast.Name):
                            yield path.name, str(constants[argument.id])


def test_every_constraint_named_in_code_is_one_of_the_database(database: None) -> None:
    named = list(constraints_named_in_code())
    with connection.cursor() as cursor:
        cursor.execute("select conname from pg_constraint union select indexrelid::regclass::text from pg_index")
        of_database = {name for [name] in cursor.fetchall()}
    assert len(named) >= 8
    assert [(file, name) for file, name in named if name not in of_database] == []
