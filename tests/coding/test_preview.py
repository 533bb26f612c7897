"""Before publishing: what would move on stored records; afterwards: the series under either version."""

from collections import Counter
from datetime import UTC, date, datetime

import pytest
from django.test import Client

from coding.frameworks import editing
from coding.frameworks.services import publish_version, start_draft
from coding.frameworks.stored_trees import read_tree
from coding.models import CodeAssignment, FrameworkVersion, MissingCode
from coding.publishing.diff import successors
from coding.publishing.preview import Outcome, preview, stored_texts
from coding.publishing.series import series_under_newer, series_under_older
from tenants.models import Role, Tenant
from tenants.scoping import tenant_scope
from tests.support.factories import ACTOR, new_tenant
from tests.support.framework_pages import client_of, code, get
from tests.support.frameworks import new_draft, new_published

PREVIEW, DIFF = "frameworkversion_preview", "frameworkversion_diff"


@pytest.fixture
def draft(published: FrameworkVersion) -> FrameworkVersion:
    """The next version: Queue is merged into Broken pump, Taste is split, and there is a code for goats."""
    version = start_draft(framework=published.framework, actor_id=ACTOR)
    with tenant_scope(version.tenant_id):
        editing.merge_codes(code=code(version, "Queue"), into=code(version, "Broken pump"), actor_id=ACTOR)
        editing.split_code(code=code(version, "Taste"), names=["Salty taste", "Bitter taste"], actor_id=ACTOR)
        goats = editing.add_code(version=version, name="Goats", actor_id=ACTOR)
        editing.change_code(code=goats, examples=["My goats have no opening hours"], actor_id=ACTOR)
    return version


def keep(version: FrameworkVersion, name: str, *quotes: str, reference: str = "", when: date | None = None) -> None:
    """Store codings as assign-codes does, one a quote."""
    with tenant_scope(version.tenant_id):
        for number, quote in enumerate(quotes):
            CodeAssignment.objects.create(
                record_reference=reference or f"{name}-{number}-{quote[:40]}",
                framework_version=version,
                code=code(version, name),
                evidence=quote,
                assigned_by="test",
                created_at=datetime(when.year, when.month, when.day, tzinfo=UTC) if when else datetime.now(UTC),
            )


def page_of(tenant: Tenant, name: str, version: FrameworkVersion, query: str = "") -> str:
    answer = get(client_of(tenant, Role.FRAMEWORK_EDITOR), name, version.pk, query=query)
    assert answer.status_code == 200
    text: str = answer.content.decode()
    return text


def test_the_preview_says_how_many_records_move_and_from_where_to_where(
    storing: Tenant, published: FrameworkVersion, draft: FrameworkVersion
) -> None:
    keep(published, "Queue", "The queue", "A long queue")
    keep(published, "Opening hours", "No opening hours for goats")
    with tenant_scope(storing.id):
        MissingCode.objects.create(framework_version=published, text="My goats")
        seen = preview(read_tree(published.id), read_tree(draft.id), stored_texts(published.framework))
    found = {(each.outcome, each.before, each.after): each.records for each in seen.transitions}
    queue, pump, hours = "Water > Supply > Queue", "Water > Supply > Broken pump", "Health > Clinic > Opening hours"
    assert found == {
        (Outcome.FOLLOWED, queue, pump): 2,
        (Outcome.MOVED, hours, "Goats"): 1,
        (Outcome.GAINED, "", "Goats"): 1,
    }
    assert (seen.records, seen.kept, seen.moved, seen.gained, seen.lost) == (4, 2, 1, 1, 0)
    page = page_of(storing, PREVIEW, draft)
    assert f"<td>{hours.replace('>', '&gt;')}</td><td>Goats</td>" in page
    assert "4 stored records" in page
    assert "No opening hours for goats" in page


def test_nothing_that_is_not_stored_redacted_is_read(storing: Tenant, published: FrameworkVersion) -> None:
    """A call that went out unredacted leaves no evidence, and there is no other text to read."""
    keep(published, "Queue", "", "A queue")
    with tenant_scope(storing.id):
        assert stored_texts(published.framework) == ["A queue"]


