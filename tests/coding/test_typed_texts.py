"""Texts typed or pasted into the framework pages are stored, or refused with a reason."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from coding.errors import UnreadableFramework
from coding.frameworks.formats.imported import ImportedFramework
from coding.frameworks.services import import_framework
from coding.frameworks.tree import CodeNode
from coding.models import CodingPolicy, FrameworkVersion
from inference.catalogue import enter_operator_models
from inference.connections import generation_connection
from tenants.models import Role, Tenant
from tenants.scoping import tenant_scope
from tests.support.factories import ACTOR, unique_name
from tests.support.framework_pages import EMPTY, VERSION, act, client_of, code, get, outline, post
from tests.support.frameworks import new_draft, new_published
from usage.models import Budget, TokenClass
from usage.services import set_price


@pytest.fixture
def editor(tenant: Tenant) -> Client:
    return client_of(tenant, Role.FRAMEWORK_EDITOR)


@pytest.fixture
def draft(tenant: Tenant, other_tenant: Tenant) -> FrameworkVersion:
    new_draft(other_tenant.id)
    return new_draft(tenant.id)


def test_a_null_character_in_a_name_is_left_out(editor: Client, draft: FrameworkVersion) -> None:
    act(editor, draft, "add", name="Goats\x00 and  sheep")
    act(editor, draft, "split", "Queue", names="Long\x00\nSlow")
    assert {"Goats and sheep", "  Long", "  Slow"} <= set(outline(draft))


@pytest.mark.parametrize("field", ["definition", "examples", "aliases", "labels"])
def test_a_null_character_in_a_text_is_explained(editor: Client, draft: FrameworkVersion, field: str) -> None:
    queue = code(draft, "Queue")
    form = {**EMPTY, "name": "Queue", field: "fr: a\x00b"}
    page = post(editor, f"{VERSION}_editor", draft.pk, query=f"?code={queue.pk}", **form).content.decode()
    assert "Null characters are not allowed." in page
    with tenant_scope(draft.tenant_id):
        assert not draft.codes.exclude(definition="", examples=[], aliases=[], labels={}).exists()


@pytest.mark.parametrize(
    ("languages", "said"),
    [
        *((wrong, "Write a list of languages") for wrong in ('"en"', '{"en": 1}', "[1]", '[""]', "7")),
        ('["a\\u0000"]', "It holds a character that cannot be stored."),
    ],
)
def test_languages_are_a_list_of_languages(editor: Client, draft: FrameworkVersion, languages: str, said: str) -> None:
    answer = post(editor, "codingframework_change", draft.framework_id, name="Mine", languages=languages)
    assert said in answer.content.decode()
    with tenant_scope(draft.tenant_id):
        draft.framework.refresh_from_db()
    assert draft.framework.languages == []


@pytest.mark.parametrize("said", [{"description": "a\x00"}, {"languages": ("e\ud800",)}])
def test_a_file_that_says_what_cannot_be_stored_is_refused(tenant: Tenant, said: dict[str, object]) -> None:
    imported = ImportedFramework(unique_name("File"), (CodeNode("A"),), **said)  # type: ignore[arg-type]
    with pytest.raises(UnreadableFramework, match="cannot be stored"):
        import_framework(tenant_id=tenant.id, imported=imported, actor_id=ACTOR)


def test_a_pasted_record_that_is_too_long_is_not_cut_unseen(editor: Client, draft: FrameworkVersion) -> None:
    page = post(editor, f"{VERSION}_try", draft.pk, text="far " * 1500 + "away").content.decode()
    assert "The text is longer than 5000 characters." in page
    assert "away</textarea>" in page


def test_a_pasted_record_that_no_budget_allows_says_so(editor: Client, draft: FrameworkVersion, settings: Any) -> None:
    # The offline engine costs nothing. No call is made: the budget refuses it before.
    settings.LLM_MODEL, settings.LLM_API_BASE = unique_name("openai/priced").replace(" ", "-"), "http://127.0.0.1:9"
    enter_operator_models()
    with tenant_scope(draft.tenant_id):
        CodingPolicy.objects.create(strategy="one_shot")
        Budget.objects.create(limit_usd=Decimal("0.01"))
    for token_class in (TokenClass.INPUT, TokenClass.OUTPUT):
        set_price(
            tenant_id=draft.tenant_id,
            model=generation_connection().model,
            token_class=token_class,
            price_per_million=Decimal(1_000_000),
            effective_from=timezone.now() - timedelta(days=1),
            actor_id=ACTOR,
        )
    answer = post(editor, f"{VERSION}_try", draft.pk, text="The queue is long")
    assert answer.status_code == 200
    assert "it could cost more than is left in the budget" in answer.content.decode()


def test_a_published_version_is_archived_after_a_question(editor: Client, tenant: Tenant, other_tenant: Tenant) -> None:
    published, foreign = new_published(tenant.id), new_published(other_tenant.id)
    assert f"{published.pk}/archive/" in get(editor, f"{VERSION}_change", published.pk).content.decode()
    assert "will not be used for coding" in get(editor, f"{VERSION}_archive", published.pk).content.decode()
    assert post(editor, f"{VERSION}_archive", foreign.pk).status_code == 404
    assert post(editor, f"{VERSION}_archive", published.pk).status_code == 302
    for version in (published, foreign):
        with tenant_scope(version.tenant_id):
            version.refresh_from_db()
    assert (published.status, foreign.status) == ("archived", "published")
    assert post(editor, f"{VERSION}_archive", published.pk).status_code == 404
