"""How an operation embeds texts: redacted, in the ledger, under the catalogue, from a cache per tenant."""

from collections.abc import Callable
from datetime import timedelta

import numpy as np
import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from feedback.services import erase_records
from inference import connections
from inference.catalogue import approved_model
from inference.checks import check_embedding_model, check_models
from inference.connections import LOCAL_EMBEDDING_MODEL, embedding_connection
from inference.embeddings import cache
from inference.embeddings.embedder import TextKind
from inference.embeddings.weights import weights_path
from inference.errors import EmbeddingsUnavailable, ModelFailed, ModelNotApproved
from inference.models import CachedEmbedding, ModelCatalogEntry, ModelStatus
from inference.orchestrator import OperationRun
from tenants.models import Storage, Tenant
from tenants.scoping import all_tenants, tenant_scope
from tests.support.factories import new_tenant
from tests.support.provider import ScriptedProvider, server_error, unauthorized
from tests.support.stored_records import new_record
from usage.models import CallStatus, LLMCall

StartRun = Callable[[Tenant], OperationRun]

local = pytest.mark.skipif(weights_path() is None, reason="the weights exist for Linux on x86-64 only")
PHONE, OTHER_PHONE = "Call Amina on +41 79 123 45 67.", "Call Amina on +41 79 765 43 21."


@pytest.fixture
def remote(settings: Settings, provider: ScriptedProvider) -> ScriptedProvider:
    settings.EMBEDDING_MODEL = "openai/scripted-embedding"
    settings.EMBEDDING_API_BASE, settings.EMBEDDING_API_KEY = provider.base_url, "sk-scripted"
    return provider


@local
def test_a_local_embedding_is_a_free_row_of_the_ledger(start_run: StartRun, tenant: Tenant) -> None:
    run = start_run(tenant)
    vectors = run.embed(["The pump is broken.", "Merci"], TextKind.QUERY)
    assert vectors.shape == (2, 384)
    row = LLMCall.objects.get()
    assert (row.request_model, row.step, row.prompt_name, row.status) == (
        LOCAL_EMBEDDING_MODEL,
        "embed",
        "query",
        CallStatus.OK,
    )
    assert (row.cost_usd, row.price_unknown, row.records_count) == (0, False, 1)
    assert 10 < row.input_tokens < 30


@local
def test_a_text_is_embedded_once_for_a_tenant(start_run: StartRun, tenant: Tenant, other_tenant: Tenant) -> None:
    run = start_run(tenant)
    first = run.embed(["The pump is broken.", "The pump is broken."], TextKind.QUERY)
    again = run.embed(["The pump is broken."], TextKind.QUERY)
    assert np.array_equal(first[0], first[1])
    assert np.array_equal(first[0], again[0])
    assert CachedEmbedding.objects.count() == LLMCall.objects.count() == 1
    run.embed(["The pump is broken."], TextKind.PASSAGE)
    assert CachedEmbedding.objects.count() == LLMCall.objects.count() == 2
    with tenant_scope(other_tenant.id):
        assert not CachedEmbedding.objects.exists()
    start_run(other_tenant).embed(["The pump is broken."], TextKind.QUERY)
    with tenant_scope(other_tenant.id):
        assert CachedEmbedding.objects.count() == LLMCall.objects.count() == 1


@local
def test_values_that_redaction_takes_out_do_not_change_a_vector(start_run: StartRun, tenant: Tenant) -> None:
    first, second = start_run(tenant).embed([PHONE, OTHER_PHONE], TextKind.QUERY)
    assert np.array_equal(first, second)


@local
def test_a_tenant_that_stores_no_records_has_no_cached_vectors(start_run: StartRun, database: None) -> None:
    run = start_run(new_tenant(storage=Storage.OFF))
    run.embed(["The pump is broken."], TextKind.QUERY)
    run.embed(["The pump is broken."], TextKind.QUERY)
    assert not CachedEmbedding.objects.exists()
    assert LLMCall.objects.count() == 2


