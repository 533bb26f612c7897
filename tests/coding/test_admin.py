"""The plain admin screens of frameworks: a framework is made, edited, published and read without script."""

import io
from typing import Any

import pytest
from django.test import Client

from coding.models import CodeAssignment, CodingFramework, FrameworkVersion, VersionStatus
from tenants.identifiers import PLATFORM_TENANT_ID
from tenants.models import Role, Tenant
from tenants.scoping import no_tenant, tenant_scope
from tests.support.factories import unique_name
from tests.support.framework_files import SET, code_set, codebook_with_sets
from tests.support.framework_pages import EMPTY, client_of, get, post
from tests.support.frameworks import new_draft, new_published


@pytest.fixture
def editor(tenant: Tenant) -> Client:
    return client_of(tenant, Role.FRAMEWORK_EDITOR)


def test_a_framework_is_made_filled_and_published(editor: Client, tenant: Tenant) -> None:
    name = unique_name("Made by hand")
    made = post(editor, "codingframework_add", name=name, description="", languages='["en"]')
    assert made.status_code == 302, made.content.decode()[:2000]
    with tenant_scope(tenant.id):
        draft = FrameworkVersion.objects.get(framework__name=name)
    texts = {"name": "Water", "examples": "The tap is dry.\nNo water", "labels": "fr: Eau"}
    added = post(editor, "code_add", query=f"?version={draft.pk}", **(EMPTY | texts))
    assert added.status_code == 302, added.content.decode()[-3000:]
    with tenant_scope(tenant.id):
        water = draft.codes.get()
    assert (water.examples, water.labels) == (["The tap is dry.", "No water"], {"fr": "Eau"})
    post(editor, "code_add", query=f"?version={draft.pk}", **(EMPTY | {"name": "Queue", "parent": water.pk}))
    post(editor, "code_change", water.pk, **(EMPTY | {"name": "Safe water", "colour": "#0a0b0c"}))
    assert post(editor, "frameworkversion_publish", draft.pk).status_code == 302
    with tenant_scope(tenant.id):
        draft.refresh_from_db()
        assert draft.status == VersionStatus.PUBLISHED
        assert [(code.name, code.parent_id) for code in draft.codes.order_by("id")] == [
            ("Safe water", None),
            ("Queue", water.pk),
        ]


def test_a_published_version_shows_no_way_to_change_it(editor: Client, tenant: Tenant) -> None:
    version = new_published(tenant.id)
    with tenant_scope(tenant.id):
        code = version.codes.get(name="Queue")
    page = get(editor, "frameworkversion_change", version.pk)
    assert page.status_code == 200
    assert "Start the next version" in page.content.decode()
    assert post(editor, "code_change", code.pk, **(EMPTY | {"name": "Changed"})).status_code == 403
    assert post(editor, "code_delete", code.pk, post="yes").status_code == 403
    started = post(editor, "frameworkversion_draft", version.pk)
    with tenant_scope(tenant.id):
        draft = FrameworkVersion.objects.get(framework=version.framework, number=2)
        assert started["Location"].endswith(f"/{draft.pk}/change/")


def test_a_taken_name_is_said_and_not_a_defect(editor: Client, tenant: Tenant) -> None:
    version = new_draft(tenant.id)
    taken = post(editor, "codingframework_add", name=version.framework.name, description="", languages="[]")
    assert taken.status_code == 302
    other = new_draft(tenant.id)
    values = {"name": version.framework.name, "description": "", "languages": "[]"}
    assert post(editor, "codingframework_change", other.framework_id, **values).status_code == 302
    with tenant_scope(tenant.id):
        assert CodingFramework.objects.filter(name=version.framework.name).count() == 1


def test_a_code_that_an_earlier_version_has_is_not_deleted(editor: Client, tenant: Tenant) -> None:
    version = new_published(tenant.id)
    post(editor, "frameworkversion_draft", version.pk)
    with tenant_scope(tenant.id):
        draft = FrameworkVersion.objects.get(framework=version.framework, number=2)
        old = draft.codes.get(name="Queue")
    assert post(editor, "code_delete", old.pk, post="yes").status_code == 302
    with tenant_scope(tenant.id):
        assert draft.codes.filter(name="Queue").exists()


