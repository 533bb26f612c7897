"""A model provider that closes connections when it likes: after answers, and after random idle times from 0 on.

Under /steady/ connections stay open. Runs until standard input ends; prints its port.
"""

import asyncio
import contextlib
import json
import random
import sys

from bench.fast_provider import content_length

CLOSED_AFTER_ANSWER = 0.1
MAX_IDLE_SECONDS = 0.02  # callers come back sooner or later than that: many requests meet a connection that is closing
ANSWER = json.dumps(
    {
        "object": "chat.completion",
        "model": "scripted",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": '{"title": "T", "summary": "S"}'},
                "finish_reason": "stop",
            }
        ],
        "usage": {"prompt_tokens": 500, "completion_tokens": 10, "total_tokens": 510},
    }
).encode()
RESPONSE = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(ANSWER), ANSWER)


async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    is_steady = True  # until the first request: a new connection is not closed before it
    with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError, TimeoutError):
        while True:
            idle_seconds = None if is_steady else random.random() * MAX_IDLE_SECONDS + 0.0001
            first = await asyncio.wait_for(reader.readexactly(1), idle_seconds)
            head = first + await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(content_length(head[:-4]))
            is_steady = b"/steady/" in head.split(b"\r\n", 1)[0]
            writer.write(RESPONSE)
            await writer.drain()
            if not is_steady and random.random() < CLOSED_AFTER_ANSWER:
                break
    writer.close()


async def serve() -> None:
    server = await asyncio.start_server(converse, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve())
