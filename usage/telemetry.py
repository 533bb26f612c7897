"""Model calls as OpenTelemetry sees them: one span and two measurements an attempt.

Names are those of the semantic conventions for generative AI. What was asked and answered is in no attribute, nor who
asked: no tenant, key or person. The spans of one API request share a trace, whose id is the request's X-Request-ID.
Nothing happens unless OTEL_EXPORTER_OTLP_ENDPOINT is set.
"""

import threading
import time
import uuid
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string
from opentelemetry.metrics import MeterProvider
from opentelemetry.trace import (
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    TracerProvider,
    set_span_in_context,
)

from usage.prices import TokenCounts

SCOPE = "qfa.usage"
GEN_AI_OPERATION = "chat"  # a prompt and an answer: all that we send
# LiteLLM's prefixes, where the conventions have another word.
PROVIDERS = {
    "azure": "azure.ai.openai",
    "azure_ai": "azure.ai.inference",
    "bedrock": "aws.bedrock",
    "gemini": "gcp.gemini",
    "mistral": "mistral_ai",
    "vertex_ai": "gcp.vertex_ai",
    "watsonx": "ibm.watsonx.ai",
    "xai": "x_ai",
}
DURATION_BOUNDS = [0.01 * 2**power for power in range(14)]
TOKEN_BOUNDS = [float(4**power) for power in range(14)]


@dataclass(frozen=True)
class ModelCall:
    """An attempt that is over. tokens: None when nobody knows; error_class: empty when it was answered."""

    call_id: uuid.UUID
    operation: str
    step: str
    attempt: int
    request_model: str
    response_model: str
    latency_seconds: float
    tokens: TokenCounts | None
    error_class: str

    @property
    def shared_attributes(self) -> dict[str, str]:
        """What spans and measurements both carry."""
        prefix = self.request_model.partition("/")[0]
        found = {
            "gen_ai.operation.name": GEN_AI_OPERATION,
            "gen_ai.provider.name": PROVIDERS.get(prefix, prefix),
            "gen_ai.request.model": self.request_model,
            "gen_ai.response.model": self.response_model,
            "error.type": self.error_class,
        }
        return {name: value for name, value in found.items() if value}

    @property
    def span_attributes(self) -> dict[str, str | int]:
        own: dict[str, str | int] = {
            "qfa.operation": self.operation,
            "qfa.step": self.step,
            "qfa.attempt": self.attempt,
        }
        return {**self.shared_attributes, **own, **(_counts_of(self.tokens) if self.tokens else {})}


def _counts_of(tokens: TokenCounts) -> dict[str, int]:
    return {
        "gen_ai.usage.input_tokens": tokens.input_tokens,
        "gen_ai.usage.output_tokens": tokens.output_tokens,
        "gen_ai.usage.cache_read.input_tokens": tokens.cached_tokens,
        "gen_ai.usage.cache_creation.input_tokens": tokens.cache_write_tokens,
    }


class Telemetry:
    """The providers that export, and what is recorded with them."""

    def __init__(self, tracers: TracerProvider, meters: MeterProvider) -> None:
        self._tracer = tracers.get_tracer(SCOPE)
        meter = meters.get_meter(SCOPE)
        self._duration = meter.create_histogram(
            "gen_ai.client.operation.duration",
            unit="s",
            description="How long model calls took",
            explicit_bucket_boundaries_advisory=DURATION_BOUNDS,
        )
        self._token_usage = meter.create_histogram(
            "gen_ai.client.token.usage",
            unit="{token}",
            description="Tokens of model calls",
            explicit_bucket_boundaries_advisory=TOKEN_BOUNDS,
        )

    def record(self, call: ModelCall) -> None:
        ended_at = time.time_ns()
        span = self._tracer.start_span(
            f"{GEN_AI_OPERATION} {call.request_model}",
            context=set_span_in_context(_request_of(call)),
            kind=SpanKind.CLIENT,
            attributes=call.span_attributes,
            start_time=ended_at - int(call.latency_seconds * 1e9),
        )
        if call.error_class:
            span.set_status(Status(StatusCode.ERROR))
        span.end(ended_at)
        self._duration.record(call.latency_seconds, call.shared_attributes)
        if call.tokens and not call.error_class:
            for kind, count in (("input", call.tokens.input_tokens), ("output", call.tokens.output_tokens)):
                self._token_usage.record(count, {**call.shared_attributes, "gen_ai.token.type": kind})


def _request_of(call: ModelCall) -> NonRecordingSpan:
    """The API request that a call belongs to, which is not ours to record."""
    return NonRecordingSpan(
        SpanContext(
            trace_id=call.call_id.int,
            span_id=call.call_id.int & 0xFFFF_FFFF_FFFF_FFFF,
            is_remote=True,
            trace_flags=TraceFlags(TraceFlags.SAMPLED),
        )
    )


_started: list[Telemetry] = []
_starting = threading.Lock()


def record_call(**facts: Any) -> None:
    """Record an attempt that is over, if anybody listens; the first one starts the export, after any fork."""
    if not settings.OTEL_EXPORTER_OTLP_ENDPOINT:
        return
    with _starting:
        if not _started:
            _started.append(Telemetry(*import_string("usage.otlp.providers")()))
    _started[0].record(ModelCall(**facts))
