"""Embed texts within a run: redacted first, from the tenant's cache, or by attempts with their ledger rows."""

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from inference import gateway
from inference.catalogue import approved_model
from inference.connections import ModelConnection, embedding_connection
from inference.embeddings.cache import VectorSource, cached_vectors, forget, stored_vectors
from inference.embeddings.embedder import MAX_CHARACTERS, TextKind, Vectors
from inference.errors import EmbeddingsUnavailable, ModelError, ModelNotApproved
from inference.estimates import tokens_of_texts
from inference.fan_out import release_connection
from inference.runs.model_calls import ModelCalls
from usage.prices import TokenCounts

STEP = "embed"
NUMBER_OF_PLACEHOLDER = re.compile(r"(?<=[A-Z])_\d+>")


def embedding_source() -> str:
    """Return the model that embeds texts, with its version. "" if none is configured, approved and readable."""
    connection = embedding_connection()
    if connection is None:
        return ""
    try:
        approved_model(connection.model)
        return f"{connection.model}@{gateway.embedder_of(connection).version}"
    except (ModelNotApproved, EmbeddingsUnavailable):
        return ""


def vectors_in_cache(redacted_texts: Sequence[str]) -> dict[str, Vectors]:
    """Return the vectors of redacted records that the cache of the tenant in scope has. Nothing is computed."""
    connection = embedding_connection()
    if connection is None:
        return {}
    source = VectorSource(connection.model, gateway.embedder_version(connection), TextKind.QUERY)
    known = stored_vectors([_without_numbers(text) for text in redacted_texts], source)
    plain = {text: _without_numbers(text) for text in redacted_texts}
    return {text: known[key] for text, key in plain.items() if key in known}


def forget_vectors(redacted_texts: Sequence[str]) -> int:
    """Delete the vectors of redacted texts from the cache of the tenant in scope. Return their number."""
    connection = embedding_connection()
    if connection is None:
        return 0
    version = gateway.embedder_version(connection)
    sources = [VectorSource(connection.model, version, kind) for kind in TextKind]
    return forget([source.digest_of(_without_numbers(text)) for text in redacted_texts for source in sources])


def _without_numbers(redacted: str) -> str:
    # Numbers of placeholders differ from call to call, and the vector of a text must not.
    return NUMBER_OF_PLACEHOLDER.sub(">", redacted)[:MAX_CHARACTERS]


@dataclass(frozen=True)
class EmbeddingCalls:
    """Embeds texts for a run. is_stored: whether the tenant's cache may be used."""

    calls: ModelCalls
    is_stored: bool

    def embed(self, texts: Sequence[str], kind: TextKind) -> Vectors:
        """Embed texts in batches. Raises what OperationRun.embed raises."""
        connection = embedding_connection()
        if connection is None:
            raise EmbeddingsUnavailable("EMBEDDING_MODEL is none")
        entry = approved_model(connection.model)
        source = VectorSource(connection.model, gateway.embedder_of(connection).version, kind)
        return cached_vectors(
            [self._embeddable(text) for text in texts],
            source,
            lambda missing: self._embed(connection, missing, source, entry.id),
            is_stored=self.is_stored,
        )

    def _embeddable(self, text: str) -> str:
        # Cut before the work, and again after it, so that no half of a name is left at the end.
        # In the form in which records are stored, so that their erasure finds their vectors.
        return _without_numbers(self.calls.redaction.redact_for_storage(text[: 2 * MAX_CHARACTERS], is_counted=False))

    def _embed(
        self, connection: ModelConnection, texts: Sequence[str], source: VectorSource, entry_id: uuid.UUID
    ) -> Vectors:
        def attempt(number: int) -> Vectors:
            return self._attempt(connection, texts, source, entry_id, number)

        return self.calls.retrying(attempt)

    def _attempt(
        self,
        connection: ModelConnection,
        texts: Sequence[str],
        source: VectorSource,
        entry_id: uuid.UUID,
        number: int,
    ) -> Vectors:
        timeout_seconds = self.calls.attempt_seconds()
        estimate = tokens_of_texts(texts)
        gateway.breaker_of(connection).admit()
        closing = self.calls.rows.open(
            model=connection.model,
            upper_estimate=estimate,
            entry_id=entry_id,
            step=STEP,
            attempt=number,
            prompt_name=source.kind,
            prompt_version=source.version,
        )
        release_connection()
        try:
            embedded = gateway.attempt_to_embed(connection, texts, source.kind, timeout_seconds=timeout_seconds)
            tokens = estimate if embedded.tokens is None else TokenCounts(input_tokens=embedded.tokens)
            closing.succeed(tokens, embedded.response_model)
            return embedded.vectors
        except ModelError as error:
            closing.fail(error)
            raise
        finally:
            closing.close()
