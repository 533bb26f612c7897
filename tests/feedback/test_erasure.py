"""Erasing records leaves none of their text in any table or file, and takes nothing of others."""

import base64
import io
import json
import os
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone
from pytest_django.fixtures import Settings

from coding.models import CodeAssignment, MissingCode
from feedback.batches.answers.results import result_rows
from feedback.batches.contents import seal
from feedback.batches.models import Batch, BatchItem, ItemStatus
from feedback.erasing.text_search import fragments_of, search_everywhere
from feedback.models import FeedbackRecord, RawText
from feedback.record_tasks import delete_old_records
from feedback.services import store_records
from tenants.encryption.tenant_box import open_box
from tenants.models import AuditEvent, IdempotentRequest, Tenant
from tenants.scoping import all_tenants, tenant_scope
from tenants.services import close_tenant
from tests.support.factories import new_framework, new_key, new_tenant
from tests.support.web_server import WebServer

COUNT = 100


def mark_of(tenant: Tenant) -> str:
    """A word of letters, which is not taken for a number."""
    return tenant.id.hex.translate(str.maketrans("0123456789", "ghijklmnop"))


def text_of(tenant: Tenant, number: int) -> str:
    """A text that no other test stores."""
    return f'Amina +254 712 {number:03} 111: "well {number} of {mark_of(tenant)} beside the <mango> fell".\nHelp\\us'


@pytest.fixture
def home(tmp_path: Path, settings: Settings) -> Path:
    settings.QFA_HOME = tmp_path
    (tmp_path / "log").mkdir()
    (tmp_path / "log" / "web.log").write_text("nothing of interest\n")
    return tmp_path


@pytest.fixture
def storing(database: None) -> Tenant:
    return new_tenant(storage="raw")


def store(tenant: Tenant, *records: dict[str, Any]) -> None:
    assert store_records(records, tenant=tenant, actor_id="test").rejected == ()


def fill(tenant: Tenant) -> None:
    """Store what other rooms store of a hundred records: codings, missing codes, results of batches."""
    store(
        tenant,
        *({"id": f"r{n}", "content": text_of(tenant, n), "extra": {"note": text_of(tenant, n)}} for n in range(COUNT)),
    )
    store(tenant, {"id": "other", "content": "The clinic on the hill has no medicine left."})
    version = new_framework(tenant)
    with tenant_scope(tenant.id):
        rows = list(FeedbackRecord.objects.order_by("id"))
        CodeAssignment.objects.bulk_create(
            CodeAssignment(
                record_reference=row.external_id,
                record=row if n % 2 else None,
                evidence=row.content,
                assigned_by="test",
            )
            for n, row in enumerate(rows)
        )
        MissingCode.objects.bulk_create(
            MissingCode(framework_version=version, text=row.content.replace("<mango>", "&lt;mango&gt;")) for row in rows
        )
        add_batch(tenant, rows)


def add_batch(tenant: Tenant, rows: list[FeedbackRecord]) -> None:
    box = open_box(tenant.id)
    batch = Batch.objects.create(operation="summarize", options_encrypted=b"", records_total=len(rows), actor_id="test")
    items = [
        BatchItem(batch=batch, index=n, record_reference=row.external_id, status=ItemStatus.OK, is_queued=False)
        for n, row in enumerate(rows)
    ]
    together = BatchItem(batch=batch, index=len(rows), records_count=2, status=ItemStatus.OK, is_queued=False)
    waiting = BatchItem(batch=batch, index=len(rows) + 1, stored_record_id=rows[0].id, lease_token=uuid.uuid4())
    for item, row in [*zip(items, rows, strict=True), (together, rows[0])]:
        item.result_encrypted = seal(box, {"summary": row.content}, item.id, "result")
    BatchItem.objects.bulk_create([*items, together, waiting])


def erase(tenant: Tenant, *options: str) -> str:
    said = io.StringIO()
    call_command("erase", tenant.slug, *options, "--yes", stdout=said)
    return said.getvalue()


def test_none_of_the_text_of_a_hundred_records_is_left(storing: Tenant, home: Path) -> None:
    fill(storing)
    texts = [text_of(storing, n) for n in range(COUNT)]
    with tenant_scope(storing.id):
        redacted = list(FeedbackRecord.objects.exclude(external_id="other").values_list("content", flat=True))
    fragments = fragments_of([*texts, *redacted])
    before = search_everywhere(fragments, home)
    assert set(before.tables) == {
        "public.feedback_feedbackrecord",
        "public.coding_codeassignment",
        "public.coding_missingcode",
    }
    said = erase(storing, "--person", f"of {mark_of(storing)} beside")
    assert f"erased records: {COUNT}" in said
    assert "erased batch results: 102" in said
    assert "no text is left in tables and files" in said
    after = search_everywhere(fragments, home)
    assert after.is_clean
    assert after.tables_searched > 40
    with tenant_scope(storing.id):
        assert FeedbackRecord.objects.get().external_id == "other"
        assert RawText.objects.count() == CodeAssignment.objects.count() == MissingCode.objects.count() == 1
        assert AuditEvent.objects.filter(action="record.erased").count() == COUNT
        rows = list(result_rows(Batch.objects.get()))
    assert [row["index"] for row in rows] == list(range(COUNT + 3))
    assert [(row["id"], row["status"]) for row in rows if row["result"] != "erased"] == [("other", "ok")]
    assert rows[-1]["status"] == "failed"


