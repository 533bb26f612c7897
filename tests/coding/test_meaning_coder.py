"""Coding by meaning beside words."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import numpy as np
import pytest
from pytest_django.fixtures import Settings

from coding.frameworks.clusters import clustered_by_meaning
from coding.frameworks.services import create_framework, publish_version
from coding.frameworks.tree import CodeNode, leaves
from coding.frameworks.versions import frozen_tree
from coding.models import FrameworkVectors
from coding.operations.assign_codes import ASSIGN_CODES
from coding.strategies.code_vectors import CodeTexts, CodeVectors, code_vectors
from coding.strategies.lexical import code_offline
from coding.strategies.meaning_coder import MeaningCoder
from coding.strategies.offline_coder import OfflineCoder
from coding.strategies.results import CodingLimits, CodingResult
from coding.tasks import embed_codes_of
from feedback.record_text import RecordText
from inference import orchestrator
from inference.catalogue import enter_operator_models
from inference.embeddings.embedder import TextKind
from inference.embeddings.weights import weights_path
from inference.runs.embedding_calls import vectors_in_cache
from inference.runs.origin import CallOrigin
from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tests.support.factories import ACTOR, unique_name
from usage.models import LLMCall

local = pytest.mark.skipif(weights_path() is None, reason="the weights exist for Linux on x86-64 only")
NEEDS = (
    CodeNode(name="Water and latrines", definition="Wells, pumps, taps and toilets."),
    CodeNode(name="Food", definition="Rations, kitchens and hunger.", examples=("We have nothing to eat.",)),
    CodeNode(name="Shelter", definition="Tents, roofs and blankets."),
    CodeNode(name="Health", definition="Clinics, nurses and medicine."),
)
THIRSTY = RecordText("r1", "Nos enfants ont soif, le puits est à sec.")


RunFor = Callable[..., orchestrator.OperationRun]


@pytest.fixture
def run_for(database: None) -> Iterator[RunFor]:
    """Begin a run of a tenant in its scope, until the test ends."""
    with ExitStack() as runs:

        def begin(tenant: Tenant, version_id: uuid.UUID | None = None) -> orchestrator.OperationRun:
            enter_operator_models()
            runs.enter_context(tenant_scope(tenant.id))
            origin = CallOrigin(tenant, uuid.uuid4(), "command:test")
            return runs.enter_context(
                orchestrator.operation(ASSIGN_CODES, origin, records_count=1, framework_version_id=version_id)
            )

        yield begin


@local
def test_a_record_in_other_words_and_another_language_gets_its_code(run_for: RunFor, tenant: Tenant) -> None:
    with tenant_scope(tenant.id):
        [result] = code_offline(run_for(tenant), [THIRSTY], NEEDS, CodingLimits(max_codes=1))
        assert isinstance(result, CodingResult)
        assert [assigned.code.name for assigned in result.assigned] == ["Water and latrines"]
        steps = LLMCall.objects.order_by("created_at").values_list("step", flat=True)
        assert list(steps) == ["embed", "embed", "embed", "lexical"]


def test_without_a_model_that_embeds_words_alone_decide(run_for: RunFor, tenant: Tenant, settings: Settings) -> None:
    settings.EMBEDDING_MODEL = "none"
    with tenant_scope(tenant.id):
        record = RecordText("r1", "The latrines are full.")
        [result] = code_offline(run_for(tenant), [record], NEEDS, CodingLimits(max_codes=1))
        assert isinstance(result, CodingResult)
        assert [assigned.code.name for assigned in result.assigned] == ["Water and latrines"]
        assert list(LLMCall.objects.values_list("step", flat=True)) == ["lexical"]


@local
def test_the_vectors_of_a_version_are_stored_by_its_job(run_for: RunFor, tenant: Tenant, other_tenant: Tenant) -> None:
    with tenant_scope(tenant.id):
        draft = create_framework(tenant_id=tenant.id, name=unique_name("Needs"), actor_id=ACTOR, tree=NEEDS)
        version = publish_version(version=draft, actor_id=ACTOR)
        enter_operator_models()
        embed_codes_of(str(tenant.id), str(version.id))
        assert FrameworkVectors.objects.count() == 1
        embedded = LLMCall.objects.count()
        run = run_for(tenant, version.id)
        stored = code_vectors(run, frozen_tree(version.id))
        assert stored is not None
        assert stored.names.shape == (4, 384)
        assert stored.example_of == (1,)
        assert LLMCall.objects.count() == embedded
    with tenant_scope(other_tenant.id):
        assert not FrameworkVectors.objects.exists()


def test_a_version_that_was_erased_before_its_job_is_left_alone(tenant: Tenant) -> None:
    embed_codes_of(str(tenant.id), str(uuid.uuid4()))
    with tenant_scope(tenant.id):
        assert not FrameworkVectors.objects.exists()


def test_a_text_without_a_vector_is_ranked_by_words() -> None:
    coder = OfflineCoder(NEEDS)
    by_meaning = MeaningCoder(coder, vectors_of(np.eye(8, dtype=np.float32)), {})
    text = "The latrines are full."
    assert by_meaning.rank(text) == coder.rank(text)


def test_an_example_does_not_speak_for_itself_when_it_is_left_out() -> None:
    coder = OfflineCoder(NEEDS)
    example = coder.codes[1].code.examples[0]
    vectors = vectors_of(np.eye(9, dtype=np.float32))
    by_meaning = MeaningCoder(coder, vectors, {example: vectors.examples[0]})
    with_itself = by_meaning.rank(example)[0]
    without = next(
        code for code in by_meaning.rank(example, is_example_of=coder.codes[1]) if code.placed is coder.codes[1]
    )
    assert with_itself.placed is coder.codes[1]
    assert without.similarity < with_itself.similarity


def test_the_texts_of_codes_have_their_path_and_what_they_include() -> None:
    tree = (CodeNode(name="Needs", children=(CodeNode(name="Water", definition="Wells.", include="Pumps."),)),)
    texts = CodeTexts.of(leaves(tree))
    assert texts.descriptions == ("Needs > Water. Wells. Pumps.",)
    assert texts.digest != CodeTexts.of(leaves(NEEDS)).digest


def vectors_of(rows: np.ndarray) -> CodeVectors:
    return CodeVectors(rows[:4], rows[4:8], rows[8:9], (1,) if len(rows) > 8 else ())


@local
def test_records_that_were_coded_by_meaning_are_grouped_by_meaning(run_for: RunFor, tenant: Tenant) -> None:
    texts = [
        "Hyenas took our goats",
        "Des hyènes ont tué nos chèvres",
        "When will the school open again?",
        "Quand est-ce que l'école va rouvrir ?",
    ]
    run = run_for(tenant)
    run.embed([f"{text} amina@example.org" for text in texts], TextKind.QUERY)
    redacted = [run.redact(f"{text} amina@example.org") for text in texts]
    vectors = vectors_in_cache([*redacted, "Never embedded"])
    assert list(vectors) == redacted
    clusters = clustered_by_meaning([*redacted, "Never embedded"], vectors)
    assert {cluster.members for cluster in clusters} == {(0, 1), (2, 3), (4,)}
