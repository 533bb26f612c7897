"""The protocol of embedding models, local and remote."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

Vectors: TypeAlias = NDArray[np.float32]
"""Vectors of unit length, shape (texts, dimensions), so that a product of two is their cosine similarity."""


MAX_CHARACTERS = 8_000
"""Longer texts are cut, because a token takes a millisecond on this machine, and providers refuse long ones."""


class TextKind(StrEnum):
    """The side of a comparison that a text is on. Records and questions are queries, codes and documents passages."""

    QUERY = "query"
    PASSAGE = "passage"


@dataclass(frozen=True)
class Embedded:
    """The vectors of texts, in their order. tokens: None when a provider did not report them."""

    vectors: Vectors = field(repr=False)
    tokens: int | None
    response_model: str


class Embedder(Protocol):
    """A model that embeds texts. version: changes when the vectors of a text change."""

    version: str

    def embed(self, texts: Sequence[str], kind: TextKind, *, timeout_seconds: float) -> Embedded:
        """Raises ModelError, and OperationTimedOut when the time is up before the work began."""
        ...


def unit_length(vectors: Vectors) -> Vectors:
    """Scale vectors to unit length. A vector of zeros stays as it is."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(lengths > 0, lengths, 1), dtype=np.float32)
