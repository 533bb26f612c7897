"""The dashboard: counts by week and value, what rises, small cells, and the records behind each figure."""

import html
import itertools
import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from feedback.models import FeedbackRecord
from feedback.reports.rising import Series, rising, signed_root
from feedback.reports.small_cells import SMALLEST_SHOWN, suppress
from feedback.reports.weeks import Weeks, count_by_week
from feedback.views import counting
from tenants.local_days import local_day, today
from tenants.models import Role, Tenant
from tenants.scoping import tenant_scope
from tests.support.factories import new_framework
from tests.support.people import new_person, pages_for
from tests.support.stored_records import new_record, new_records

PAGE = "/feedback/"


@pytest.fixture
def analyst(tenant: Tenant) -> Client:
    return pages_for(new_person((tenant, Role.ANALYST)))


@pytest.fixture
def viewer(tenant: Tenant) -> Client:
    return pages_for(new_person((tenant, Role.VIEWER)))


def days_ago(days: int) -> str:
    return (today() - timedelta(days=days)).isoformat()


def page_of(reader: Client, **query: Any) -> str:
    answer = reader.get(PAGE, query)
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def bars_of(page: str, name: str) -> dict[str, str]:
    """The lines of a table with bars: what is said of each value."""
    section = re.search(rf'aria-labelledby="by-{name}".*?</section>', page, re.DOTALL)
    rows = re.findall(r"<bdi>(.*?)</bdi>.*?<td[^>]*>(.*?)</td>", section[0], re.DOTALL) if section else []
    return {label: re.sub(r"<[^>]*>", "", count) for label, count in rows}


# Counts


@given(first=st.dates(date(2020, 1, 1), date(2030, 1, 1)), days=st.integers(1, 400))
def test_weeks_begin_on_mondays_and_cover_their_period(first: date, days: int) -> None:
    end = first + timedelta(days=days)
    mondays = Weeks(first, end).mondays
    assert mondays[0] <= first < mondays[0] + timedelta(days=7)
    assert mondays[-1] < end <= mondays[-1] + timedelta(days=7)
    assert {monday.weekday() for monday in mondays} == {0}
    assert {later - earlier for earlier, later in itertools.pairwise(mondays)} <= {timedelta(days=7)}


def test_records_are_counted_in_the_week_they_are_of(tenant: Tenant, other_tenant: Tenant) -> None:
    for day in ("2026-03-01T23:59:59Z", "2026-03-02T00:00:00Z", "2026-03-08T23:59:59Z", "2026-03-09T00:00:00Z"):
        new_record(tenant, collected_at=day, channel="radio")
        new_record(other_tenant, collected_at=day, channel="radio")
    with tenant_scope(tenant.id):
        counts = count_by_week(FeedbackRecord.objects.all(), Weeks(date(2026, 3, 2), date(2026, 3, 16)), ["channel"])
    assert counts.total == [2, 1]
    assert counts.by_value["channel"] == {"radio": [2, 1]}


def test_figures_agree_with_the_list_behind_them(tenant: Tenant, analyst: Client) -> None:
    new_records(tenant, *({"channel": "radio", "collected_at": days_ago(number)} for number in range(1, 25)))
    new_records(tenant, *({"channel": "sms", "collected_at": days_ago(number)} for number in range(3)))
    page = page_of(analyst)
    assert bars_of(page, "channel") == {"radio": "24", "sms": "3"}
    address = re.search(r'<a href="(/feedback/records/\?[^"]*channel=radio[^"]*)"', page)
    assert address is not None
    assert "<strong>24</strong> records" in analyst.get(address[1]).content.decode()


