"""Codings of stored records: from assign-codes and from a CRM's coding levels, shown and erased with the record."""

import uuid
from collections.abc import Sequence
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from coding.api.use_cases import USE_CASES
from coding.models import CodeAssignment, FrameworkVersion, MissingCode
from feedback.filters import parse_filter, visible_records
from feedback.models import FeedbackRecord
from feedback.registry import codings_of
from feedback.services import erase_records, store_records
from feedback.storing.redacted_text import skeleton
from inference.runs.origin import CallOrigin
from inference.warmup import warm_up
from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tests.support.factories import new_framework

[ASSIGN_CODES] = USE_CASES


def store(tenant: Tenant, record_id: str = "r1", levels: Sequence[str] = (), **more: Any) -> FeedbackRecord:
    metadata = {f"coding_level_{n}": level for n, level in enumerate(levels, start=1)}
    content = more.pop("content", "The water is dirty.")
    sent = {"id": record_id, "content": content, "metadata": metadata, **more}
    stored = store_records([sent], tenant=tenant, actor_id="test")
    assert stored.rejected == ()
    with tenant_scope(tenant.id):
        row: FeedbackRecord = FeedbackRecord.objects.get(id=stored.ids[more.get("source", "api"), record_id])
    return row


def codes(tenant: Tenant, record: FeedbackRecord) -> list[tuple[str, str, str]]:
    with tenant_scope(tenant.id):
        return sorted((coding.code_id, coding.source, coding.status) for coding in codings_of([record.id])[record.id])


@pytest.fixture
def framework(tenant: Tenant) -> FrameworkVersion:
    return new_framework(tenant)


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        (("a",), ["a"]),
        (("Requests",), ["a"]),
        (("requests", "WATER", "Dirty  water"), ["a12"]),
        (("a", "a1", "a11,a12"), ["a11", "a12"]),
        (("a,b", "a1"), ["a1", "b"]),
        (("", "", "Dry tap"), ["a11"]),
        (("a", "", "a12"), ["a12"]),
        (("b", "a1"), ["b"]),
        (("nonsense",), []),
        (("",), []),
    ],
)
def test_levels_that_name_codes_become_manual_codings(
    tenant: Tenant, framework: FrameworkVersion, levels: Sequence[str], expected: list[str]
) -> None:
    record = store(tenant, levels=levels)
    assert codes(tenant, record) == [(code, "manual", "accepted") for code in expected]


def test_the_same_levels_add_nothing_again(tenant: Tenant, framework: FrameworkVersion) -> None:
    store(tenant, levels=["a"])
    record = store(tenant, levels=["a"], content="The water is dirty again.")
    with tenant_scope(tenant.id):
        assert CodeAssignment.objects.filter(record_id=record.id).count() == 1


def test_a_framework_of_another_tenant_codes_nothing(tenant: Tenant, other_tenant: Tenant) -> None:
    new_framework(other_tenant)
    assert codes(tenant, store(tenant, levels=["a"])) == []


def assign(tenant: Tenant, framework: FrameworkVersion, record_id: str, **origin: Any) -> None:
    """Run assign_codes as its endpoint does, on the offline engine."""
    warm_up()
    body = ASSIGN_CODES.read(
        {
            "feedback_record": {"id": record_id, "content": "The tap is dry, no water comes. Thanks"},
            "framework_id": str(framework.framework_id),
            "max_codes": 3,
        }
    )
    with tenant_scope(tenant.id):
        ASSIGN_CODES.carry_out(body, CallOrigin(tenant, uuid.uuid4(), "test", **origin))


def test_a_call_links_its_codes_to_the_stored_record_of_that_id(tenant: Tenant, framework: FrameworkVersion) -> None:
    record, elsewhere = store(tenant), store(tenant, source="kobo")
    assign(tenant, framework, "r1")
    assign(tenant, framework, "unknown")
    found = codes(tenant, record)
    assert found
    assert {(source, status) for _, source, status in found} == {("auto", "suggested")}
    assert codes(tenant, elsewhere) == []
    assign(tenant, framework, "r1", stored_record_id=elsewhere.id)
    assert codes(tenant, elsewhere) == found


def test_records_are_found_by_the_code(tenant: Tenant, framework: FrameworkVersion) -> None:
    record = store(tenant, levels=["a", "a1", "a12"])
    store(tenant, "r2", levels=["b"])
    with tenant_scope(tenant.id):
        stable_id = CodeAssignment.objects.get(record_id=record.id).code.stable_id
        for code_id in ("a12", str(stable_id)):
            chosen = parse_filter({"code_id": code_id}, location="query").apply(visible_records(sees_sensitive=True))
            assert [row.external_id for row in chosen] == ["r1"]


def test_codings_are_erased_with_their_record(tenant: Tenant, framework: FrameworkVersion) -> None:
    assign(tenant, framework, "r1")
    record, other = store(tenant, levels=["a"]), store(tenant, "r2", levels=["a"])
    assign(tenant, framework, "r1")
    with tenant_scope(tenant.id):
        MissingCode.objects.create(framework_version=framework, text="The &lt;WATER> is dirty.")
        MissingCode.objects.create(framework_version=framework, text=record.content, record=record)
        MissingCode.objects.create(framework_version=framework, text=record.content)
    erased = erase_records([record], tenant=tenant, actor_id="test")
    assert erased["codings"] >= 3
    assert codes(tenant, other) == [("a", "manual", "accepted")]
    with tenant_scope(tenant.id):
        assert not CodeAssignment.objects.filter(record_reference="r1").exists()
        assert [row.text for row in MissingCode.objects.all()] == ["The &lt;WATER> is dirty."]


def test_stored_copies_of_a_text_have_one_skeleton() -> None:
    assert skeleton("Call <PERSON_12>:  5 &lt; 6") == skeleton("call <PERSON_1>&colon; 5 < 6") != skeleton("5 < 6")


def test_a_coding_of_another_tenant_s_record_cannot_be_written(
    tenant: Tenant, other_tenant: Tenant, framework: FrameworkVersion
) -> None:
    foreign = store(other_tenant)
    with tenant_scope(tenant.id), pytest.raises(DatabaseError), transaction.atomic():
        CodeAssignment.objects.create(record_reference="r1", record_id=foreign.id, assigned_by="test")
