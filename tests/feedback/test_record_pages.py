"""The list of stored records and the page of one: what is found, who sees what, and what a look costs."""

import html
import re
import uuid

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from feedback.models import FeedbackRecord
from tenants.models import AuditEvent, Role, Storage, Tenant
from tenants.scoping import all_tenants, tenant_scope
from tests.support.people import new_person, new_platform_admin, pages_for
from tests.support.stored_records import new_record, new_records

LIST = "/feedback/records/"


@pytest.fixture
def manager(tenant: Tenant) -> Client:
    return pages_for(new_person((tenant, Role.TENANT_MANAGER)))


@pytest.fixture
def analyst(tenant: Tenant) -> Client:
    return pages_for(new_person((tenant, Role.ANALYST)))


def text_of(reader: Client, address: str = LIST, query: dict[str, str] | None = None, *, status: int = 200) -> str:
    """The words of a page without its markup."""
    page = reader.get(address, query)
    assert page.status_code == status, page.status_code
    words = re.sub(r"<(script|style).*?</\1>|<[^>]*>", "", page.content.decode(), flags=re.DOTALL)
    return " ".join(html.unescape(words).split())


def set_storage(tenant: Tenant, storage: Storage) -> None:
    tenant.storage = storage
    with all_tenants():
        tenant.save(update_fields=["storage"])


def looks_at(record: FeedbackRecord) -> int:
    with tenant_scope(record.tenant_id):
        return AuditEvent.objects.filter(action="record.raw_text_seen", resource_id=str(record.pk)).count()


def address_of(record: FeedbackRecord) -> str:
    return f"{LIST}{record.pk}/"


# Search and filters


def test_words_find_records_and_are_marked(tenant: Tenant, analyst: Client) -> None:
    new_record(tenant, "The water is not clean.")
    new_record(tenant, "The school is closed.")
    page = analyst.get(LIST, {"search": "WATER"}).content.decode()
    assert "The <mark>water</mark> is not clean." in page
    assert "school is closed" not in page


def test_filters_show_counts_under_all_other_filters(tenant: Tenant, analyst: Client) -> None:
    for channel, language in (("radio", "fr"), ("radio", "en"), ("hotline", "en"), ("hotline", "en")):
        new_record(tenant, channel=channel, language=language)
    text = text_of(analyst, query={"language": "en"})
    assert "3 records" in text
    assert "hotline (2)" in text
    assert "radio (1)" in text
    assert "English (3)" in text
    assert "French (1)" in text


def test_a_selection_is_reproduced_by_its_address_and_its_chips_are_removed_one_by_one(
    tenant: Tenant, analyst: Client
) -> None:
    new_record(tenant, channel="radio", language="fr")
    page = analyst.get(LIST, {"channel": "radio", "language": "fr"}).content.decode()
    chips = re.findall(r'<a href="\?([^"]*)" class="chip">([^<]*)<bdi>([^<]*)', page)
    assert sorted(html.unescape(query) for query, _label, _value in chips) == ["channel=radio", "language=fr"]
    assert sorted(value for _query, _label, value in chips) == ["French", "radio"]


def test_the_last_day_of_a_period_is_included(tenant: Tenant, analyst: Client) -> None:
    for day in ("2026-03-01T08:00:00Z", "2026-03-02T23:30:00Z", "2026-03-03T00:30:00Z"):
        new_record(tenant, collected_at=day)
    assert "2 records" in text_of(analyst, query={"from": "2026-03-01", "to": "2026-03-02"})


def test_records_whose_value_is_unset_can_be_selected(tenant: Tenant, analyst: Client) -> None:
    new_record(tenant, "Nobody says where.", admin1="")
    new_record(tenant, "Somebody says where.", admin1="Turkana")
    text = text_of(analyst, query={"admin1": "~"})
    assert "Nobody says where." in text
    assert "Somebody says where." not in text


@pytest.mark.parametrize("query", [{"from": "yesterday"}, {"is_sensitive": "perhaps"}])
def test_a_filter_that_cannot_be_read_selects_nothing_and_is_named(
    query: dict[str, str], tenant: Tenant, analyst: Client
) -> None:
    new_record(tenant, "A sentence of a record.")
    text = text_of(analyst, query=query, status=400)
    assert "could not be read" in text
    assert "A sentence of a record." not in text


def test_pages_follow_each_other_without_a_gap(tenant: Tenant, analyst: Client) -> None:
    new_records(tenant, *({"content": f"Number {number}.", "collected_at": "2026-01-01"} for number in range(60)))
    seen: list[str] = []
    address = LIST
    while address:
        page = analyst.get(address).content.decode()
        seen += re.findall(r"Number \d+\.", page)
        older = re.search(r'rel="next" href="\?([^"]+)"', page)
        address = f"{LIST}?{html.unescape(older[1])}" if older else ""
    assert len(seen) == len(set(seen)) == 60


def test_an_empty_list_says_what_to_do(tenant: Tenant, analyst: Client) -> None:
    assert "No feedback records are stored yet" in text_of(analyst)
    new_record(tenant)
    assert "No records match" in text_of(analyst, query={"search": "nothing"})


def test_an_empty_list_of_a_tenant_that_stores_nothing_says_so(tenant: Tenant, analyst: Client) -> None:
    set_storage(tenant, Storage.OFF)
    assert "This tenant does not store feedback" in text_of(analyst)