def test_another_tenants_frameworks_are_not_there(editor: Client, other_tenant: Tenant) -> None:
    version = new_draft(other_tenant.id)
    with tenant_scope(other_tenant.id):
        code = version.codes.get(name="Queue")
    for name, row in [("codingframework", version.framework_id), ("frameworkversion", version.pk), ("code", code.pk)]:
        assert get(editor, f"{name}_change", row).status_code == 404
        assert str(row) not in get(editor, f"{name}_changelist").content.decode()
    for act in ("publish", "draft"):
        assert post(editor, f"frameworkversion_{act}", version.pk).status_code == 404
    assert get(editor, "code_add", query=f"?version={version.pk}").status_code == 404


def test_a_standard_framework_is_read_and_not_changed(editor: Client) -> None:
    standard = new_draft(PLATFORM_TENANT_ID)
    assert get(editor, "frameworkversion_change", standard.pk).status_code == 200
    assert post(editor, "frameworkversion_publish", standard.pk).status_code == 404
    assert get(editor, "code_add", query=f"?version={standard.pk}").status_code in {403, 404}


def test_a_viewer_reads_only(tenant: Tenant) -> None:
    viewer = client_of(tenant, Role.VIEWER)
    version = new_draft(tenant.id)
    assert get(viewer, "frameworkversion_change", version.pk).status_code == 200
    assert post(viewer, "frameworkversion_publish", version.pk).status_code in {403, 404}
    assert post(viewer, "codingframework_add", name="x", description="", languages="[]").status_code == 403


def test_confidence_is_shown_as_people_write_it(editor: Client, tenant: Tenant, other_tenant: Tenant) -> None:
    levels = [0.8300000000000001, 0.3333333]
    for owner, reference in ((tenant, "ours"), (other_tenant, "theirs")):
        with tenant_scope(owner.id):
            CodeAssignment.objects.create(
                record_reference=reference, assigned_by="test", confidence=0.3333333, confidence_by_level=levels
            )
    listed = get(editor, "codeassignment_changelist").content.decode()
    assert ">0.33<" in listed
    assert "0.333" not in listed
    assert "theirs" not in listed
    with tenant_scope(tenant.id):
        row = CodeAssignment.objects.get()
    assert "0.83 · 0.33" in get(editor, "codeassignment_change", row.pk).content.decode()


def test_the_list_of_160_codes_takes_few_queries(
    editor: Client, tenant: Tenant, django_assert_max_num_queries: Any
) -> None:
    tree = {"root_codes": [{"id": str(number), "name": f"Code {number}"} for number in range(160)]}
    version = new_draft(tenant.id, tree)
    with django_assert_max_num_queries(20):
        page = get(editor, "code_changelist", query=f"?version__id__exact={version.pk}")
    assert page.status_code == 200
    assert "160" in page.content.decode()


def test_what_a_file_format_cannot_hold_is_told_when_it_comes_and_when_it_goes(
    editor: Client, tenant: Tenant, other_tenant: Tenant
) -> None:
    name = unique_name("Sets")
    file = io.BytesIO(codebook_with_sets(code_set(SET, "Nobody")))
    file.name = "book.qdc"
    assert post(editor, "codingframework_import", file=file, name=name).status_code == 302
    with tenant_scope(tenant.id):
        version = FrameworkVersion.objects.get(framework__name=name)
    page = get(editor, "frameworkversion_editor", version.pk).content.decode()
    assert "left out: &#x27;Nobody&#x27;" in page

    long = new_draft(tenant.id, {"root_codes": [{"name": "Water", "definition": "x" * 32_768}]})
    refused = get(editor, "frameworkversion_export", long.pk, "xlsx")
    assert refused.status_code == 302
    with no_tenant():
        assert "longer than 32767 characters" in editor.get(refused["Location"]).content.decode()


def test_a_name_in_a_file_that_is_too_long_is_told_on_the_page(
    editor: Client, tenant: Tenant, other_tenant: Tenant
) -> None:
    file = io.BytesIO(b'{"name": "%s", "root_codes": [{"name": "Water"}]}' % (b"x" * 300))
    file.name = "long.json"
    page = post(editor, "codingframework_import", file=file)
    assert page.status_code == 200
    assert "at most 255 characters" in page.content.decode()
