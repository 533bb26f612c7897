"""The pages of batches."""

import pytest
from django.test import Client

from feedback.batches.models import Batch, BatchStatus
from feedback.batches.records import inline_records
from feedback.batches.services import Order, create_batch
from inference.registry import use_case_named
from tenants.models import Role, Tenant
from tenants.scoping import tenant_scope
from tests.support.people import new_person, pages_for


@pytest.fixture
def batch(tenant: Tenant) -> Batch:
    use_case = use_case_named("summarize")
    assert use_case is not None
    records = inline_records([{"id": f"r{number}", "content": "Dry.", "metadata": {}} for number in range(3)])
    return create_batch(tenant=tenant, order=Order(use_case=use_case, options={}, actor_id="test"), records=records)


@pytest.fixture
def pages(tenant: Tenant) -> Client:
    return pages_for(new_person((tenant, Role.TENANT_MANAGER)))


def test_a_batch_is_listed_and_shown_with_its_progress(pages: Client, batch: Batch) -> None:
    listed = pages.get("/feedback/batches/").content.decode()
    assert f"/feedback/batches/{batch.id}/" in listed
    shown = pages.get(f"/feedback/batches/{batch.id}/").content.decode()
    assert '<progress value="0" max="3"' in shown
    assert 'http-equiv="refresh"' in shown  # for browsers without script
    part = pages.get(f"/feedback/batches/{batch.id}/progress/").content.decode()
    assert 'data-open="true"' in part
    assert "<html" not in part


def test_a_batch_is_cancelled_and_repeated_from_its_page(pages: Client, batch: Batch, tenant: Tenant) -> None:
    for act, status in (("cancel", BatchStatus.CANCELLED), ("retry", BatchStatus.QUEUED)):
        assert pages.post(f"/feedback/batches/{batch.id}/{act}/").status_code == 302
        with tenant_scope(tenant.id):
            batch.refresh_from_db()
        assert batch.status == status
    assert "There are no batches yet" not in pages.get("/feedback/batches/").content.decode()


def test_another_tenants_batch_is_not_found(other_tenant: Tenant, batch: Batch) -> None:
    stranger = pages_for(new_person((other_tenant, Role.TENANT_MANAGER)))
    assert "There are no batches yet" in stranger.get("/feedback/batches/").content.decode()
    for path in ("", "progress/"):
        assert stranger.get(f"/feedback/batches/{batch.id}/{path}").status_code == 404
    for path in ("cancel/", "retry/"):
        assert stranger.post(f"/feedback/batches/{batch.id}/{path}").status_code == 404


def test_who_only_reads_cannot_cancel(tenant: Tenant, batch: Batch) -> None:
    reviewer = pages_for(new_person((tenant, Role.REVIEWER)))
    assert "cancel/" not in reviewer.get(f"/feedback/batches/{batch.id}/").content.decode()
    assert reviewer.post(f"/feedback/batches/{batch.id}/cancel/").status_code == 403
    viewer = pages_for(new_person((tenant, Role.VIEWER)))
    assert viewer.get("/feedback/batches/").status_code == 403
