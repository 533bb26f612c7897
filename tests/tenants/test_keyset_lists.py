"""Lists that grow with use are read by keyset: every row once, both ways, at the same cost, and nothing counted."""

import base64
import re
import secrets
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection, models
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from tenants.models import AuditEvent, RefusedRequest, Role, Tenant
from tenants.pages.keyset import Page, Place, Way, read_page
from tenants.pages.keyset_list import KeysetList
from tenants.scoping import tenant_scope
from tests.support.budgets import new_budget, spend
from tests.support.model_rows import new_row
from tests.support.people import new_person, new_platform_admin, pages_for
from usage.models import BudgetNotice, BudgetSubject, LLMCall, NoticeReason
from usage.notices import thresholds
from usage.tasks import mail_budget_notice

# Written by people now and then, as many as somebody looks after. A new screen is one of these, or on KeysetList.
SMALL_LISTS = {
    "coding.Code",
    "coding.CodingFramework",
    "coding.CodingPolicy",
    "coding.FrameworkVersion",
    "inference.ModelCatalogEntry",
    "tenants.ApiKey",
    "tenants.Membership",
    "tenants.Tenant",
    "tenants.User",
    "usage.Budget",
    "usage.BudgetWebhook",
    "usage.ModelPrice",
    "usage.OperationRank",
}
SCREENS = {model._meta.label: (model, screen) for model, screen in admin.site._registry.items()}
GROWING = {name: found for name, found in SCREENS.items() if name not in SMALL_LISTS}
MOST_PAGES = 50
LINK = {way: re.compile(f'rel="{rel}" href="([^"]+)"') for way, rel in (("older", "next"), ("newer", "prev"))}
growing = pytest.mark.parametrize(("model", "screen"), GROWING.values(), ids=list(GROWING))


def add(model: type[models.Model], tenant: Tenant, count: int) -> None:
    """Make rows of a tenant; of jobs, which have none, in a queue of its name that no worker gets to."""
    for _ in range(count):
        if model is ProcrastinateJob:
            task = mail_budget_notice.configure(queue=tenant.slug, schedule_at=timezone.now() + timedelta(days=365))
            task.defer(tenant_id=str(tenant.id), notice_id=str(tenant.id))
        elif model is BudgetNotice:  # of a budget each: a budget tells everything once
            budget = new_budget(tenant, "1.00", subject=BudgetSubject.API_KEY, subject_value=str(uuid.uuid4()))
            thresholds.notify(spend(budget, "0.75"), [NoticeReason.SPENT_70])
        else:
            new_row(model, tenant, "mark")


def stored(model: type[models.Model], tenant: Tenant, scope: str = "one") -> list[str]:
    """The keys of a tenant's rows, the newest first."""
    by = (
        "pk"
        if scope == "all" and model is not LLMCall
        else getattr(SCREENS[model._meta.label][1], "newest_by", "created_at")
    )
    if model is ProcrastinateJob:
        jobs = ProcrastinateJob.objects.filter(queue_name=tenant.slug).order_by("-id")
        return [str(pk) for pk in jobs.values_list("pk", flat=True)]
    with tenant_scope(tenant.id):
        return [str(pk) for pk in model._default_manager.order_by(f"-{by}", "-pk").values_list("pk", flat=True)]


def reader(tenant: Tenant, scope: str) -> Client:
    client = pages_for(new_platform_admin())
    client.post(reverse("admin:pick_tenant"), {"tenant_id": "all" if scope == "all" else str(tenant.id)})
    return client


def address_of(model: type[models.Model], tenant: Tenant, scope: str) -> str:
    address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    if model is ProcrastinateJob:
        return f"{address}?queue_name={tenant.slug}"
    if scope == "one":
        return address
    return f"{address}?{'tenant' if model is LLMCall else 'tenant__id__exact'}={tenant.id}"


def listed(model: type[models.Model], html: str) -> list[str]:
    link = rf"/admin/{model._meta.app_label}/{model._meta.model_name}/([0-9a-f-]+)/change/"
    return list(dict.fromkeys(re.findall(link, html)))


def beside(html: str, address: str, way: str) -> str | None:
    found = LINK[way].search(html)
    return None if found is None else address.partition("?")[0] + found[1].replace("&amp;", "&")


def walk(client: Client, model: type[models.Model], address: str, way: str) -> Iterator[tuple[list[str], str]]:
    """Go from page to page; the rows of each, and its address."""
    following: str | None = address
    for _ in range(MOST_PAGES):
        if following is None:
            return
        here, html = following, client.get(following).content.decode()
        following = beside(html, here, way)
        yield listed(model, html), here
    pytest.fail("the pages go round")