def test_each_week_of_the_table_opens_its_records(tenant: Tenant, analyst: Client) -> None:
    new_records(tenant, *({"collected_at": days_ago(number)} for number in range(30)))
    page = page_of(analyst)
    section = page.split('id="volume-title"')[1].split("</section>")[0]
    rows = re.findall(r'<a href="([^"]+)">[^<]*</a></th><td>(\d+)</td>', section)
    assert sum(int(count) for _address, count in rows) == 30
    for address, count in rows[-3:]:
        unit = "record" if count == "1" else "records"
        assert f"<strong>{count}</strong> {unit}" in analyst.get(address).content.decode()


def test_codes_are_counted_by_record_and_lead_to_it(tenant: Tenant, analyst: Client) -> None:
    new_framework(tenant)
    levels = {"coding_level_1": "Requests", "coding_level_2": "Water", "coding_level_3": "Dry tap"}
    for _ in range(3):
        new_record(tenant, collected_at=days_ago(1), metadata=levels)
    new_record(tenant, collected_at=days_ago(1))
    page = page_of(analyst)
    assert bars_of(page, "code_id") == {"Dry tap": "3"}
    assert "Codes by type and week" in page
    address = re.search(r'<a href="(/feedback/records/\?[^"]*code_id=[^"]*)"', page)
    assert address is not None
    assert "<strong>3</strong> records" in analyst.get(address[1]).content.decode()


def test_the_list_filters_by_code_with_counts(tenant: Tenant, analyst: Client) -> None:
    new_framework(tenant)
    new_record(tenant, metadata={"coding_level_1": "Thanks"})
    new_record(tenant)
    page = analyst.get("/feedback/records/").content.decode()
    code_id = re.search(r'<option value="([^"]+)">Thanks \(1\)', page)
    assert code_id is not None
    filtered = analyst.get("/feedback/records/", {"code_id": code_id[1]}).content.decode()
    assert "<strong>1</strong> record" in filtered
    assert "Code: <bdi>Thanks</bdi>" in filtered


def test_the_page_needs_as_many_statements_for_many_records_as_for_few(tenant: Tenant, other_tenant: Tenant) -> None:
    new_records(tenant, {"collected_at": days_ago(1)})
    new_records(other_tenant, *({"collected_at": days_ago(n % 60), "channel": f"c{n % 9}"} for n in range(200)))
    numbers = []
    for one in (tenant, other_tenant):
        reader = pages_for(new_person((one, Role.ANALYST)))
        with CaptureQueriesContext(connection) as captured:
            page_of(reader)
        numbers.append(len(captured))
    assert numbers[0] == numbers[1] <= 14


def test_records_of_another_tenant_are_in_no_figure(tenant: Tenant, other_tenant: Tenant, analyst: Client) -> None:
    new_records(other_tenant, *({"channel": "their-channel", "collected_at": days_ago(1)} for _ in range(6)))
    new_record(tenant, collected_at=days_ago(1))
    page = page_of(analyst)
    assert "their-channel" not in page
    assert "<strong>1</strong> record" in page


def test_sensitive_records_are_counted_for_their_roles_only(tenant: Tenant, analyst: Client) -> None:
    new_record(tenant, collected_at=days_ago(1))
    new_record(tenant, "A report of abuse.", collected_at=days_ago(1), is_sensitive=True)
    assert "<strong>1</strong> record" in page_of(analyst)
    assert "<strong>2</strong> records" in page_of(pages_for(new_person((tenant, Role.REVIEWER))))


def test_an_empty_period_leads_to_the_newest_records(tenant: Tenant, analyst: Client) -> None:
    assert "No feedback to count" in page_of(analyst)
    record = new_record(tenant, collected_at=days_ago(300))
    page = page_of(analyst)
    assert "No feedback in this period" in page
    link = re.search(r'class="button" href="(\?to=[^"]+)"', page)
    assert link is not None
    assert f"to={local_day(record.occurred_at).isoformat()}" in link[1]
    assert "<strong>1</strong> record" in analyst.get(PAGE + link[1]).content.decode()


# Small cells


