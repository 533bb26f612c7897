"""Who the platform tells things to, on loopback: an OpenTelemetry collector, a mail server, a webhook's receiver."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import Message as Mail
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

LOOPBACK = ["127.0.0.0/8", "::1/128"]


class Listener(ThreadingHTTPServer):
    """Keeps what is posted to it, and answers what it is told to."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.received: list[tuple[str, dict[str, str], bytes]] = []
        self.answers: list[int] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: Listener

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append((self.path, dict(self.headers), body))
        self.send_response(self.server.answers.pop(0) if self.server.answers else 200)
        self.send_header("Location", "http://127.0.0.1:1/")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Collector(Listener):
    """Keeps what OTLP exporters send."""

    @property
    def environment(self) -> dict[str, str]:
        """Return the settings with which a server exports everything here without delay."""
        return {
            "OTEL_EXPORTER_OTLP_ENDPOINT": self.url,
            "OTEL_BSP_SCHEDULE_DELAY": "100",
            "OTEL_BSP_MAX_QUEUE_SIZE": "100000",
            "OTEL_METRIC_EXPORT_INTERVAL": "300",
        }

    def spans(self) -> list[Any]:
        requests = map(ExportTraceServiceRequest.FromString, self._bodies("/v1/traces"))
        scopes = [scope for request in requests for each in request.resource_spans for scope in each.scope_spans]
        return [span for scope in scopes for span in scope.spans]

    def metrics(self) -> dict[str, Any]:
        requests = map(ExportMetricsServiceRequest.FromString, self._bodies("/v1/metrics"))
        scopes = [scope for request in requests for each in request.resource_metrics for scope in each.scope_metrics]
        return {metric.name: metric for scope in scopes for metric in scope.metrics}

    def everything(self) -> bytes:
        """All that was exported, as it came: protocol buffers keep texts as they are."""
        assert not [headers for _, headers, _ in self.received if "Content-Encoding" in headers]
        return b"\n".join(body for _, _, body in self.received)

    def _bodies(self, wanted: str) -> Iterator[bytes]:
        return (body for path, _, body in self.received if path == wanted)


class Receiver(Listener):
    """A webhook's receiver. Its address holds a secret, as such addresses do."""

    @property
    def url(self) -> str:
        return f"{super().url}/hook?token=t0ken"


class Mailbox:
    """Keeps what a real SMTP client delivers."""

    def __init__(self) -> None:
        self.mails: list[tuple[list[str], Mail]] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 (the library's name)
        self.mails.append((envelope.rcpt_tos, message_from_bytes(envelope.content)))
        return "250 OK"

    def texts(self) -> list[str]:
        """The bodies, as people read them."""
        payloads = (mail.get_payload(decode=True) for _, mail in self.mails)
        return [payload.decode() for payload in payloads if isinstance(payload, bytes)]


@contextmanager
def served(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
