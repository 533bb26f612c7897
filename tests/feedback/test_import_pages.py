"""The pages of imports, without script: upload, mapping, result; who may open them, and what they say of bad files."""

import re
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from feedback.imports.models import ImportRun, ImportStatus
from feedback.imports.running import run_import
from feedback.imports.undoing import undo_import
from feedback.models import FeedbackRecord
from tenants.models import Role, Tenant
from tenants.scoping import tenant_scope
from tests.support.factories import ACTOR
from tests.support.people import new_person, pages_for

LIST, NEW = "/feedback/imports/", "/feedback/imports/new/"
SHEET = "Ref,When,What was said,Comment\n1,03/04/2026,We need water at the school,x\n2,05/04/2026,Thank you,y\n"


@pytest.fixture
def manager(tenant: Tenant) -> Client:
    return pages_for(new_person((tenant, Role.TENANT_MANAGER)))


def uploaded(reader: Client, text: str = SHEET, name: str = "sheet.csv") -> str:
    """Upload a file and return the address that follows."""
    answer = reader.post(NEW, {"file": SimpleUploadedFile(name, text.encode())})
    assert answer.status_code == 302, answer.content.decode()[:3000]
    return str(answer["Location"])


def the_run(tenant: Tenant) -> ImportRun:
    with tenant_scope(tenant.id):
        run: ImportRun = ImportRun.objects.get()
    return run


def test_a_file_is_uploaded_corrected_imported_and_taken_back(tenant: Tenant, manager: Client) -> None:
    assert "Import a file" in manager.get(LIST).content.decode()
    mapping = uploaded(manager)
    page = manager.get(mapping).content.decode()
    assert "We need water at the school" in page
    assert "Please choose" in page
    assert the_run(tenant).status == ImportStatus.DRAFT
    chosen = {"field-0": "id", "field-1": "collected_at", "field-2": "content", "field-3": ""}
    refused = manager.post(mapping, {**chosen, "act": "import"})
    assert refused.status_code == 422
    assert "Choose the order" in refused.content.decode()
    looked = manager.post(mapping, {**chosen, "order-1": "day_first", "act": "preview"})
    assert "2 of 2 rows can be imported" in re.sub(r"\s+", " ", looked.content.decode())
    done = manager.post(mapping, {**chosen, "order-1": "day_first", "act": "import"})
    assert done["Location"] == f"{LIST}{the_run(tenant).pk}/"
    assert "0 of 2 rows" in manager.get(done["Location"]).content.decode()
    run_import(tenant.id, the_run(tenant).pk)
    result = manager.get(done["Location"]).content.decode()
    assert "Succeeded" in result
    with tenant_scope(tenant.id):
        dates = sorted(str(row.collected_at.date()) for row in FeedbackRecord.objects.all())
    assert dates == ["2026-04-03", "2026-04-05"]
    manager.post(done["Location"], {"act": "undo"})
    assert undo_import(tenant.id, the_run(tenant).pk, ACTOR)
    assert "Taken back" in manager.get(done["Location"]).content.decode()


def test_two_columns_for_one_field_are_told(manager: Client) -> None:
    mapping = uploaded(manager)
    answer = manager.post(mapping, {"field-0": "id", "field-1": "id", "act": "import"})
    assert answer.status_code == 422
    assert "Two columns are mapped to id" in answer.content.decode()


def test_a_draft_can_be_discarded(tenant: Tenant, manager: Client) -> None:
    mapping = uploaded(manager)
    assert manager.post(mapping, {"act": "discard"})["Location"] == LIST
    run = the_run(tenant)
    assert run.status == ImportStatus.CANCELLED
    with tenant_scope(tenant.id):
        assert not run.chunks.exists()


@pytest.mark.parametrize(("language", "expected"), [("en", "web page"), ("fr", "page web"), ("es", "página web")])
def test_a_bad_file_is_told_in_the_readers_language(manager: Client, language: str, expected: str) -> None:
    manager.cookies["django_language"] = language
    answer = manager.post(NEW, {"file": SimpleUploadedFile("x.xls", b"<html><table></table></html>")})
    assert answer.status_code == 422
    assert expected in answer.content.decode()


@pytest.mark.parametrize("language", ["en", "fr", "es", "ar"])
def test_every_page_is_shown_in_every_language(tenant: Tenant, manager: Client, language: str) -> None:
    manager.cookies["django_language"] = language
    mapping = uploaded(manager)
    for address in (LIST, NEW, mapping):
        answer = manager.get(address)
        assert answer.status_code == 200
        assert f'lang="{language}"' in answer.content.decode()


def test_others_find_nothing_and_readers_may_not_import(tenant: Tenant, other_tenant: Tenant, manager: Client) -> None:
    mapping = uploaded(manager)
    run = the_run(tenant)
    stranger = pages_for(new_person((other_tenant, Role.TENANT_MANAGER)))
    for address in (mapping, f"{LIST}{run.pk}/", f"{LIST}{uuid.uuid4()}/"):
        assert stranger.get(address).status_code == 404
        assert stranger.post(address, {"act": "discard"}).status_code == 404
    viewer = pages_for(new_person((tenant, Role.VIEWER)))
    assert viewer.get(LIST).status_code == 403
    assert viewer.post(NEW, {"file": SimpleUploadedFile("x.csv", SHEET.encode())}).status_code == 403


def test_an_upload_needs_the_token_of_its_form(tenant: Tenant) -> None:
    strict = pages_for(new_person((tenant, Role.TENANT_MANAGER)))
    strict.handler.enforce_csrf_checks = True
    assert strict.post(NEW, {"file": SimpleUploadedFile("x.csv", SHEET.encode())}).status_code == 403
