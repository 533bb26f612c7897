"""Embed texts on this machine with multilingual-e5-small."""

import functools
import threading
from collections.abc import Iterator, Sequence

import numpy as np

from inference.connections import LOCAL_EMBEDDING_MODEL
from inference.embeddings.embedder import MAX_CHARACTERS, Embedded, TextKind, Vectors, unit_length
from inference.embeddings.encoder import encode
from inference.embeddings.unigram import Tokenizer
from inference.embeddings.weights import SHA256, load_weights
from inference.errors import OperationTimedOut

MAX_WINDOWS = 4
TOKENS_AT_ONCE = 1_024

Window = tuple[int, list[int]]
"""The number of a text, and the token ids of a part of it that the model reads at once."""


class LocalEmbedder:
    """Embeds texts one batch at a time, so that a process with many threads needs the memory of one batch."""

    version = SHA256[:12]

    def __init__(self) -> None:
        self._weights = load_weights()
        self._tokenizer = Tokenizer(self._weights.vocabulary)
        self._lock = threading.Lock()

    def embed(self, texts: Sequence[str], kind: TextKind, *, timeout_seconds: float) -> Embedded:
        windows = [window for number, text in enumerate(texts) for window in self._windows(number, f"{kind}: {text}")]
        if not self._lock.acquire(timeout=max(0.0, timeout_seconds)):
            raise OperationTimedOut
        try:
            vectors = self._encoded(windows, len(texts))
        finally:
            self._lock.release()
        tokens = sum(len(tokens) for _, tokens in windows)
        return Embedded(vectors, tokens, LOCAL_EMBEDDING_MODEL)

    def _windows(self, number: int, text: str) -> Iterator[Window]:
        vocabulary, size = self._weights.vocabulary, self._weights.max_tokens - 2
        tokens = self._tokenizer.tokens(text[:MAX_CHARACTERS])
        for start in range(0, min(len(tokens), MAX_WINDOWS * size), size):
            yield number, [vocabulary.begin, *tokens[start : start + size], vocabulary.end]

    def _encoded(self, windows: Sequence[Window], count: int) -> Vectors:
        """Return the mean of each text's windows, weighted by their tokens, at unit length."""
        sums = np.zeros((count, self._weights.width), np.float32)
        for batch in _batches(windows):
            vectors = encode(self._weights, [tokens for _, tokens in batch])
            for (number, tokens), vector in zip(batch, vectors, strict=True):
                sums[number] += len(tokens) * vector
        return unit_length(sums)


@functools.cache
def local_embedder() -> LocalEmbedder:
    """Return the embedder of this process. Raises EmbeddingsUnavailable."""
    return LocalEmbedder()


def _batches(windows: Sequence[Window]) -> Iterator[list[Window]]:
    batch: list[Window] = []
    size = 0
    for window in windows:
        if batch and size + len(window[1]) > TOKENS_AT_ONCE:
            yield batch
            batch, size = [], 0
        batch.append(window)
        size += len(window[1])
    if batch:
        yield batch
