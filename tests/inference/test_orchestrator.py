"""An operation closes itself, whoever runs it: page, job, demo or endpoint."""

import subprocess
import sys
import uuid

import pytest

from feedback.operations.detect_sensitive import DETECT_SENSITIVE, detect_sensitive
from feedback.operations.summarize import SUMMARIZE
from feedback.record_text import RecordText
from inference import orchestrator
from inference.models import ModelCatalogEntry, ModelStatus, PrivacyCount
from inference.registry import registered_operations, use_case_named
from inference.runs.origin import CallOrigin
from inference.warmup import warm_up
from tenants.errors import Forbidden
from tenants.models import AuditEvent, Tenant
from tenants.rest.errors import InvalidRequest
from tenants.scoping import tenant_scope
from tests.support.factories import new_tenant
from usage.models import LLMCall

RECORD = RecordText("r1", "Amina Diallo says: call me on +41 79 123 45 67, the guard wants money.")


@pytest.fixture(autouse=True)
def offline(database: None) -> None:
    warm_up()


def origin_of(tenant: Tenant, **changes: object) -> CallOrigin:
    return CallOrigin(tenant, uuid.uuid4(), "command:test", **changes)  # type: ignore[arg-type]


def test_a_job_that_switches_redaction_off_is_audited(tenant: Tenant, other_tenant: Tenant) -> None:
    lax = new_tenant(redaction_policy={"may_be_switched_off": True})
    with tenant_scope(lax.id):
        origin = origin_of(lax)
        with orchestrator.operation(DETECT_SENSITIVE, origin, records_count=3, wants_redaction=False):
            pass
        event = AuditEvent.objects.get(action="redaction.switched_off")
    assert (event.actor_id, event.resource_id) == ("command:test", "detect_sensitive")
    assert event.metadata == {"call_id": str(origin.call_id), "records": 3}
    with tenant_scope(other_tenant.id):
        assert not AuditEvent.objects.filter(action="redaction.switched_off").exists()


def test_a_run_that_breaks_off_leaves_its_privacy_counts(tenant: Tenant, other_tenant: Tenant) -> None:
    def break_off() -> None:
        with orchestrator.operation(SUMMARIZE, origin_of(tenant), records_count=1) as run:
            run.redact_record(RECORD.content)
            raise InterruptedError

    with tenant_scope(tenant.id):
        with pytest.raises(InterruptedError):
            break_off()
        assert PrivacyCount.objects.get(kind="PHONE_NUMBER").count == 1
    with tenant_scope(other_tenant.id):
        assert not PrivacyCount.objects.exists()


def test_a_key_of_another_scope_begins_no_operation(tenant: Tenant) -> None:
    with (
        tenant_scope(tenant.id),
        pytest.raises(Forbidden),
        orchestrator.operation(DETECT_SENSITIVE, origin_of(tenant, scopes=("summarize",)), records_count=1),
    ):
        pass


def test_a_use_case_runs_without_http_and_answers_as_the_endpoint_does(tenant: Tenant) -> None:
    use_case = use_case_named("detect_sensitive")
    assert use_case is not None
    with tenant_scope(tenant.id):
        body = use_case.read({"feedback_record": {"id": RECORD.id, "content": RECORD.content}})
        answer = use_case.carry_out(body, origin_of(tenant))
        assert LLMCall.objects.get().operation == "detect_sensitive"
    assert set(answer) == {"id", "is_sensitive", "explanation", "sensitivity_types", "could_identify"}
    assert (answer["id"], answer["is_sensitive"]) == ("r1", True)


def test_a_body_that_came_from_a_job_is_validated_as_a_request_is(tenant: Tenant) -> None:
    use_case = use_case_named("summarize")
    assert use_case is not None
    with pytest.raises(InvalidRequest) as refused:
        use_case.read({"feedback_record": {"id": 1, "content": None}})
    assert [issue.field for issue in refused.value.fields or []] == [
        "body.feedback_record.id",
        "body.feedback_record.content",
    ]


def test_a_process_that_loads_no_urls_knows_every_operation() -> None:
    code = (
        "import sys, django; django.setup();"
        "from inference.registry import registered_operations;"
        "print(sorted(operation.name for operation in registered_operations()), 'qfa_project.urls' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    names = sorted(operation.name for operation in registered_operations())
    assert said.strip() == f"{names} False"
    assert names == ["analyze", "assign_codes", "detect_sensitive", "summarize", "summarize_aggregate"]


def test_offline_work_is_under_the_catalogue_and_in_the_ledger(tenant: Tenant) -> None:
    with tenant_scope(tenant.id), orchestrator.operation(DETECT_SENSITIVE, origin_of(tenant), records_count=1) as run:
        detect_sensitive(run, RECORD)
        [row] = LLMCall.objects.all()
        assert row.model_entry_id is not None
        entry = ModelCatalogEntry.objects.get(id=row.model_entry_id)
        assert (entry.name, entry.status) == ("offline/extractive", ModelStatus.APPROVED)
        assert run.work_offline(lambda: "done", step="lexical", version="1") == "done"
        assert [row.step for row in LLMCall.objects.order_by("created_at")] == ["detect", "lexical"]


def test_offline_work_that_breaks_is_a_failed_row(tenant: Tenant) -> None:
    with tenant_scope(tenant.id), orchestrator.operation(DETECT_SENSITIVE, origin_of(tenant), records_count=1) as run:
        with pytest.raises(ZeroDivisionError):
            run.work_offline(lambda: 1 / 0, step="lexical", version="1")
        assert LLMCall.objects.get().status == "error"
