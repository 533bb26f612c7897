"""Embed the texts of a framework's codes: computed when a version is published, and stored with it."""

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import cast

import numpy as np
from cachetools import LRUCache

from coding.frameworks.tree import PlacedCode, Tree, leaves
from coding.models import FrameworkVectors, FrameworkVersion
from inference.embeddings.embedder import TextKind, Vectors
from inference.errors import EmbeddingsUnavailable, ModelError, ModelNotApproved, ModelUnavailable, OperationTimedOut
from inference.orchestrator import OperationRun
from tenants.scoping import current_tenant_id

MIN_CODES = 3
# The texts of a larger framework take minutes: they are embedded by a job only.
MAX_TEXTS_IN_A_REQUEST = 600
CACHED_FRAMEWORKS = 32
STORED = np.dtype("<f2")
CANNOT_EMBED = (EmbeddingsUnavailable, ModelError, ModelNotApproved, ModelUnavailable, OperationTimedOut)


@dataclass(frozen=True)
class CodeTexts:
    """Texts about the leaves of a tree. example_of: the index of the leaf of each example."""

    names: tuple[str, ...]
    descriptions: tuple[str, ...]
    examples: tuple[str, ...]
    example_of: tuple[int, ...]

    @classmethod
    def of(cls, codes: Sequence[PlacedCode]) -> "CodeTexts":
        examples = [(index, example) for index, placed in enumerate(codes) for example in placed.code.examples]
        return cls(
            names=tuple(placed.code.name for placed in codes),
            descriptions=tuple(map(_description, codes)),
            examples=tuple(example for _, example in examples),
            example_of=tuple(index for index, _ in examples),
        )

    @property
    def digest(self) -> bytes:
        return hashlib.sha256(repr(self).encode(errors="surrogatepass")).digest()

    def __len__(self) -> int:
        return len(self.names) + len(self.descriptions) + len(self.examples)


@dataclass(frozen=True)
class CodeVectors:
    """The vectors of CodeTexts, in the same order."""

    names: Vectors = field(repr=False)
    descriptions: Vectors = field(repr=False)
    examples: Vectors = field(repr=False)
    example_of: tuple[int, ...] = field(repr=False)


_cached: LRUCache[tuple[uuid.UUID, str, bytes], CodeVectors] = LRUCache(CACHED_FRAMEWORKS)
_lock = Lock()


def code_vectors(run: OperationRun, tree: Tree) -> CodeVectors | None:
    """Return the vectors of a tree's leaves. None where codes are compared by words only.

    This is so where nothing embeds, where a provider fails, and for a large framework until its job has run.
    """
    codes = leaves(tree)
    if len(codes) < MIN_CODES or not run.can_embed:
        return None
    texts = CodeTexts.of(codes)
    key = (current_tenant_id(), run.embedding_source, texts.digest)
    with _lock:
        known = _cached.get(key)
    vectors = known or _stored(run, texts) or _computed_in_time(run, texts)
    if vectors is not None:
        with _lock:
            _cached[key] = vectors
    return vectors


def store_code_vectors(run: OperationRun, version_id: uuid.UUID, tree: Tree) -> None:
    """Embed the codes of a version, and store the vectors with it. Raises what OperationRun.embed raises."""
    texts = CodeTexts.of(leaves(tree))
    _store(run, version_id, texts, _computed(run, texts))


def _store(run: OperationRun, version_id: uuid.UUID, texts: CodeTexts, vectors: CodeVectors) -> None:
    rows = np.concatenate([vectors.names, vectors.descriptions, vectors.examples])
    FrameworkVectors.objects.update_or_create(
        version_id=version_id,
        source=run.embedding_source,
        defaults={"digest": texts.digest, "vectors": rows.astype(STORED).tobytes()},
    )


def _stored(run: OperationRun, texts: CodeTexts) -> CodeVectors | None:
    if run.framework_version_id is None:
        return None
    stored = FrameworkVectors.objects.filter(
        version_id=run.framework_version_id, source=run.embedding_source, digest=texts.digest
    ).values_list("vectors", flat=True)
    vectors = stored.first()
    if vectors is None:
        return None
    rows = np.frombuffer(vectors, STORED).reshape(len(texts), -1).astype(np.float32)
    return _split(rows, texts)


def _computed_in_time(run: OperationRun, texts: CodeTexts) -> CodeVectors | None:
    if len(texts) > MAX_TEXTS_IN_A_REQUEST:
        return None
    try:
        vectors = _computed(run, texts)
    except CANNOT_EMBED:
        return None
    # A version of the platform is written by its job only.
    if FrameworkVersion.objects.filter(id=run.framework_version_id, tenant_id=current_tenant_id()).exists():
        _store(run, cast(uuid.UUID, run.framework_version_id), texts, vectors)
    return vectors


def _computed(run: OperationRun, texts: CodeTexts) -> CodeVectors:
    passages = run.embed([*texts.names, *texts.descriptions], TextKind.PASSAGE)
    examples = run.embed(texts.examples, TextKind.QUERY).reshape(-1, passages.shape[1])
    return _split(np.concatenate([passages, examples]), texts)


def _split(rows: Vectors, texts: CodeTexts) -> CodeVectors:
    codes = len(texts.names)
    return CodeVectors(rows[:codes], rows[codes : 2 * codes], rows[2 * codes :], texts.example_of)


def _description(placed: PlacedCode) -> str:
    code = placed.code
    return f"{' > '.join(placed.names)}. {code.definition} {code.include}".strip()