def test_a_provider_gets_redacted_text_and_its_tokens_are_in_the_ledger(
    start_run: StartRun, tenant: Tenant, remote: ScriptedProvider
) -> None:
    run = start_run(tenant)
    vectors = run.embed(["Thank you for the water.", PHONE], TextKind.QUERY)
    [request] = remote.embedding_requests
    assert request.body["input"][0] == "Thank you for the water."
    assert "79 123" not in str(request.body)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-3)
    row = LLMCall.objects.get()
    assert row.input_tokens == sum(len(text) // 4 for text in request.body["input"])
    assert row.price_unknown


def test_a_failing_provider_is_asked_again_and_every_attempt_is_a_row(
    start_run: StartRun, tenant: Tenant, remote: ScriptedProvider
) -> None:
    remote.enqueue(server_error())
    run = start_run(tenant)
    assert run.embed(["Water"], TextKind.QUERY).shape == (1, 384)
    assert [row.status for row in LLMCall.objects.order_by("attempt")] == [CallStatus.ERROR, CallStatus.OK]


def test_a_provider_that_refuses_is_an_error_without_text(
    start_run: StartRun, tenant: Tenant, remote: ScriptedProvider
) -> None:
    for _ in range(3):
        remote.enqueue(server_error())
    with pytest.raises(ModelFailed) as failed:
        start_run(tenant).embed(["Water"], TextKind.QUERY)
    assert "Water" not in str(failed.value)
    assert not CachedEmbedding.objects.exists()


def test_a_batch_that_breaks_off_leaves_the_batches_before_it(
    start_run: StartRun, tenant: Tenant, remote: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "TEXTS_AT_ONCE", 2)
    run = start_run(tenant)
    texts = [f"Record number {number}" for number in range(5)]
    remote.fail_every(2, failure=unauthorized())
    with pytest.raises(ModelFailed):
        run.embed(texts, TextKind.QUERY)
    assert CachedEmbedding.objects.count() == 2
    remote.fail_every(100)
    run.embed(texts, TextKind.QUERY)
    assert CachedEmbedding.objects.count() == 5
    sent = [text for request in remote.embedding_requests if request.answered for text in request.body["input"]]
    assert sorted(sent) == texts


def test_a_model_that_is_not_approved_embeds_nothing(
    start_run: StartRun, tenant: Tenant, remote: ScriptedProvider
) -> None:
    run = start_run(tenant)
    with all_tenants():
        entry = ModelCatalogEntry.objects.get(name="openai/scripted-embedding")
        ModelCatalogEntry.objects.filter(id=entry.id).update(status=ModelStatus.DEPRECATED)
    approved_model.cache_clear()
    try:
        assert not run.can_embed
        with pytest.raises(ModelNotApproved):
            run.embed(["Water"], TextKind.QUERY)
        assert not remote.requests
    finally:
        with all_tenants():
            ModelCatalogEntry.objects.filter(id=entry.id).update(status=ModelStatus.APPROVED)
        approved_model.cache_clear()


def test_nothing_is_embedded_where_the_setting_says_none(
    start_run: StartRun, tenant: Tenant, settings: Settings
) -> None:
    settings.EMBEDDING_MODEL = "none"
    run = start_run(tenant)
    assert not run.can_embed
    with pytest.raises(EmbeddingsUnavailable):
        run.embed(["Water"], TextKind.QUERY)


def test_a_closed_tenant_leaves_no_vectors(start_run: StartRun, tenant: Tenant, remote: ScriptedProvider) -> None:
    start_run(tenant).embed(["Water"], TextKind.QUERY)
    cache.erase_vectors(tenant.id)
    assert not CachedEmbedding.objects.exists()


def test_an_erased_record_leaves_no_vector(start_run: StartRun, tenant: Tenant, remote: ScriptedProvider) -> None:
    said, other = "Call Amina on +41 79 123 45 67 & <hurry>.", "The pump is broken."
    start_run(tenant).embed([said, other], TextKind.QUERY)
    record = new_record(tenant, said)
    assert erase_records([record], tenant=tenant, actor_id="command:test")["vectors"] == 1
    assert CachedEmbedding.objects.count() == 1


def test_vectors_that_nothing_reads_are_forgotten(
    start_run: StartRun, tenant: Tenant, remote: ScriptedProvider
) -> None:
    run = start_run(tenant)
    run.embed(["Water", "Food"], TextKind.QUERY)
    CachedEmbedding.objects.update(used_on=timezone.localdate() - timedelta(days=cache.UNUSED_DAYS + 1))
    run.embed(["Water"], TextKind.QUERY)  # notes that it was used today
    assert cache.forget_unused() == 1
    assert CachedEmbedding.objects.count() == 1


def test_the_default_is_the_local_model_where_its_weights_are(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.EMBEDDING_MODEL = ""
    monkeypatch.setattr(connections, "weights_path", lambda: "weights")
    chosen = embedding_connection()
    assert chosen is not None
    assert chosen.model == LOCAL_EMBEDDING_MODEL
    monkeypatch.setattr(connections, "weights_path", lambda: None)
    assert embedding_connection() is None


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("", []),
        ("none", []),
        ("openai/text-embedding-3-small", []),
        ("text-embedding-3-small", ["inference.E002"]),
        ("local/another", ["inference.E006"]),
        ("local/multilingual-e5-small", ["inference.E007"]),
    ],
)
def test_settings_that_cannot_work_are_errors_at_start(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, model: str, expected: list[str]
) -> None:
    settings.EMBEDDING_MODEL = model
    monkeypatch.setattr("inference.checks.weights_path", lambda: None)
    assert [message.id for message in [*check_models(None), *check_embedding_model(None)]] == expected