def test_the_quotes_of_one_record_are_one_text(storing: Tenant, published: FrameworkVersion) -> None:
    keep(published, "Queue", "A queue", reference="r1")
    keep(published, "Taste", "and it is salty", reference="r1")
    keep(published, "Supply", "A queue", reference="r1")
    with tenant_scope(storing.id):
        [text] = stored_texts(published.framework)
    assert sorted(text.splitlines()) == ["A queue", "and it is salty"]


def test_the_page_says_why_there_is_nothing_to_see(storing: Tenant, draft: FrameworkVersion) -> None:
    assert "No stored record has been coded with this framework" in page_of(storing, PREVIEW, draft)
    assert "published version to compare with" in page_of(storing, PREVIEW, new_draft(storing.id))
    storing_nothing = new_tenant(storage="off")
    poor = start_draft(framework=new_published(storing_nothing.id).framework, actor_id=ACTOR)
    assert "This tenant stores no results" in page_of(storing_nothing, PREVIEW, poor)


def test_another_tenants_records_and_versions_are_in_no_preview(
    other_tenant: Tenant, storing: Tenant, published: FrameworkVersion, draft: FrameworkVersion
) -> None:
    outsider: Client = client_of(other_tenant, Role.FRAMEWORK_EDITOR)
    assert get(outsider, PREVIEW, draft.pk).status_code == 404
    with tenant_scope(other_tenant.id):
        CodeAssignment.objects.create(
            record_reference="theirs", framework_version=published, evidence="Their goats", assigned_by="test"
        )
    keep(published, "Queue", "Our queue")
    page = page_of(storing, PREVIEW, draft)
    assert "1 stored record," in page
    assert "Their goats" not in page


def test_a_series_is_read_under_either_version(
    storing: Tenant, published: FrameworkVersion, draft: FrameworkVersion
) -> None:
    with tenant_scope(storing.id):
        old, new = read_tree(published.id), read_tree(draft.id)
        ids = {each.name: each.stable_id for version in (published, draft) for each in version.codes.all()}
    september, october = date(2026, 9, 1), date(2026, 10, 1)
    monthly = {
        ids["Queue"]: Counter({september: 3}),
        ids["Broken pump"]: Counter({september: 1, october: 2}),
        ids["Taste"]: Counter({september: 4}),
        ids["Salty taste"]: Counter({october: 5}),
        ids["Goats"]: Counter({october: 6}),
    }
    newer, older = series_under_newer(old, new, monthly), series_under_older(old, new, monthly)
    assert newer.months == older.months == (september, october)
    assert {row.path: row.counts for row in newer.rows} == {
        "Water > Supply > Broken pump": (4, 2),
        "Water > Quality > Salty taste": (4, 5),
        "Water > Quality > Bitter taste": (4, 0),
        "Goats": (0, 6),
    }
    assert [row.is_shared for row in newer.rows] == [False, True, True, False]
    assert {row.path: row.counts for row in older.rows} == {
        "Water > Supply > Queue": (3, 0),
        "Water > Supply > Broken pump": (1, 2),
        "Water > Quality > Taste": (4, 5),
    }
    assert (newer.unplaced, older.unplaced) == (0, 6)
    assert successors(old, new)[ids["Queue"]] == (ids["Broken pump"],)


def test_the_differences_show_the_series_of_stored_codings(
    storing: Tenant, published: FrameworkVersion, draft: FrameworkVersion
) -> None:
    keep(published, "Queue", "a", "b", when=date(2026, 9, 3))
    keep(published, "Broken pump", "c", when=date(2026, 10, 3))
    with tenant_scope(storing.id):
        publish_version(version=draft, actor_id=ACTOR)
    newer = page_of(storing, DIFF, draft).split('id="series"')[1]
    pump = '<th scope="row">Water &gt; Supply &gt; Broken pump</th>'
    assert f'{pump}<td class="number">2</td><td class="number">1</td><td class="number">3</td>' in newer
    assert "2026-09" in newer
    older = page_of(storing, DIFF, draft, query="?series=older").split('id="series"')[1]
    assert f'{pump}<td class="number">0</td><td class="number">1</td><td class="number">1</td>' in older
