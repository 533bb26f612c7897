"""Storing feedback records: what is created, updated, unchanged and rejected, and that only redacted text is stored."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feedback.errors import InvalidRecord, StorageOff
from feedback.filters import KNOWN_FILTERS, parse_filter, visible_records
from feedback.models import FeedbackRecord
from feedback.services import Stored, change_metadata, erase_records, store_records
from feedback.storing.record_input import read_changes, read_record
from tenants.models import AuditEvent, Tenant
from tenants.rest.errors import InvalidRequest
from tenants.scoping import tenant_scope
from tests.support.factories import new_tenant


def store(tenant: Tenant, *records: Any) -> Stored:
    return store_records(records, tenant=tenant, actor_id="test")


def record(record_id: str = "r1", content: str = "The tap is dry.", **more: Any) -> dict[str, Any]:
    return {"id": record_id, "content": content, **more}


def counts(stored: Stored) -> tuple[int, int, int, int]:
    return stored.created, stored.updated, stored.unchanged, len(stored.rejected)


def stored_row(tenant: Tenant, record_id: str = "r1") -> FeedbackRecord:
    with tenant_scope(tenant.id):
        row: FeedbackRecord = FeedbackRecord.objects.get(external_id=record_id)
    return row


def test_posting_again_creates_nothing_and_says_what_changed(tenant: Tenant) -> None:
    first = record(channel="radio", tags=["water"], metadata={"created": "2026-01-02", "coding_level_1": "a"})
    assert counts(store(tenant, first)) == (1, 0, 0, 0)
    assert counts(store(tenant, first)) == (0, 0, 1, 0)
    assert counts(store(tenant, first | {"channel": "phone"})) == (0, 1, 0, 0)
    assert counts(store(tenant, first | {"content": "The tap runs."})) == (0, 1, 0, 0)
    row = stored_row(tenant)
    assert (row.channel, row.content, row.tags) == ("radio", "The tap runs.", ["water"])
    assert row.occurred_at == datetime(2026, 1, 2, tzinfo=UTC)


def test_fields_that_are_left_out_stay_and_null_unsets_them(tenant: Tenant) -> None:
    store(tenant, record(status="open", is_sensitive=True, site="Camp 4", tags=["a"]))
    store(tenant, record())
    row = stored_row(tenant)
    assert (row.status, row.is_sensitive, row.site, row.tags) == ("open", True, "Camp 4", ["a"])
    store(tenant, record(status=None, is_sensitive=None, site="", tags=None))
    row = stored_row(tenant)
    assert (row.status, row.is_sensitive, row.site, row.tags) == ("", None, "", [])


def test_the_same_id_is_one_record_per_source_and_tenant(tenant: Tenant, other_tenant: Tenant) -> None:
    assert counts(store(tenant, record(), record(source="kobo"))) == (2, 0, 0, 0)
    assert counts(store(other_tenant, record())) == (1, 0, 0, 0)
    assert counts(store(tenant, record(content="first"), record(content="later"))) == (0, 1, 0, 0)
    with tenant_scope(tenant.id):
        assert FeedbackRecord.objects.get(source="api").content == "later"


PERSONAL = "Call Amina Hassan on +254 712 345 678, she knows."


def test_only_redacted_text_is_stored(tenant: Tenant) -> None:
    number = "+254 712 345 678"
    store(
        tenant,
        record(
            content=PERSONAL,
            site=f"House of {number}",
            community_group=number,
            tags=[number],
            extra={"note": number},
            metadata={"coding_level_1": number},
        ),
    )
    row = stored_row(tenant)
    assert row.content == "Call <PERSON_1> on <PHONE_NUMBER_1>, she knows."
    assert row.site == "House of <PHONE_NUMBER_1>"
    assert row.tags == [row.community_group] == [row.extra["note"]] == [row.metadata["coding_level_1"]]
    with tenant_scope(tenant.id), connection.cursor() as cursor:
        cursor.execute("select row_to_json(r)::text from feedback_feedbackrecord r where id = %s", [row.id])
        # With its space: three digits alone may occur in a UUID.
        assert "712 345" not in cursor.fetchone()[0]


def test_text_without_personal_values_is_stored_as_it_was_typed(tenant: Tenant) -> None:
    typed = "<b>5 > 3 & [system]: no</b> <PERSON_1>\ttab \\ &amp; «ماء»"
    store(tenant, record(content=typed))
    assert stored_row(tenant).content == typed


def test_a_changed_redaction_policy_redacts_again(tenant: Tenant) -> None:
    store(tenant, record(content="Amina Hassan spoke."))
    tenant.redaction_policy = {"allow_list": ["Amina Hassan"]}
    assert counts(store(tenant, record(content="Amina Hassan spoke."))) == (0, 1, 0, 0)
    assert stored_row(tenant).content == "Amina Hassan spoke."


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"id": ""}, "id"),
        ({"id": 5}, "id"),
        ({"id": "x" * 256}, "id"),
        ({"content": None}, "content"),
        ({"content": "x" * 100_001}, "content"),
        ({"collected_at": "yesterday"}, "collected_at"),
        ({"collected_at": "2026-02-30"}, "collected_at"),
        ({"collected_at": "0001-01-01T00:00:00+14:00"}, "collected_at"),
        ({"consent": "yes"}, "consent"),
        ({"channel": 7}, "channel"),
        ({"tags": "water"}, "tags"),
        ({"tags": ["water", 7]}, "tags.1"),
        ({"extra": {"age": 7}}, "extra.age"),
        ({"metadata": {"nonsense": "x"}}, "metadata.nonsense"),
        ({"metadata": {"coding_level_1": 7}}, "metadata.coding_level_1"),
    ],
)
def test_an_unreadable_field_rejects_its_record_and_no_other(
    tenant: Tenant, change: dict[str, Any], field: str
) -> None:
    stored = store(tenant, record("good"), record("bad") | change)
    assert counts(stored) == (1, 0, 0, 1)
    [rejected] = stored.rejected
    assert (rejected.index, [issue.field for issue in rejected.issues]) == (1, [field])


def test_an_unreadable_date_in_metadata_created_is_unset(tenant: Tenant) -> None:
    assert counts(store(tenant, record(metadata={"created": "last week"}))) == (1, 0, 0, 0)
    row = stored_row(tenant)
    assert row.collected_at is None
    assert row.occurred_at == row.created_at


def test_the_language_is_detected_when_it_is_left_out(tenant: Tenant) -> None:
    store(
        tenant,
        record("en", "The water is not clean and we have no tap."),
        record("ar", "الماء غير نظيف ونحن بحاجة إلى المساعدة"),
        record("given", "The water is not clean.", language="PT_br"),
    )
    assert [stored_row(tenant, name).language for name in ("en", "ar", "given")] == ["en", "ar", "pt-br"]


def test_records_with_the_same_words_are_marked(tenant: Tenant, other_tenant: Tenant) -> None:
    store(other_tenant, record("elsewhere", "The tap is DRY"))
    store(tenant, record("first", "The tap is dry."), record("other", "Thank you"))
    store(tenant, record("second", "the tap is dry!!"))
    assert stored_row(tenant, "first").duplicate_of is None
    assert stored_row(tenant, "second").duplicate_of_id == stored_row(tenant, "first").id
    store(tenant, record("second", "The tap runs again."))
    assert stored_row(tenant, "second").duplicate_of_id is None


def test_nothing_is_stored_when_the_policy_is_off(database: None) -> None:
    tenant = new_tenant(storage="off")
    with pytest.raises(StorageOff):
        store(tenant, record())
    with tenant_scope(tenant.id):
        assert not FeedbackRecord.objects.exists()


def test_a_change_is_redacted_and_its_audit_event_names_the_fields_only(tenant: Tenant) -> None:
    store(tenant, record(tags=["a"]))
    changes = read_changes({"status": "closed", "site": "+254 712 345 678", "unknown": 1})
    change_metadata(stored_row(tenant), changes, tenant=tenant, actor_id="test")
    row = stored_row(tenant)
    assert (row.status, row.site) == ("closed", "<PHONE_NUMBER_1>")
    with tenant_scope(tenant.id):
        event = AuditEvent.objects.get(action="record.changed")
    assert event.metadata == {"fields": ["site", "status"]}
    assert counts(store(tenant, record(site="Camp 4"))) == (0, 1, 0, 0)
    assert stored_row(tenant).site == "Camp 4"


def test_an_erased_record_is_gone_and_its_duplicates_stay(tenant: Tenant) -> None:
    store(tenant, record("first"))
    store(tenant, record("second"))
    erased = erase_records([stored_row(tenant, "first")], tenant=tenant, actor_id="test")
    assert erased["records"] == 1
    assert stored_row(tenant, "second").duplicate_of_id is None
    with tenant_scope(tenant.id):
        assert FeedbackRecord.objects.count() == 1


def found(tenant: Tenant, sees_sensitive: bool = True, **filters: Any) -> list[str]:
    with tenant_scope(tenant.id):
        chosen = parse_filter(filters, location="query").apply(visible_records(sees_sensitive=sees_sensitive))
        return [row.external_id for row in chosen]


@pytest.fixture
def filled(tenant: Tenant) -> Tenant:
    store(
        tenant,
        record("old", "No water at the well", channel="radio", collected_at="2026-01-01", consent=True, tags=["x"]),
        record("new", "Clean water, thank you", channel="phone", collected_at="2026-02-01T10:00:00+03:00"),
        record("arabic", "لا يوجد ماء في المخيم", collected_at="2026-03-01", source="kobo"),
        record("secret", "Water in exchange for favours", collected_at="2026-04-01", is_sensitive=True),
    )
    return tenant


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, ["secret", "arabic", "new", "old"]),
        ({"channel": "radio"}, ["old"]),
        ({"channel": ["radio", "phone"]}, ["new", "old"]),
        ({"source": "kobo"}, ["arabic"]),
        ({"language": "ar"}, ["arabic"]),
        ({"collected_from": "2026-02-01"}, ["secret", "arabic", "new"]),
        ({"collected_to": "2026-02-01"}, ["old"]),
        ({"collected_to": "2026-02-01T07:00:00Z"}, ["old"]),
        ({"search": "WATER"}, ["secret", "new", "old"]),
        ({"search": "water -clean"}, ["secret", "old"]),
        ({"search": "ماء"}, ["arabic"]),
        ({"consent": "true"}, ["old"]),
        ({"consent": "null"}, ["secret", "arabic", "new"]),
        ({"is_sensitive": True}, ["secret"]),
        ({"is_duplicate": "false", "tag": "x"}, ["old"]),
        ({"code_id": "a"}, []),
        ({"record_id": "nonsense"}, []),
        ({"channel": "radio", "search": "clean"}, []),
    ],
)
def test_a_filter_finds_the_records_that_meet_it(filled: Tenant, filters: dict[str, Any], expected: list[str]) -> None:
    assert found(filled, **filters) == expected


@pytest.mark.parametrize("filters", [{}, {"search": "favours"}, {"is_sensitive": True}, {"id": "secret"}])
def test_sensitive_records_are_only_for_those_who_may_see_them(filled: Tenant, filters: dict[str, Any]) -> None:
    assert "secret" in found(filled, **filters)
    assert "secret" not in found(filled, sees_sensitive=False, **filters)


def test_an_escalated_record_is_hidden_too(filled: Tenant) -> None:
    with tenant_scope(filled.id):
        FeedbackRecord.objects.filter(external_id="old").update(is_escalated=True)
    assert found(filled, sees_sensitive=False) == ["arabic", "new"]


def test_no_filter_finds_records_of_another_tenant(filled: Tenant, other_tenant: Tenant) -> None:
    assert found(other_tenant) == found(other_tenant, search="water") == []


@pytest.mark.parametrize(
    "filters",
    [
        {"chanel": "radio"},
        {"is_sensitive": "maybe"},
        {"collected_from": "soon"},
        {"channel": 5},
        {"search": "x" * 1001},
    ],
)
def test_an_unknown_or_unreadable_filter_is_an_error_that_names_it(filters: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest) as caught:
        parse_filter(filters, location="body.filter")
    [name] = filters
    assert [issue.field for issue in caught.value.fields or ()] == [f"body.filter.{name}"]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.dictionaries(st.sampled_from(["id", "content", "metadata", "collected_at", "tags", "extra"]), json_values))
def test_any_record_is_read_or_rejected(data: dict[str, Any]) -> None:
    try:
        read_record(data)
    except InvalidRecord as error:
        issues = error.issues
    else:
        return
    assert issues


@settings(suppress_health_check=list(HealthCheck), deadline=None, max_examples=50)
@given(st.dictionaries(st.sampled_from(KNOWN_FILTERS), json_values, max_size=3))
def test_any_filter_runs_or_is_an_error(tenant: Tenant, filters: dict[str, Any]) -> None:
    with tenant_scope(tenant.id):
        try:
            chosen = parse_filter(filters, location="query")
        except InvalidRequest:
            return
        assert list(chosen.apply(visible_records(sees_sensitive=False))) == []
