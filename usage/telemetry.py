"""Export model calls to OpenTelemetry: one span and two measurements per attempt.

Names are those of the semantic conventions for generative AI. Attributes hold no content of prompts or answers, and no
tenant, key or person. The spans of one API request share a trace, whose id is the request's X-Request-ID.
Nothing is exported unless OTEL_EXPORTER_OTLP_ENDPOINT is set.
"""

import threading
import time
from functools import cache

from django.conf import settings
from opentelemetry import metrics, trace
from opentelemetry.trace import (
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    set_span_in_context,
)

from usage.models import LLMCall
from usage.prices import TokenCounts

SCOPE = "qfa.usage"
GEN_AI_OPERATION = "chat"  # every call has a prompt and an answer
# LiteLLM prefix to provider name in the conventions, where they differ.
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


def _shared_attributes(call: LLMCall) -> dict[str, str]:
    """Return the attributes of both spans and measurements."""
    prefix = call.request_model.partition("/")[0]
    attributes = {
        "gen_ai.operation.name": GEN_AI_OPERATION,
        "gen_ai.provider.name": PROVIDERS.get(prefix, prefix),
        "gen_ai.request.model": call.request_model,
        "gen_ai.response.model": call.response_model,
        "error.type": call.error_class,
    }
    return {name: value for name, value in attributes.items() if value}


def _span_attributes(call: LLMCall, tokens: TokenCounts | None) -> dict[str, str | int]:
    return {
        **_shared_attributes(call),
        "qfa.operation": call.operation,
        "qfa.step": call.step,
        "qfa.attempt": call.attempt,
        **(_token_attributes(tokens) if tokens else {}),
    }


def _token_attributes(tokens: TokenCounts) -> dict[str, int]:
    return {
        "gen_ai.usage.input_tokens": tokens.input_tokens,
        "gen_ai.usage.output_tokens": tokens.output_tokens,
        "gen_ai.usage.cache_read.input_tokens": tokens.cached_tokens,
        "gen_ai.usage.cache_creation.input_tokens": tokens.cache_write_tokens,
    }


class Telemetry:
    """Records attempts with the providers that export them."""

    def __init__(self, tracers: trace.TracerProvider, meters: metrics.MeterProvider) -> None:
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

    def record(self, call: LLMCall, tokens: TokenCounts | None) -> None:
        ended_at = time.time_ns()
        span = self._tracer.start_span(
            f"{GEN_AI_OPERATION} {call.request_model}",
            context=set_span_in_context(_request_span(call)),
            kind=SpanKind.CLIENT,
            attributes=_span_attributes(call, tokens),
            start_time=ended_at - int(call.latency_seconds * 1e9),
        )
        if call.error_class:
            span.set_status(Status(StatusCode.ERROR))
        span.end(ended_at)
        shared = _shared_attributes(call)
        self._duration.record(call.latency_seconds, shared)
        if tokens and not call.error_class:
            for kind, count in (("input", tokens.input_tokens), ("output", tokens.output_tokens)):
                self._token_usage.record(count, {**shared, "gen_ai.token.type": kind})


def _request_span(call: LLMCall) -> NonRecordingSpan:
    """Return the parent span: the API request, which is not exported."""
    return NonRecordingSpan(
        SpanContext(
            trace_id=call.call_id.int,
            span_id=call.call_id.int & 0xFFFF_FFFF_FFFF_FFFF,
            is_remote=True,
            trace_flags=TraceFlags(TraceFlags.SAMPLED),
        )
    )


_starting = threading.Lock()


@cache
def _telemetry() -> Telemetry:
    """Start exporting over HTTP in the background; the rest is sent when the process ends.

    The exporters read the standard variables, OTEL_EXPORTER_OTLP_HEADERS among them.
    """
    # The exporters cost 80 ms and 11 MB, which only servers with a collector should pay.
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter  # noqa: PLC0415
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
    from opentelemetry.sdk.metrics import MeterProvider  # noqa: PLC0415
    from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader  # noqa: PLC0415
    from opentelemetry.sdk.resources import SERVICE_NAME, Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    resource = Resource.create({SERVICE_NAME: settings.OTEL_SERVICE_NAME})
    tracers = TracerProvider(resource=resource)
    tracers.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return Telemetry(tracers, MeterProvider([PeriodicExportingMetricReader(OTLPMetricExporter())], resource=resource))


def record_call(call: LLMCall, tokens: TokenCounts | None) -> None:
    """Record a closed attempt where a collector is configured. tokens: None where nobody knows what was billed."""
    if not settings.OTEL_EXPORTER_OTLP_ENDPOINT:
        return
    with _starting:  # one export per process, started after any fork
        telemetry = _telemetry()
    telemetry.record(call, tokens)
