"""The audit log only grows, and a row that was changed, removed or added by hand is found."""

from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from tenants.audit import record_event, verify_chain
from tenants.errors import AuditChainBroken
from tenants.models import AuditEvent, Tenant
from tenants.scoping import tenant_scope
from tests.support.databases import DatabaseUrls

WITHOUT_TRIGGERS = "alter table tenants_auditevent disable trigger user"
WITH_TRIGGERS = "alter table tenants_auditevent enable trigger user"
TAMPERINGS = {
    "changed fact": """update tenants_auditevent set metadata = '{"fields": []}' where sequence = 2""",
    "changed actor": "update tenants_auditevent set actor_id = 'user:somebody else' where sequence = 3",
    "changed time": "update tenants_auditevent set timestamp = timestamp - interval '1 day' where sequence = 2",
    "changed result": "update tenants_auditevent set result = 'refused' where sequence = 1",
    "removed first row": "delete from tenants_auditevent where sequence = 1",
    "removed row": "delete from tenants_auditevent where sequence = 2",
    "swapped rows": "update tenants_auditevent set sequence = 30 where sequence = 2;"
    " update tenants_auditevent set sequence = 2 where sequence = 3",
    "added row": "insert into tenants_auditevent (id, tenant_id, sequence, timestamp, actor_id, action, resource_type,"
    " resource_id, result, metadata, previous_hash, hash) select gen_random_uuid(), tenant_id, sequence + 1, timestamp,"
    " actor_id, action, resource_type, resource_id, result, metadata, hash, hash from tenants_auditevent"
    " where sequence = 4",
}


def record(tenant: Tenant, action: str = "test.done") -> AuditEvent:
    return record_event(tenant_id=tenant.id, actor_id="test", action=action, resource_type="test", resource_id="1")


@pytest.fixture
def chain(tenant: Tenant) -> Tenant:
    """A tenant with four rows: its own creation and three more."""
    for _ in range(3):
        record(tenant)
    return tenant


def tamper(urls: DatabaseUrls, tenant: Tenant, statement: str) -> None:
    """Do as somebody with the owner's login could."""
    with psycopg.connect(urls.owner_url) as owner:
        owner.execute("select set_config('app.tenant_id', %s, false)", [str(tenant.id)])
        owner.execute(WITHOUT_TRIGGERS)
        assert owner.execute(statement).rowcount > 0
        owner.execute("set constraints all immediate")
        owner.execute(WITH_TRIGGERS)


def test_an_untouched_chain_holds(chain: Tenant) -> None:
    assert verify_chain(chain.id) == 4
    told = StringIO()
    call_command("verify_audit", chain.slug, stdout=told)
    assert "4 rows hold" in told.getvalue()


@pytest.mark.parametrize("tampering", TAMPERINGS.values(), ids=TAMPERINGS)
def test_what_was_done_by_hand_is_found(tampering: str, chain: Tenant, database_urls: DatabaseUrls) -> None:
    tamper(database_urls, chain, tampering)
    with pytest.raises(AuditChainBroken):
        verify_chain(chain.id)
    with pytest.raises(CommandError, match="tampered"):
        call_command("verify_audit", chain.slug, stdout=StringIO(), stderr=StringIO())


@pytest.mark.parametrize("statement", ["update tenants_auditevent set action = ''", "delete from tenants_auditevent"])
def test_the_application_role_has_no_right_to_change_the_log(statement: str, chain: Tenant) -> None:
    with tenant_scope(chain.id), pytest.raises(DatabaseError) as refused, transaction.atomic():
        _execute(statement)
    assert isinstance(refused.value.__cause__, psycopg.errors.InsufficientPrivilege)
    assert verify_chain(chain.id) == 4


def _execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize(
    "statement",
    ["update tenants_auditevent set action = ''", "delete from tenants_auditevent", "truncate tenants_auditevent"],
)
def test_a_trigger_refuses_the_owner_too(statement: str, chain: Tenant, database_urls: DatabaseUrls) -> None:
    with psycopg.connect(database_urls.owner_url) as owner:
        owner.execute("select set_config('app.tenant_id', %s, false)", [str(chain.id)])
        with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
            owner.execute(statement)


def test_writers_at_the_same_time_make_one_chain(tenant: Tenant, other_tenant: Tenant) -> None:
    def write(number: int) -> None:
        try:
            record((tenant, other_tenant)[number % 2], f"test.{number}")
        finally:
            connection.close()

    with ThreadPoolExecutor(12) as threads:
        list(threads.map(write, range(120)))
    assert verify_chain(tenant.id) == verify_chain(other_tenant.id) == 61


def test_an_event_goes_with_the_transaction_that_it_tells_of(chain: Tenant) -> None:
    with transaction.atomic():
        record(chain)
        transaction.set_rollback(True)
    assert verify_chain(chain.id) == 4
    record(chain)
    assert verify_chain(chain.id) == 5


@pytest.mark.parametrize("metadata", [{"b": 1, "a": [1, 2.5, None]}, {"name": "Ünïcode ﷺ \u0001"}, {}])
def test_facts_come_back_from_the_database_as_they_were_hashed(metadata: dict[str, Any], tenant: Tenant) -> None:
    record_event(tenant_id=tenant.id, actor_id="t", action="t", resource_type="t", metadata=metadata)
    assert verify_chain(tenant.id) == 2