def test_a_screen_whose_rows_grow_with_use_pages_by_keyset() -> None:
    assert set(GROWING) | SMALL_LISTS == set(SCREENS)
    counting = {name for name, (_, screen) in GROWING.items() if not isinstance(screen, KeysetList)}
    assert counting == {"usage.LLMCall"}  # which reads its pages itself


@growing
@pytest.mark.parametrize("scope", ["one", "all"])
def test_every_row_is_on_one_page_both_ways_while_rows_come_in(
    model: type[models.Model],
    screen: Any,
    scope: str,
    tenant: Tenant,
    other_tenant: Tenant,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(screen, "list_per_page", 3)
    client, address = reader(tenant, scope), address_of(model, tenant, scope)
    add(model, tenant, 8)
    add(model, other_tenant, 2)
    before = stored(model, tenant, scope)
    seen, visited = [], []
    for rows, page in walk(client, model, address, "older"):
        seen += rows
        visited.append(page)
        add(model, tenant, 1)
    assert seen == before
    upwards: list[str] = []
    for rows, _ in walk(client, model, visited[-1], "newer"):
        upwards = rows + upwards
    assert upwards == stored(model, tenant, scope)
    assert len(upwards) > len(before)


@growing
def test_a_page_costs_as_many_queries_whatever_is_on_it_and_counts_nothing(
    model: type[models.Model], screen: Any, tenant: Tenant, other_tenant: Tenant
) -> None:
    client, address = reader(tenant, "one"), address_of(model, tenant, "one")
    costs = []
    for rows in (3, 9):
        add(model, tenant, rows)
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            html = client.get(address).content.decode()
        assert listed(model, html) == stored(model, tenant)[: screen.list_per_page]
        costs.append(len(queries))
        of_list = [each["sql"].lower() for each in queries if f'from "{model._meta.db_table}"' in each["sql"].lower()]
        assert of_list
        assert not any("count(" in sql or " offset " in sql for sql in of_list)
        assert all("limit" in sql for sql in of_list)  # nor does a filter look at all rows for what it offers
    assert costs[0] == costs[1]


def test_search_and_filter_go_on_from_page_to_page(
    tenant: Tenant, other_tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = admin.site._registry[RefusedRequest]
    monkeypatch.setattr(screen, "list_per_page", 2)
    usual = {"path": "/v1/analyze", "method": "POST", "code": "validation_error", "request_id": tenant.id}
    with tenant_scope(tenant.id):
        wanted = [RefusedRequest.objects.create(**usual, status=422, field=f"body.wanted{n}") for n in range(5)]
        RefusedRequest.objects.create(**usual, status=422, field="body.other")
        RefusedRequest.objects.create(**usual, status=404, field="body.wanted")
    with tenant_scope(other_tenant.id):
        RefusedRequest.objects.create(**usual, status=422, field="body.wanted")
    client = pages_for(new_person((tenant, Role.TENANT_MANAGER)))
    address = reverse("admin:tenants_refusedrequest_changelist") + "?q=wanted&status=422"
    pages = list(walk(client, RefusedRequest, address, "older"))
    assert [len(rows) for rows, _ in pages] == [2, 2, 1]
    expected = [str(row.pk) for row in reversed(wanted)]
    assert [pk for rows, _ in pages for pk in rows] == expected
    back = [pk for rows, _ in reversed(list(walk(client, RefusedRequest, pages[-1][1], "newer"))) for pk in rows]
    assert back == expected
    nothing = client.get(address.replace("wanted", secrets.token_hex(8))).content.decode()
    assert "0 results" in nothing


def test_days_narrow_a_list_beside_what_else_narrows_it(tenant: Tenant, other_tenant: Tenant) -> None:
    usual = {"path": "/v1/analyze", "method": "POST", "code": "x", "request_id": tenant.id}
    rows = {}
    for each in (tenant, other_tenant):
        with tenant_scope(each.id):
            for day, status in ((1, 422), (2, 422), (3, 404), (3, 422), (4, 422)):
                moment = datetime(2026, 11, day, 23, 59, tzinfo=UTC)
                row = RefusedRequest.objects.create(**usual, timestamp=moment, status=status)
                rows[each.id, day, status] = str(row.pk)
    client = pages_for(new_person((tenant, Role.TENANT_MANAGER)))
    address = reverse("admin:tenants_refusedrequest_changelist")
    days = {"timestamp__from_day": "2026-11-02", "timestamp__to_day": "2026-11-03"}
    html = client.get(address, {**days, "status": "422"}).content.decode()
    assert listed(RefusedRequest, html) == [rows[tenant.id, 3, 422], rows[tenant.id, 2, 422]]
    assert 'name="timestamp__from_day" value="2026-11-02"' in html
    assert '<input type="hidden" name="status" value="422">' in html
    for query in (
        {"timestamp__from_day": "2026-11-04"},
        {"timestamp__from_day": "2026-11-04", "timestamp__to_day": ""},
    ):
        assert listed(RefusedRequest, client.get(address, query).content.decode()) == [rows[tenant.id, 4, 422]]
    for wrong in ("nonsense", "9999-12-31", "0001-01-01"):
        answer = client.get(address, {"timestamp__to_day": wrong, "timestamp__from_day": wrong}, follow=True)
        assert answer.status_code == 200


def test_a_filter_offers_what_ones_own_newest_rows_have(tenant: Tenant, other_tenant: Tenant) -> None:
    columns = {"method": "POST", "status": 422, "code": "x", "request_id": tenant.id}
    for each, path in ((tenant, "/v1/analyze"), (other_tenant, "/v1/theirs")):
        with tenant_scope(each.id):
            RefusedRequest.objects.create(**columns, path=path)
    client = pages_for(new_person((tenant, Role.TENANT_MANAGER)))
    address = reverse("admin:tenants_refusedrequest_changelist")
    html = client.get(address).content.decode()
    assert "?path=%2Fv1%2Fanalyze" in html
    assert "theirs" not in html
    chosen = client.get(address, {"path": "/v1/analyze"}).content.decode()
    assert re.search(r'class="selected">\s*<a href="[^"]*">/v1/analyze</a>', chosen)
    assert listed(RefusedRequest, chosen) == stored(RefusedRequest, tenant)


def packed(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "place",
    [
        "2",
        "older.",
        "sideways." + packed("5 0198c1de-0000-7000-8000-000000000000"),
        "older." + packed("5"),
        "older." + packed("five 0198c1de-0000-7000-8000-000000000000"),
        "older." + packed("5 nonsense"),
        "older.é",
        "older." + base64.urlsafe_b64encode(b"\xff\xfe").decode(),
        "older." + packed("-1 0198c1de-0000-7000-8000-000000000000"),
        "newer." + packed(f"{10**40} 0198c1de-0000-7000-8000-000000000000"),
        "newer." + packed(f"{'9' * 5000} 0198c1de-0000-7000-8000-000000000000"),
    ],
)
def test_a_place_that_nobody_gave_out_is_answered_with_the_newest_page(
    tenant: Tenant, other_tenant: Tenant, place: str
) -> None:
    client = pages_for(new_person((tenant, Role.TENANT_MANAGER)))
    address = reverse("admin:tenants_auditevent_changelist")
    newest = listed(AuditEvent, client.get(address).content.decode())
    assert newest == stored(AuditEvent, tenant)
    response = client.get(address, {"p": place})
    assert response.status_code == 200
    assert listed(AuditEvent, response.content.decode()) == newest


def test_a_place_names_a_row_and_no_tenant(tenant: Tenant, other_tenant: Tenant) -> None:
    """A link that somebody of another tenant made leads to one's own rows only."""
    for each in (tenant, other_tenant):
        add(RefusedRequest, each, 4)
    with tenant_scope(other_tenant.id):
        foreign = RefusedRequest.objects.order_by("-timestamp")[0]
    place = str(Place(Way.OLDER, foreign.timestamp, foreign.pk))
    with tenant_scope(tenant.id):
        page: Page = read_page(RefusedRequest.objects.all(), by="timestamp", at=place, length=3)
        assert {row.tenant_id for row in page.rows} == {tenant.id}
        assert len(page.rows) == 3


def test_rows_of_the_same_moment_are_told_apart(tenant: Tenant, other_tenant: Tenant) -> None:
    moment = timezone.now()
    columns = {"timestamp": moment, "request_id": tenant.id, "method": "GET", "path": "/", "status": 404, "code": "x"}
    with tenant_scope(tenant.id):
        rows = [RefusedRequest.objects.create(**columns) for _ in range(7)]
        found, at = [], ""
        for _ in rows:
            page = read_page(RefusedRequest.objects.all(), by="timestamp", at=at, length=2)
            found += [row.pk for row in page.rows]
            if page.older is None:
                break
            at = str(page.older)
    assert found == sorted((row.pk for row in rows), reverse=True)
