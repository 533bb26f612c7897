"""Store the vectors of redacted texts per tenant, so that a text is embedded once.

Rows are written and read in the tenant's scope, deleted with the tenant's content, and forgotten when no call has read
them for a while. The model is looked up by name: this module is imported before it exists.
"""

import hashlib
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from operator import itemgetter
from typing import Any, TypeAlias

import numpy as np
from django.apps import apps
from django.utils import timezone
from numpy.typing import NDArray

from inference.embeddings.embedder import TextKind, Vectors
from tenants.scoping import current_tenant_id

UNUSED_DAYS = 90
ROWS_AT_ONCE = 1_000
TEXTS_AT_ONCE = 64
STORED = np.dtype("<f2")  # half precision changes a cosine similarity by less than 0.001

Stored: TypeAlias = NDArray[np.float16]


@dataclass(frozen=True)
class VectorSource:
    """The conditions of a vector beside its text. A change of one of them makes new vectors."""

    model: str
    version: str
    kind: TextKind

    def digest_of(self, text: str) -> bytes:
        """Return the key of a redacted text for the tenant in scope."""
        parts = [str(current_tenant_id()), self.model, self.version, self.kind, text]
        return hashlib.sha256("\0".join(parts).encode(errors="surrogatepass")).digest()


def cached_vectors(
    texts: Sequence[str], source: VectorSource, compute: Callable[[Sequence[str]], Vectors], *, is_stored: bool
) -> Vectors:
    """Return the vectors of redacted texts, in order, from the cache or computed.

    compute: embeds up to TEXTS_AT_ONCE texts. is_stored: whether the cache may be read and written. Every computed
    batch is stored at once, so that work that breaks off is not lost.
    """
    by_digest = {source.digest_of(text): text for text in texts}
    vectors = _read(list(by_digest)) if is_stored else {}
    missing = [digest for digest in by_digest if digest not in vectors]
    for start in range(0, len(missing), TEXTS_AT_ONCE):
        digests = missing[start : start + TEXTS_AT_ONCE]
        computed = compute([by_digest[digest] for digest in digests]).astype(STORED)
        vectors |= dict(zip(digests, computed, strict=True))
        if is_stored:
            _write(digests, computed)
    return np.array([vectors[source.digest_of(text)] for text in texts], dtype=np.float32)


def stored_vectors(texts: Sequence[str], source: VectorSource) -> dict[str, Vectors]:
    """Return the vectors that the cache has, by redacted text. Nothing is computed."""
    by_digest = {source.digest_of(text): text for text in texts}
    return {by_digest[digest]: vector.astype(np.float32) for digest, vector in _read(list(by_digest)).items()}


def _read(digests: Sequence[bytes]) -> dict[bytes, Stored]:
    """Return the stored vectors, and note that they were used today."""
    today = timezone.localdate()
    vectors: dict[bytes, Stored] = {}
    for start in range(0, len(digests), ROWS_AT_ONCE):
        rows = _rows().filter(digest__in=digests[start : start + ROWS_AT_ONCE])
        vectors |= {
            bytes(digest): np.frombuffer(vector, STORED) for digest, vector in rows.values_list("digest", "vector")
        }
        rows.filter(used_on__lt=today).update(used_on=today)
    return vectors


def _write(digests: Sequence[bytes], vectors: Stored) -> None:
    # In the order of their keys, so that two processes never wait for each other.
    rows = sorted(zip(digests, vectors, strict=True), key=itemgetter(0))
    model = apps.get_model("inference", "CachedEmbedding")
    model._default_manager.bulk_create(
        [model(digest=digest, vector=vector.tobytes()) for digest, vector in rows], ignore_conflicts=True
    )


def forget(digests: Sequence[bytes]) -> int:
    """Delete vectors by their keys. Return their number."""
    deleted, _ = _rows().filter(digest__in=digests).delete()
    return int(deleted)


def forget_unused() -> int:
    """Delete the vectors that no call has read for UNUSED_DAYS, in the scope in force. Return their number."""
    deleted, _ = _rows().filter(used_on__lt=timezone.localdate() - timedelta(days=UNUSED_DAYS)).delete()
    return int(deleted)


def erase_vectors(tenant_id: uuid.UUID) -> None:
    """Delete the vectors of a tenant that is closed."""
    _rows().filter(tenant_id=tenant_id).delete()


def _rows() -> Any:
    return apps.get_model("inference", "CachedEmbedding")._default_manager.all()
