"""A model provider with low overhead: raw asyncio, with answers built once per schema.

It reads every request to its end, counts it and answers after the delay in force, as the scripted provider
of the tests would (same answers). `GET /control/delay/0.3` sets the delay, `GET /control/state` tells the
number of calls, the maximum of open calls, and the last body by answer name.
"""

import asyncio
import json
import sys
from dataclasses import dataclass, field
from typing import Any

from tests.support.provider.answers import PLAIN_TEXT, fitting_answer

CHARS_PER_TOKEN = 4
RESPONSE_FORMAT = b'"response_format"'


@dataclass
class State:
    """The state that all connections share."""

    delay_seconds: float = 0.0
    calls: int = 0
    open_calls: int = 0
    most_open_calls: int = 0
    completions: dict[bytes, bytes] = field(default_factory=dict)
    bodies: dict[str, Any] = field(default_factory=dict)

    def completion(self, body: bytes) -> bytes:
        """Return the whole HTTP answer to a chat completion.

        What was built is found again by the schema: it stands behind the messages, which differ.
        """
        start = body.rfind(RESPONSE_FORMAT)
        if start < 0:
            return _response(_completion(PLAIN_TEXT), len(body))
        key = body[start:]
        if key not in self.completions:
            self.completions[key] = self._build(body)
        return _response(self.completions[key], len(body))

    def _build(self, body: bytes) -> bytes:
        request = json.loads(body)
        asked = request["response_format"]["json_schema"]
        self.bodies[asked["name"]] = request
        return _completion(json.dumps(fitting_answer(asked["schema"])))


def _completion(answer: str) -> bytes:
    """A completion with %d in place of the input tokens and of all tokens."""
    marked = {"prompt_tokens": -1, "completion_tokens": len(answer) // CHARS_PER_TOKEN, "total_tokens": -1}
    choice = {"index": 0, "message": {"role": "assistant", "content": answer}, "finish_reason": "stop"}
    completion = {
        "id": "chatcmpl-bench",
        "object": "chat.completion",
        "created": 1,
        "model": "scripted",
        "choices": [choice],
        "usage": marked | {"prompt_tokens_details": {"cached_tokens": 0}},
    }
    return json.dumps(completion).encode().replace(b"%", b"%%").replace(b"-1", b"%d")


def _response(template: bytes, body_length: int) -> bytes:
    tokens = body_length // CHARS_PER_TOKEN
    return _http(template % (tokens, tokens))


def _http(payload: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (
        len(payload),
        payload,
    )


class Connection(asyncio.Protocol):
    """One keep-alive connection: whole requests in, answers out."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.received = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.received += data
        while (end_of_head := self.received.find(b"\r\n\r\n")) >= 0:
            head = bytes(self.received[:end_of_head])
            end = end_of_head + 4 + content_length(head)
            if len(self.received) < end:
                return
            body = bytes(self.received[end_of_head + 4 : end])
            del self.received[:end]
            self.answer(head, body)

    def answer(self, head: bytes, body: bytes) -> None:
        if head.startswith(b"GET /control/"):
            self.transport.write(_http(self.control(head.split(b" ", 2)[1].decode())))
            return
        state = self.state
        state.calls += 1
        state.open_calls += 1
        state.most_open_calls = max(state.most_open_calls, state.open_calls)
        if state.delay_seconds:
            asyncio.get_running_loop().call_later(state.delay_seconds, self.finish, state.completion(body))
        else:
            self.finish(state.completion(body))

    def finish(self, answer: bytes) -> None:
        self.state.open_calls -= 1
        if not self.transport.is_closing():
            self.transport.write(answer)

    def control(self, path: str) -> bytes:
        state = self.state
        if path.startswith("/control/delay/"):
            state.delay_seconds = float(path.rpartition("/")[2])
            state.most_open_calls = state.open_calls
        told = {"calls": state.calls, "most_open_calls": state.most_open_calls, "bodies": state.bodies}
        return json.dumps(told).encode()


def content_length(head: bytes) -> int:
    """Length of the body that a request's or an answer's head announces; 0 when it does not."""
    start = head.lower().find(b"\r\ncontent-length:")
    if start < 0:
        return 0
    return int(head[start + 17 :].split(b"\r\n", 1)[0])


async def serve() -> None:
    state = State()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(state), "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)  # until the parent closes the pipe or ends


if __name__ == "__main__":
    asyncio.run(serve())
