"""Make a single attempt at a model, counted by the model's circuit breaker."""

from collections.abc import Sequence

from inference.connections import (
    LOCAL_EMBEDDING_MODEL,
    OFFLINE_MODEL,
    ModelConnection,
    embedding_connection,
    generation_connection,
    judge_connection,
)
from inference.embeddings.embedder import Embedded, Embedder, TextKind
from inference.embeddings.local import LocalEmbedder, local_embedder
from inference.errors import ModelError, ModelFailed, ModelTimedOut, ModelUnreachable
from inference.estimates import estimated_usage
from inference.gateway import litellm_road
from inference.gateway.calls import ModelAnswer, ModelRequest
from inference.gateway.circuit_breaker import CircuitBreaker, CircuitBreakers
from inference.gateway.completions import read_completion
from inference.gateway.dialects import Dialects, Parameter, declared_dialect
from inference.gateway.embedding_road import RemoteEmbedder
from inference.gateway.roads import is_direct, road_of
from tenants.outgoing.tls import tls_context

_breakers = CircuitBreakers()
_dialects = Dialects()


def breaker_of(connection: ModelConnection) -> CircuitBreaker:
    """Return the circuit breaker of a model. Callers ask it before every attempt."""
    return _breakers.of(connection.model)


def attempt(request: ModelRequest, *, timeout_seconds: float) -> ModelAnswer:
    """Make one attempt. Raises a ModelError."""
    if request.connection.model == OFFLINE_MODEL:
        return _answered_offline(request)
    dialect = _dialects.of(request.connection)
    breaker = breaker_of(request.connection)
    try:
        completion = road_of(request.connection)(request, dialect, timeout_seconds=timeout_seconds)
    except ModelError as error:
        breaker.record(has_failed=_is_failure(error))
        if isinstance(error, ModelFailed) and error.refused_parameter:
            refused = Parameter(error.refused_parameter)
            error.was_adapted_to = _dialects.learn(request.connection, sent=dialect, refused=refused)
        raise
    breaker.record(has_failed=False)
    return read_completion(completion, upper_estimate=request.upper_estimate)


def embedder_of(connection: ModelConnection) -> Embedder:
    """Return the embedder of a model. Raises EmbeddingsUnavailable."""
    return local_embedder() if connection.model == LOCAL_EMBEDDING_MODEL else RemoteEmbedder(connection)


def embedder_version(connection: ModelConnection) -> str:
    """Return the version of a model's vectors, without loading the model."""
    embedder = LocalEmbedder if connection.model == LOCAL_EMBEDDING_MODEL else RemoteEmbedder
    return embedder.version


def attempt_to_embed(
    connection: ModelConnection, texts: Sequence[str], kind: TextKind, *, timeout_seconds: float
) -> Embedded:
    """Make one attempt to embed texts. Raises a ModelError."""
    breaker = breaker_of(connection)
    try:
        embedded = embedder_of(connection).embed(texts, kind, timeout_seconds=timeout_seconds)
    except ModelError as error:
        breaker.record(has_failed=_is_failure(error))
        raise
    breaker.record(has_failed=False)
    return embedded


def _is_failure(error: ModelError) -> bool:
    """Return whether an error counts for the breaker: a transport error or a 5xx, not a refusal or a bad answer."""
    return isinstance(error, ModelTimedOut | ModelUnreachable) or (error.status or 0) >= 500


def _answered_offline(request: ModelRequest) -> ModelAnswer:
    """Run the offline engine in this thread, because it waits for no other server."""
    if request.answer_offline is None:
        raise ModelFailed(501)
    text = request.answer_offline(request.prompt, request.answer_schema)
    return ModelAnswer(text=text, tokens=estimated_usage(request.prompt, text), response_model=OFFLINE_MODEL)


def load() -> None:
    """Import the modules that the configured models need, before a fork. Opens nothing and starts no thread."""
    for connection in _chat_connections():
        declared_dialect(connection)
        tls_context()
    if _needs_litellm():
        litellm_road.import_litellm()
    if _embeds_in_web_processes():
        local_embedder()


def warm_up() -> None:
    """Prepare this process for its first request. Calls no provider."""
    load()
    if _needs_litellm():
        litellm_road.load()


def _chat_connections() -> set[ModelConnection]:
    connections = generation_connection(), judge_connection()
    return {connection for connection in connections if connection.model != OFFLINE_MODEL}


def _needs_litellm() -> bool:
    embedding = embedding_connection()
    is_remote = embedding is not None and embedding.model != LOCAL_EMBEDDING_MODEL
    return is_remote or not all(map(is_direct, _chat_connections()))


def _embeds_in_web_processes() -> bool:
    """Return whether web processes embed: where the offline engine is the model, and the local one embeds."""
    embedding = embedding_connection()
    is_local = embedding is not None and embedding.model == LOCAL_EMBEDDING_MODEL
    return is_local and generation_connection().model == OFFLINE_MODEL
