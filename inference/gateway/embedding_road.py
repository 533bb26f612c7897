"""Embed texts with a provider's model through LiteLLM."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from inference.connections import ModelConnection
from inference.embeddings.embedder import Embedded, TextKind, Vectors, unit_length
from inference.errors import UnreadableAnswer
from inference.gateway import litellm_road
from inference.gateway.calls import MAX_ANSWER_BYTES
from tenants.storable import storable

BYTES_PER_VECTOR = 128 * 1024  # as JSON: 4,096 numbers of 24 characters, and some space


class RemoteEmbedder:
    """Embeds texts with a LiteLLM model. Providers take texts without the prefixes of E5."""

    version = "1"

    def __init__(self, connection: ModelConnection) -> None:
        self._connection = connection

    def embed(self, texts: Sequence[str], kind: TextKind, *, timeout_seconds: float) -> Embedded:
        response = litellm_road.embed(
            self._connection,
            texts,
            timeout_seconds=timeout_seconds,
            max_answer_bytes=max(MAX_ANSWER_BYTES, BYTES_PER_VECTOR * len(texts)),
        )
        return Embedded(_vectors(response, len(texts)), _tokens(response), _model(response))


def _vectors(response: Any, count: int) -> Vectors:
    """Return the vectors in the order of the texts. Raises UnreadableAnswer unless there is one for each text."""
    rows = response.data if isinstance(response.data, list) else []
    try:
        ordered = sorted(rows, key=lambda row: int(row["index"]))
        if [int(row["index"]) for row in ordered] != list(range(count)):
            raise UnreadableAnswer("embeddings")
        vectors = np.array([row["embedding"] for row in ordered], dtype=np.float32)
    except (KeyError, TypeError, ValueError):  # ValueError: also vectors of different lengths
        raise UnreadableAnswer("embeddings") from None
    if vectors.ndim != 2 or not np.isfinite(vectors).all():
        raise UnreadableAnswer("embeddings")
    return unit_length(vectors)


def _tokens(response: Any) -> int | None:
    tokens = getattr(getattr(response, "usage", None), "prompt_tokens", None)
    return tokens if type(tokens) is int and tokens > 0 else None


def _model(response: Any) -> str:
    model = getattr(response, "model", None)
    return storable(model)[:255] if isinstance(model, str) else ""