@pytest.mark.parametrize("query", [{}, {"search": "dry"}, {"channel": "radio"}, {"search": "dry", "language": "en"}])
def test_a_list_of_many_records_needs_as_many_statements_as_one_of_few(
    query: dict[str, str], tenant: Tenant, other_tenant: Tenant
) -> None:
    few, many = (pages_for(new_person((one, Role.ANALYST))) for one in (tenant, other_tenant))
    new_records(tenant, *({"channel": "radio", "language": "en"} for _ in range(30)))
    new_records(other_tenant, *({"channel": "radio", "language": "en"} for _ in range(120)))
    numbers = []
    for reader in (few, many):
        with CaptureQueriesContext(connection) as captured:
            text_of(reader, query=query)
        numbers.append(len(captured))
    assert numbers[0] == numbers[1] <= 16


# Who sees what


def test_records_of_another_tenant_are_nowhere(tenant: Tenant, other_tenant: Tenant, manager: Client) -> None:
    theirs = new_record(other_tenant, "Their well is dry.", channel="their-channel")
    new_record(tenant)
    assert "their-channel" not in text_of(manager)
    assert "0 records" in text_of(manager, query={"record_id": str(theirs.pk)})
    assert manager.get(address_of(theirs)).status_code == 404
    assert manager.post(f"{address_of(theirs)}raw/").status_code == 404


def test_sensitive_records_are_seen_by_their_roles_only(tenant: Tenant, manager: Client, analyst: Client) -> None:
    sensitive = new_record(tenant, "A report of abuse.", is_sensitive=True, channel="box")
    reviewer = pages_for(new_person((tenant, Role.REVIEWER)))
    for reader in (manager, reviewer):
        assert "A report of abuse." in text_of(reader)
        assert reader.get(address_of(sensitive)).status_code == 200
    assert "box" not in text_of(analyst)
    assert "0 records" in text_of(analyst, query={"is_sensitive": "true"})
    assert analyst.get(address_of(sensitive)).status_code == 404


def test_viewers_read_no_records(tenant: Tenant) -> None:
    record = new_record(tenant)
    viewer = pages_for(new_person((tenant, Role.VIEWER)))
    assert viewer.get(LIST).status_code == 403
    assert viewer.get(address_of(record)).status_code == 403


def test_platform_staff_select_a_tenant_first(tenant: Tenant) -> None:
    staff = pages_for(new_platform_admin())
    answer = staff.get(LIST)
    assert (answer.status_code, "/admin/tenant/?next=" in answer.headers["Location"]) == (302, True)


def test_raw_text_is_for_its_role_and_each_look_is_audited(tenant: Tenant, manager: Client, analyst: Client) -> None:
    set_storage(tenant, Storage.RAW)
    record = new_record(tenant, "My name is Amina Yusuf, call +254 712 345 678.")
    assert "712 345 678" not in text_of(manager, address_of(record))
    assert analyst.post(f"{address_of(record)}raw/").status_code == 403
    assert "Show the raw text" not in text_of(analyst, address_of(record))
    assert looks_at(record) == 0
    page = manager.post(f"{address_of(record)}raw/")
    assert "712 345 678" in page.content.decode()
    assert "no-store" in page.headers["Cache-Control"]
    assert looks_at(record) == 1
    assert "Raw text read" in text_of(manager, address_of(record))


def test_raw_text_is_not_shown_after_the_policy_changed_back(tenant: Tenant, manager: Client) -> None:
    set_storage(tenant, Storage.RAW)
    record = new_record(tenant, "Call +254 712 345 678.")
    set_storage(tenant, Storage.REDACTED)
    assert manager.post(f"{address_of(record)}raw/").status_code == 403


# A record's page


def test_a_record_shows_its_metadata_as_links_to_records_like_it(tenant: Tenant, analyst: Client) -> None:
    record = new_record(tenant, channel="radio", admin1="Turkana", language="fr", tags=["well"], extra={"ward": "4"})
    page = analyst.get(address_of(record)).content.decode()
    for link in ("channel=radio", "admin1=Turkana", "language=fr", "tag=well"):
        assert f"{LIST}?{link}" in page
    assert "French" in page
    assert "ward" in page


def test_records_with_the_same_words_lead_to_each_other(tenant: Tenant, manager: Client, analyst: Client) -> None:
    first = new_record(tenant, "The tap is dry!", is_sensitive=True)
    second = new_record(tenant, "the tap is dry")
    assert str(first.pk) in manager.get(address_of(second)).content.decode()
    assert str(second.pk) in manager.get(address_of(first)).content.decode()
    assert str(first.pk) not in analyst.get(address_of(second)).content.decode()


def test_markup_in_a_record_stays_text(tenant: Tenant, analyst: Client) -> None:
    record = new_record(tenant, "<script>alert(1)</script> & <b>water</b>", channel="<i>radio</i>")
    for page in (analyst.get(LIST, {"search": "water"}), analyst.get(address_of(record))):
        content = page.content.decode()
        assert "<script>alert" not in content
        assert "<i>radio</i>" not in content
        assert "&lt;script&gt;" in content


def test_an_unknown_record_is_not_found(tenant: Tenant, analyst: Client) -> None:
    assert analyst.get(f"{LIST}{uuid.uuid4()}/").status_code == 404