def test_viewers_see_no_small_cells_no_links_and_cannot_filter(tenant: Tenant, viewer: Client) -> None:
    for place, count in (("Turkana", 20), ("Garissa", 9), ("Kisumu", 2)):
        new_records(tenant, *({"admin1": place, "collected_at": days_ago(1)} for _ in range(count)))
    page = page_of(viewer)
    shown = bars_of(page, "admin1")
    assert shown["Turkana"] == "20"
    assert shown["Kisumu"] == shown["Garissa"] == "hidden"
    assert "/feedback/records/" not in page.split('id="content-main"')[1].split("<script")[0]
    assert "<strong>31</strong> records" in page_of(viewer, admin1="Kisumu")


@given(counts=st.dictionaries(st.text(max_size=3), st.integers(0, 20), max_size=8))
def test_no_suppressed_cell_follows_from_the_others(counts: dict[str, int]) -> None:
    shown = suppress(counts)
    assert all(count is None or count == 0 or count >= SMALLEST_SHOWN for count in shown.values())
    hidden = [value for value, count in shown.items() if count is None]
    assert len(hidden) != 1 or sum(1 for count in counts.values() if count) == 1
    assert all(counts[value] == count for value, count in shown.items() if count is not None)


# What rises


def test_a_value_whose_share_grows_rises_and_one_that_grows_with_all_does_not() -> None:
    total = [100] * 9 + [200] * 3
    grows, follows = Series("channel", "radio", [10] * 9 + [60] * 3), Series("channel", "sms", [30] * 9 + [60] * 3)
    rises = rising([grows, follows], total)
    assert [one.series.value for one in rises] == ["radio"]
    assert rises[0].recent == 180
    assert rises[0].p_value < 0.001


def test_a_fall_and_a_few_records_are_no_rise() -> None:
    total = [100] * 12
    falls, few = Series("code", "a", [40] * 9 + [5] * 3), Series("code", "b", [0] * 11 + [4])
    assert rising([falls, few], total) == []


def test_the_statistic_is_that_of_a_two_by_two_table() -> None:
    # G² of [[30, 70], [20, 180]] by its definition, 2 * sum(O * ln(O / E)).
    assert signed_root(30, 100, 20, 200) ** 2 == pytest.approx(18.1307, abs=0.001)
    assert signed_root(10, 100, 20, 200) == pytest.approx(0, abs=1e-9)
    assert signed_root(5, 100, 60, 200) < 0


def test_what_rises_is_on_the_page_with_its_statistic(tenant: Tenant, analyst: Client) -> None:
    new_records(tenant, *({"channel": "radio", "collected_at": days_ago(20 + n % 60)} for n in range(120)))
    new_records(tenant, *({"channel": "hotline", "collected_at": days_ago(n % 7)} for n in range(40)))
    section = page_of(analyst).split('id="rising-title"')[1].split("</section>")[0]
    assert "hotline" in section
    assert "< 0.001" in section
    assert "radio" not in section


# Cached counts


def test_counts_of_many_records_are_cached_by_tenant_and_by_right(
    tenant: Tenant, other_tenant: Tenant, analyst: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "CACHED_FROM", 1)
    counting.clear_cached_counts()
    reviewer, elsewhere = (
        pages_for(new_person((one, role))) for one, role in ((tenant, Role.REVIEWER), (other_tenant, Role.ANALYST))
    )
    new_records(tenant, *({"collected_at": days_ago(1), "is_sensitive": number == 0} for number in range(5)))
    new_records(other_tenant, {"collected_at": days_ago(1)}, {"collected_at": days_ago(1)})
    assert "<strong>4</strong> records" in page_of(analyst)
    assert "<strong>5</strong> records" in page_of(reviewer)
    assert "<strong>2</strong> records" in page_of(elsewhere)
    new_record(tenant, collected_at=days_ago(1))
    assert "<strong>4</strong> records" in page_of(analyst)
    counting.clear_cached_counts()
    assert "<strong>5</strong> records" in page_of(analyst)
