"""What is exported is imported as it was: every format, and texts of any kind."""

import io
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feedback.exports import FORMATS, stream_export
from feedback.filters import visible_records
from feedback.imports.building import RecordBuilder
from feedback.imports.previews import plan_import
from feedback.imports.readers.files import open_table
from feedback.models import FeedbackRecord
from feedback.services import store_records
from feedback.stored_answers import Reader, stored_answers
from feedback.storing.record_input import WORDS
from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tests.support.factories import new_tenant

READER = Reader("test", sees_sensitive=True)
texts = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\x00"), max_size=40)
words = st.text(st.characters(categories=["L", "N", "P", "Zs"]), min_size=1, max_size=20).filter(str.strip)
awkward = st.sampled_from(
    [
        *("=1+1", "'=1+1", "''x", "+44", "-", "@x", "\tx", " x ", "a\r\nb", "a\rb", "a\n\n", '"', 'a"b', "_x000D_"),
        *(
            "_x005F_",
            "#N/A",
            "TRUE",
            "007",
            "1.10",
            "1234567890123456789",
            "03/04/2026",
            "#adm1",
            "\x01",
            "﻿x",
            "a;b,c\td|e",
        ),
        *("\x01", "\ufeffx", "sep=;", "<PERSON_1>", "e\u0301", "\u00a0", "مرحبا", "😀" * 3, "]]>", "&lt;", "\ufffe"),
    ]
)
contents = st.one_of(texts, awkward)
moments = st.sampled_from([None, "2026-07-01", "2026-07-01T09:30:00.123456+03:00", "1999-12-31T23:59:59Z"])
records = st.fixed_dictionaries(
    {"id": st.one_of(words, awkward.filter(str.strip)), "content": contents},
    optional={
        "source": words,
        "language": st.sampled_from(["en", "ar", "pt-br"]),
        "collected_at": moments,
        "received_at": moments,
        "consent": st.sampled_from([True, False, None]),
        "is_sensitive": st.sampled_from([True, False, None]),
        "tags": st.lists(st.one_of(words, awkward.filter(str.strip)), max_size=3),
        "extra": st.dictionaries(words, st.one_of(words, awkward).filter(bool), max_size=3),
        "metadata": st.fixed_dictionaries(
            {}, optional={"created": st.sampled_from(["2026-01-02 03:04:05", "yesterday"]), "coding_level_1": words}
        ),
        **{name: st.one_of(words, st.sampled_from(["34", "n/a"])) for name in WORDS},
    },
)


def described(tenant: Tenant) -> list[dict[str, Any]]:
    """All that an export must keep of a tenant's records."""
    with tenant_scope(tenant.id):
        rows = list(FeedbackRecord.objects.order_by("source", "external_id"))
        answers = stored_answers(rows, READER)
    lost = ("record_id", "created_at", "updated_at", "duplicate_of", "codings", "is_escalated")
    return [{name: _set_parts(value) for name, value in answer.items() if name not in lost} for answer in answers]


def _set_parts(value: Any) -> Any:
    """Leave out empty texts, which mean unset: redaction empties a text of invisible characters."""
    if isinstance(value, list):
        return [part for part in value if part]
    return {key: part for key, part in value.items() if part} if isinstance(value, dict) else value


def exported(tenant: Tenant, ending: str, *, has_tags: bool = False) -> bytes:
    with tenant_scope(tenant.id):
        rows = visible_records(sees_sensitive=True)
    return b"".join(stream_export(rows, tenant=tenant, reader=READER, ending=ending, has_tags=has_tags))


def imported(tenant: Tenant, content: bytes) -> None:
    with tenant_scope(tenant.id):
        plan = plan_import(io.BytesIO(content))
    built = list(RecordBuilder(plan.table, plan.mapping).rows(plan.table.rows()))
    assert [issue for row in built for issue in row.issues] == []
    stored = store_records([row.record for row in built], tenant=tenant, actor_id="test")
    assert not stored.rejected


@pytest.mark.parametrize("has_tags", [False, True])
@pytest.mark.parametrize("ending", FORMATS)
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(sent=st.lists(records, min_size=1, max_size=4, unique_by=lambda record: str(record["id"]).strip()))
def test_an_export_is_imported_as_it_was(database: None, ending: str, has_tags: bool, sent: list[Any]) -> None:
    first, second, third = new_tenant(), new_tenant(), new_tenant()
    assert not store_records(sent, tenant=first, actor_id="test").rejected
    imported(second, exported(first, ending, has_tags=has_tags))
    # Redaction may find more in a text that is redacted already, so the peer is the same content posted again.
    assert not store_records(described(first), tenant=third, actor_id="test").rejected
    assert described(second) == described(third)


def test_a_long_text_goes_over_several_cells_of_a_workbook(tenant: Tenant, other_tenant: Tenant) -> None:
    content = "".join(f"Sentence {number} about the well.\n" for number in range(3_000))
    store_records([{"id": "1", "content": content}, {"id": "2", "content": "short"}], tenant=tenant, actor_id="test")
    written = exported(tenant, "xlsx")
    header = open_table(io.BytesIO(written)).header
    assert "content (2)" in header
    imported(other_tenant, written)
    assert described(other_tenant) == described(tenant)


def test_json_lines_are_the_stored_answers(tenant: Tenant) -> None:
    store_records([{"id": "1", "content": "We need water", "tags": ["a"]}], tenant=tenant, actor_id="test")
    line = json.loads(exported(tenant, "jsonl"))
    assert (line["id"], line["content"], line["tags"], line["is_redacted"]) == ("1", "We need water", ["a"], True)
