"""The OpenAI-compatible HTTP server that carries a script out, faults included."""

import contextlib
import gzip
import hashlib
import json
import math
import re
import socket
import struct
import sys
import threading
import traceback
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.support.provider.answers import PLAIN_TEXT, fitting_answer
from tests.support.provider.replies import Fault, Reply
from tests.support.provider.requests import RecordedRequest, Usage
from tests.support.provider.script import CHARS_PER_TOKEN, ScriptedProvider

EMBEDDING_DIMENSIONS = 384


@contextlib.contextmanager
def serving(provider: ScriptedProvider, *, port: int = 0) -> Iterator[ScriptedProvider]:
    """Serve the script on loopback, from threads of its own, until the block ends."""
    server = _Server(provider, port)
    provider.base_url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, name="scripted-provider")
    thread.start()
    try:
        yield provider
    finally:
        provider.released.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 512

    def __init__(self, provider: ScriptedProvider, port: int) -> None:
        self.provider = provider
        super().__init__(("127.0.0.1", port), _Handler)

    def handle_error(self, *_: object) -> None:
        """Callers that go away are part of the tests; anything else is a defect and is shown."""
        if not isinstance(sys.exception(), ConnectionError):
            traceback.print_exc()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def log_message(self, *_: object) -> None:
        """Stay quiet: the provider keeps its own record."""

    def do_GET(self) -> None:
        if self.path.endswith("/models"):
            self._send(200, {"object": "list", "data": [{"id": "scripted", "object": "model", "owned_by": "tests"}]})
        else:
            self._send(404, _error("not_found"))

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        path = self.path.partition("?")[0]
        if not path.endswith(("/chat/completions", "/embeddings")):
            self._send(404, _error("not_found"))
            return
        released = self.server.provider.released
        request, reply = self.server.provider.take(path, dict(self.headers), body)
        if reply.fault is Fault.HANG:
            released.wait()
            self.close_connection = True
            return
        if reply.fault is not Fault.TRICKLE:
            released.wait(reply.delay_seconds)
        if reply.fault is Fault.RESET:
            self._reset()
        elif reply.status != 200:
            request.status = reply.status
            error = json.dumps(reply.error or _error(f"scripted_{reply.status}")).encode()
            self._answer(reply, error if reply.payload is None else reply.payload)
        elif path.endswith("/embeddings"):
            request.status, request.answered = (
                200,
                True,
            )  # before the answer leaves: its reader may look at once
            self._send(200, _embeddings(body))
        else:
            self._complete(request, reply, released)

    def _complete(self, request: RecordedRequest, reply: Reply, released: threading.Event) -> None:
        answer = _answer_text(request, reply)
        usage = self.server.provider.usage_of(request, answer)
        payload = reply.payload or json.dumps(_completion(request, reply, answer, usage)).encode()
        request.status = 200
        match reply.fault:
            case Fault.TRUNCATED_JSON:
                self._answer(reply, payload[: len(payload) // 2])
            case Fault.INVALID_JSON:
                self._answer(reply, b"<html><body>upstream is tired</body></html>")
            case Fault.CUT_OFF:
                self.close_connection = True
                self.wfile.write(_head(200, len(payload), reply.headers) + payload[: len(payload) // 2])
            case Fault.TRICKLE:
                self._trickle(_head(200, len(payload), {}), payload, reply.delay_seconds, released)
            case Fault.TRICKLE_HEAD:
                self._trickle(b"", _head(200, len(payload), {}) + payload, reply.delay_seconds, released)
            case _:
                request.usage = usage
                request.answered = reply.fault is None and reply.payload is None
                self._answer(reply, payload)

    def _answer(self, reply: Reply, payload: bytes) -> None:
        self.close_connection = self.close_connection or reply.closes
        if reply.is_compressed:
            self._write(reply.status, gzip.compress(payload), {**reply.headers, "Content-Encoding": "gzip"})
        else:
            self._write(reply.status, payload, reply.headers)

    def _trickle(self, at_once: bytes, payload: bytes, seconds_per_byte: float, released: threading.Event) -> None:
        self.close_connection = True
        self.wfile.write(at_once)
        for position in range(len(payload)):
            if released.wait(seconds_per_byte):
                return
            self.wfile.write(payload[position : position + 1])

    def _reset(self) -> None:
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def _send(self, status: int, body: Mapping[str, Any], *, headers: Mapping[str, str] | None = None) -> None:
        self._write(status, json.dumps(body).encode(), headers or {})

    def _write(self, status: int, payload: bytes, headers: Mapping[str, str]) -> None:
        """Send head and body in one packet: two would wait for each other's acknowledgement."""
        self.wfile.write(_head(status, len(payload), headers) + payload)


def _head(status: int, length: int, headers: Mapping[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} Scripted", "Content-Type: application/json", f"Content-Length: {length}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode()


def _error(code: str) -> dict[str, Any]:
    return {"error": {"message": f"The scripted provider says {code}.", "type": code, "code": code, "param": None}}


def _answer_text(request: RecordedRequest, reply: Reply) -> str:
    if isinstance(reply.content, str):
        return reply.content
    if reply.content is not None:
        return json.dumps(reply.content, ensure_ascii=False)
    if request.schema is None:
        return PLAIN_TEXT
    return json.dumps(fitting_answer(request.schema, records_count=request.records_count), ensure_ascii=False)


def _completion(request: RecordedRequest, reply: Reply, answer: str, usage: Usage) -> dict[str, Any]:
    message = {"role": "assistant", "content": answer} if reply.message is None else reply.message
    choices = [{"index": 0, "message": message, "finish_reason": reply.finish_reason}]
    return {
        "id": f"chatcmpl-{request.number}",
        "object": "chat.completion",
        "created": int(request.received_at),
        "model": reply.model or request.model,
        "choices": [] if reply.fault is Fault.EMPTY_CHOICES else choices,
        "usage": _usage(usage) if reply.usage is None else reply.usage,
    }


def _usage(usage: Usage) -> dict[str, Any]:
    return {
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.input_tokens + usage.output_tokens,
        "prompt_tokens_details": {"cached_tokens": usage.cached_tokens},
    }


def _embeddings(body: Mapping[str, Any]) -> dict[str, Any]:
    texts = body["input"] if isinstance(body["input"], list) else [body["input"]]
    tokens = sum(max(1, len(text) // CHARS_PER_TOKEN) for text in texts)
    data = [{"object": "embedding", "index": index, "embedding": _embedding(text)} for index, text in enumerate(texts)]
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    return {"object": "list", "model": body.get("model", ""), "data": data, "usage": usage}


def _embedding(text: str) -> list[float]:
    """Hash the words into a unit vector: texts that share words are near each other."""
    vector = [0.0] * EMBEDDING_DIMENSIONS
    for word in re.findall(r"\w+", text.lower()):
        vector[int.from_bytes(hashlib.blake2b(word.encode(), digest_size=4).digest()) % EMBEDDING_DIMENSIONS] += 1.0
    length = math.sqrt(sum(part * part for part in vector)) or 1.0
    return [part / length for part in vector]
