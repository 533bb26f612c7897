"""OpenTelemetry's exporters over HTTP. They read the standard variables, OTEL_EXPORTER_OTLP_HEADERS among them."""

from django.conf import settings
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor


def providers() -> tuple[TracerProvider, MeterProvider]:
    """Start exporting in the background; what is left is sent when the process ends."""
    resource = Resource.create({SERVICE_NAME: settings.OTEL_SERVICE_NAME})
    tracers = TracerProvider(resource=resource)
    tracers.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return tracers, MeterProvider([PeriodicExportingMetricReader(OTLPMetricExporter())], resource=resource)
