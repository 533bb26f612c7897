"""Frameworks and versions: what the services do, and what the database itself refuses."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, InternalError, connection, transaction
from django.db.utils import DatabaseError

from coding.errors import NotPublishable, SecondPersonNeeded, UnreadableFramework, VersionFrozen
from coding.frameworks import services
from coding.frameworks.formats.imported import ImportedFramework
from coding.frameworks.stored_trees import read_tree
from coding.frameworks.tree import CodeNode, walk
from coding.models import Code, CodeAssignment, CodingFramework, CodingPolicy, FrameworkVersion, VersionStatus
from tenants.errors import Conflict, ForeignTenant
from tenants.identifiers import PLATFORM_TENANT_ID
from tenants.models import AuditEvent, Tenant
from tenants.scoping import all_tenants, tenant_scope
from tenants.services import close_tenant
from tests.support.coding_bodies import node
from tests.support.factories import ACTOR, unique_name
from tests.support.frameworks import new_draft, new_published


@contextmanager
def refused(tenant_id: uuid.UUID, *errors: type[Exception]) -> Iterator[None]:
    with tenant_scope(tenant_id), pytest.raises(errors or DatabaseError), transaction.atomic():  # noqa: PT012
        yield
        connection.check_constraints()


def names(version: FrameworkVersion) -> list[str]:
    return [placed.code.name for placed in walk(read_tree(version.id))]


def test_a_tree_comes_back_as_it_was_stored(tenant: Tenant) -> None:
    leaf = CodeNode(
        "Queue",
        id="q",
        definition="Waiting",
        include="a",
        exclude="b",
        examples=("one", "two"),
        counter_examples=("three",),
        aliases=("line",),
        labels={"fr": "File"},
        definitions={"fr": "Attente"},
        sensitive=True,
        colour="#102030",
        owner="WASH",
        extra={"NumericValue": 3},
    )
    tree = (CodeNode("Water", children=(leaf, CodeNode("Other"))), CodeNode("Health"))
    version = services.create_framework(tenant_id=tenant.id, name="F", actor_id=ACTOR, tree=tree)
    with tenant_scope(tenant.id):
        assert read_tree(version.id) == tree


def test_reading_a_tree_takes_one_query(tenant: Tenant, django_assert_num_queries: object) -> None:
    version = new_draft(tenant.id)
    with tenant_scope(tenant.id), django_assert_num_queries(1):  # type: ignore[operator]
        assert len(list(walk(read_tree(version.id)))) == 9


def test_a_published_version_is_frozen_in_the_database(tenant: Tenant) -> None:
    version = new_published(tenant.id)
    with tenant_scope(tenant.id):
        code = version.codes.get(name="Queue")
    with refused(tenant.id, InternalError, IntegrityError, DatabaseError):
        Code.objects.filter(id=code.id).update(name="Changed")
    with refused(tenant.id):
        Code.objects.filter(id=code.id).delete()
    with refused(tenant.id):
        Code.objects.create(version=version, name="New")
    with refused(tenant.id):
        FrameworkVersion.objects.filter(id=version.id).update(notes="Changed")
    with refused(tenant.id):
        FrameworkVersion.objects.filter(id=version.id).update(status=VersionStatus.DRAFT)
    with refused(tenant.id):
        version.framework.delete()


def test_a_code_stands_under_no_code_of_another_version_and_not_under_itself(tenant: Tenant) -> None:
    mine, other = new_draft(tenant.id), new_draft(tenant.id)
    with tenant_scope(tenant.id):
        root, foreign = mine.codes.get(name="Water"), other.codes.get(name="Water")
        child = mine.codes.get(name="Queue")
    with refused(tenant.id):
        Code.objects.filter(id=root.id).update(parent=foreign)
    with refused(tenant.id):
        Code.objects.filter(id=root.id).update(parent=root)
    with refused(tenant.id):
        Code.objects.filter(id=root.id).update(parent=child)


def test_no_code_enters_another_tenants_version(tenant: Tenant, other_tenant: Tenant) -> None:
    version = new_draft(other_tenant.id)
    with refused(tenant.id, ForeignTenant, DatabaseError):
        Code.objects.create(tenant=other_tenant, version=version, name="Intruder")
    with refused(tenant.id):
        Code.objects.create(version=version, name="Intruder")


def test_assignments_are_only_added(tenant: Tenant) -> None:
    with tenant_scope(tenant.id):
        kept = CodeAssignment.objects.create(record_reference="r", assigned_by=ACTOR)
    with refused(tenant.id):
        CodeAssignment.objects.filter(id=kept.id).update(reason="x")
    with refused(tenant.id):
        kept.delete()


def test_frameworks_of_another_tenant_do_not_exist_and_standards_are_only_read(
    tenant: Tenant, other_tenant: Tenant
) -> None:
    foreign, standard = new_published(other_tenant.id), new_draft(PLATFORM_TENANT_ID)
    with tenant_scope(tenant.id):
        assert not CodingFramework.objects.filter(id=foreign.framework_id).exists()
        assert not Code.objects.filter(version=foreign).exists()
        assert read_tree(foreign.id) == ()
        assert names(standard)
        assert Code.objects.filter(version=standard).update(name="Mine now") == 0


def test_publishing_archives_the_version_before_and_is_audited(tenant: Tenant) -> None:
    first = new_published(tenant.id)
    with tenant_scope(tenant.id):
        second = services.start_draft(framework=first.framework, actor_id=ACTOR)
        with pytest.raises(Conflict):
            services.start_draft(framework=first.framework, actor_id=ACTOR)
        services.publish_version(version=second, actor_id=ACTOR)
        statuses = FrameworkVersion.objects.filter(framework=first.framework).order_by("number")
        assert list(statuses.values_list("status", flat=True)) == ["archived", "published"]
        assert names(first) == names(second)
        stable = [[placed.code.stable_id for placed in walk(read_tree(each.id))] for each in (first, second)]
        assert stable[0] == stable[1]
        actions = AuditEvent.objects.filter(resource_id=str(first.framework_id)).order_by("sequence")
        assert list(actions.values_list("action", flat=True)) == [
            "framework.created",
            "framework_version.published",
            "framework_version.started",
            "framework_version.published",
        ]
        with pytest.raises(VersionFrozen):
            services.publish_version(version=second, actor_id=ACTOR)


def test_an_empty_version_is_not_published(tenant: Tenant) -> None:
    version = services.create_framework(tenant_id=tenant.id, name="Empty", actor_id=ACTOR)
    with tenant_scope(tenant.id), pytest.raises(NotPublishable):
        services.publish_version(version=version, actor_id=ACTOR)


def test_a_second_person_publishes_where_the_policy_wants_one(tenant: Tenant) -> None:
    version = new_draft(tenant.id)
    with tenant_scope(tenant.id):
        CodingPolicy.objects.create(needs_second_person=True)
        with pytest.raises(SecondPersonNeeded):
            services.publish_version(version=version, actor_id=ACTOR)
        assert services.publish_version(version=version, actor_id="somebody else").published_by == "somebody else"


def test_an_import_of_a_known_name_becomes_the_next_version_and_keeps_stable_ids(tenant: Tenant) -> None:
    first = new_published(tenant.id, {"root_codes": [node("Water", node("Queue"))]})
    renamed = (CodeNode("Wasser", id="water", children=(CodeNode("New"), CodeNode("Queue", id="queue"))),)
    imported = ImportedFramework(name=first.framework.name, tree=renamed)
    second = services.import_framework(tenant_id=tenant.id, imported=imported, actor_id=ACTOR)
    assert (second.framework_id, second.number, second.is_draft) == (first.framework_id, 2, True)
    with tenant_scope(tenant.id):
        before = {code.external_id: code.stable_id for code in first.codes.all()}
        after = {code.external_id: code.stable_id for code in second.codes.all()}
    assert {key: after[key] for key in before} == before


def test_a_bad_tree_is_refused_with_every_reason_and_leaves_nothing(tenant: Tenant) -> None:
    tree = (CodeNode("A", id="x"), CodeNode(" ", id="x"), CodeNode("n" * 501), CodeNode("C", colour="red"))
    with pytest.raises(UnreadableFramework) as refusal:
        services.create_framework(tenant_id=tenant.id, name="Bad", actor_id=ACTOR, tree=tree)
    assert [each.issue for each in refusal.value.issues] == [
        "The id 'x' is used more than once",
        "A code needs a name",
        "The id 'x' is used more than once",
        "The name is longer than 500 characters",
        "A colour is written like #1a2b3c",
    ]
    with tenant_scope(tenant.id):
        assert not CodingFramework.objects.filter(name="Bad").exists()


def test_a_standard_is_copied_with_its_stable_ids(tenant: Tenant) -> None:
    standard = new_published(PLATFORM_TENANT_ID)
    with tenant_scope(tenant.id):
        copy = services.copy_framework(version=standard, tenant_id=tenant.id, name="Ours", actor_id=ACTOR)
        assert copy.framework.copied_from_version_id == standard.id
        assert read_tree(copy.id) == read_tree(standard.id)
        ours, theirs = (set(each.codes.values_list("stable_id", flat=True)) for each in (copy, standard))
        assert ours == theirs


def test_closing_a_tenant_erases_its_frameworks_and_assignments(tenant: Tenant) -> None:
    version = new_published(tenant.id)
    with tenant_scope(tenant.id):
        code = version.codes.first()
        CodeAssignment.objects.create(record_reference="r", assigned_by=ACTOR, code=code, framework_version=version)
    close_tenant(tenant=tenant, actor_id=ACTOR)
    with all_tenants():
        for model in (CodeAssignment, Code, FrameworkVersion, CodingFramework):
            assert not model.objects.filter(tenant_id=tenant.id).exists()


def test_the_command_imports_and_publishes_the_shipped_framework(tenant: Tenant) -> None:
    name = unique_name("Demo")
    arguments = [tenant.slug, "coding/demo/framework.json", "--name", name, "--publish"]
    call_command("import_framework", *arguments)
    with tenant_scope(tenant.id):
        version = FrameworkVersion.objects.get(framework__name=name)
        assert (version.status, version.codes.count()) == ("published", 126)
        assert version.codes.filter(is_sensitive=True).exists()


def test_the_command_says_what_is_wrong(tenant: Tenant, tmp_path: object) -> None:
    for arguments in (["nobody-there", "x.json"], [tenant.slug, "does-not-exist.json"], [tenant.slug, "LICENSE"]):
        with pytest.raises(CommandError):
            call_command("import_framework", *arguments)


def test_the_command_names_what_it_leaves_out(
    tenant: Tenant, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "framework.json"
    file.write_text('{"root_codes": [{"name": "Water"}], "author": "Amina"}', encoding="utf-8")
    call_command("import_framework", tenant.slug, str(file), "--name", unique_name("Notes"))
    assert "'author'" in capsys.readouterr().err