def test_an_erased_record_is_not_restored_by_the_first_answer_to_its_request(
    storing: Tenant, server: WebServer, client_for: Callable[..., httpx.Client], home: Path
) -> None:
    api = client_for(server, new_key(storing))
    body = {"records": [{"id": "r1", "content": text_of(storing, 1)}]}
    assert api.post("/v1/records", json=body, headers={"Idempotency-Key": "k"}).status_code == 200
    erase(storing, "--record", "r1")
    with tenant_scope(storing.id):
        assert not IdempotentRequest.objects.exists()


def test_a_person_is_found_in_raw_text_and_by_our_id(storing: Tenant, home: Path) -> None:
    store(
        storing,
        {"id": "a", "content": text_of(storing, 1)},
        {"id": "b", "content": text_of(storing, 2)},
        {"id": "c", "content": text_of(storing, 3)},
    )
    with tenant_scope(storing.id):
        record_id = FeedbackRecord.objects.get(external_id="b").id
    erase(storing, "--person", "+254 712 001 111")
    erase(storing, "--record", str(record_id))
    with tenant_scope(storing.id):
        assert [row.external_id for row in FeedbackRecord.objects.all()] == ["c"]


def test_text_that_is_left_somewhere_is_named_and_fails_the_command(storing: Tenant, home: Path) -> None:
    store(storing, {"id": "a", "content": "The bridge at the old mill fell down."})
    store(storing, {"id": "b", "content": "Yes! The bridge at the old mill fell down."})
    (home / "log" / "worker.log").write_text(f"x {json.dumps('The bridge at the old mill fell down')} y")
    said = io.StringIO()
    with pytest.raises(CommandError):
        call_command("erase", storing.slug, "--record", "a", "--yes", stdout=said)
    assert "found in table public.feedback_feedbackrecord: 1 rows" in said.getvalue()
    assert f"found in file {home / 'log' / 'worker.log'}" in said.getvalue()


def test_a_planted_copy_is_found_in_any_table_column_and_spelling(storing: Tenant, home: Path) -> None:
    text = 'He said "five\\six" 100% of the time ماء'
    fragments = fragments_of([text])
    assert search_everywhere(fragments, home).is_clean
    for column, value in (
        ("content", text),
        ("extra", json.dumps({"a": text})),
        ("input_digest", text.encode()),
    ):
        store(storing, {"id": "plain", "content": "nothing"})
        with tenant_scope(storing.id), connection.cursor() as cursor:
            cursor.execute(f"update feedback_feedbackrecord set {column} = %s where external_id = 'plain'", [value])
        assert search_everywhere(fragments, home).tables == {"public.feedback_feedbackrecord": 1}, column
        with tenant_scope(storing.id):
            FeedbackRecord.objects.all().delete()


def test_a_lost_master_key_keeps_nobody_from_erasing(storing: Tenant, home: Path, settings: Settings) -> None:
    store(storing, {"id": "r1", "content": text_of(storing, 1)})
    settings.STORAGE_MASTER_KEY = base64.b64encode(os.urandom(32)).decode()
    assert "erased records: 1" in erase(storing, "--record", "r1")


def test_nothing_of_another_tenant_is_erased(storing: Tenant, other_tenant: Tenant, home: Path) -> None:
    store(storing, {"id": "r1", "content": text_of(storing, 1)})
    store(other_tenant, {"id": "r1", "content": text_of(other_tenant, 2)})
    erase(storing, "--record", "r1")
    with tenant_scope(other_tenant.id):
        assert FeedbackRecord.objects.count() == 1
    with pytest.raises(CommandError, match="No record was found"):
        erase(storing, "--record", "r1")


def test_records_are_erased_after_the_retention_of_their_tenant(storing: Tenant, other_tenant: Tenant) -> None:
    for tenant in (storing, other_tenant):
        store(tenant, {"id": "old", "content": text_of(tenant, 1)}, {"id": "new", "content": text_of(tenant, 2)})
        with tenant_scope(tenant.id):
            old = FeedbackRecord.objects.filter(external_id="old")
            old.update(created_at=timezone.now() - timedelta(days=31))
    call_command("set_tenant", storing.slug, "--retention-days", "30")
    delete_old_records(timestamp=0)
    with tenant_scope(storing.id):
        assert [row.external_id for row in FeedbackRecord.objects.all()] == ["new"]
        assert AuditEvent.objects.get(action="records.expired").metadata == {"records": 1}
    with tenant_scope(other_tenant.id):
        assert FeedbackRecord.objects.count() == 2


def test_raw_text_is_erased_when_the_policy_no_longer_allows_it(storing: Tenant) -> None:
    store(storing, {"id": "r1", "content": text_of(storing, 1)})
    delete_old_records(timestamp=0)
    with all_tenants():
        assert RawText.objects.filter(tenant=storing).count() == 1
        Tenant.objects.filter(id=storing.id).update(storage="redacted")
    delete_old_records(timestamp=0)
    with all_tenants():
        assert not RawText.objects.filter(tenant=storing).exists()
        assert FeedbackRecord.objects.filter(tenant=storing).count() == 1


def test_closing_a_tenant_erases_its_records(storing: Tenant, home: Path) -> None:
    fill(storing)
    close_tenant(tenant=storing, actor_id="test")
    assert search_everywhere(fragments_of([text_of(storing, n) for n in range(COUNT)]), home).is_clean
