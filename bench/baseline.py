"""One process of a baseline: threads that call the model provider in a loop, with httpx or LiteLLM alone.

Reads its plan as JSON on the first line of standard input and says "ready" when it is warm. For every further line it
measures one round and writes the result as JSON. The call is the same that the server sent, taken from the provider.
"""

import json
import os
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import httpx

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
WARM_UP_CALLS = 5


@dataclass(frozen=True)
class BaselinePlan:
    """library: "httpx" or "litellm". completion: the body of the chat completion."""

    library: str
    base_url: str
    completion: dict[str, Any]
    threads: int
    warm_up_seconds: float
    seconds: float


@dataclass(frozen=True)
class BaselineResult:
    milliseconds: list[float]
    cpu_seconds: float


def with_httpx(plan: BaselinePlan) -> Callable[[], object]:
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    client = httpx.Client(base_url=plan.base_url, limits=limits, timeout=60, trust_env=False)
    headers = {"Authorization": "Bearer sk-scripted"}

    def call() -> object:
        answer = client.post("/chat/completions", json=plan.completion, headers=headers).raise_for_status()
        return answer.json()["choices"][0]["message"]["content"]

    return call


def with_litellm(plan: BaselinePlan) -> Callable[[], object]:
    import litellm  # noqa: PLC0415  (2 s and 150 MB that the httpx baseline must not pay)

    litellm.telemetry = False
    litellm.suppress_debug_info = True
    asked = plan.completion

    def call() -> object:
        answer = litellm.completion(
            model="openai/scripted",
            api_base=plan.base_url,
            api_key="sk-scripted",
            messages=asked["messages"],
            response_format=asked["response_format"],
            timeout=60,
            max_retries=0,
        )
        return answer.choices[0].message.content

    return call


CALLERS = {"httpx": with_httpx, "litellm": with_litellm}


def serve(plan: BaselinePlan) -> None:
    """Measure a round for every line of standard input."""
    call = CALLERS[plan.library](plan)
    for _ in range(WARM_UP_CALLS):
        call()
    print("ready", flush=True)
    for _ in sys.stdin:
        print(json.dumps(asdict(run(plan, call))), flush=True)


def run(plan: BaselinePlan, call: Callable[[], object]) -> BaselineResult:
    begin = time.perf_counter() + plan.warm_up_seconds
    end = begin + plan.seconds
    milliseconds: list[float] = []
    threads = [threading.Thread(target=_loop, args=(call, begin, end, milliseconds)) for _ in range(plan.threads)]
    for thread in threads:
        thread.start()
    time.sleep(max(0.0, begin - time.perf_counter()))
    cpu_before = time.process_time()
    time.sleep(max(0.0, end - time.perf_counter()))
    cpu_seconds = time.process_time() - cpu_before
    for thread in threads:
        thread.join()
    return BaselineResult(milliseconds, cpu_seconds)


def _loop(call: Callable[[], object], begin: float, end: float, milliseconds: list[float]) -> None:
    """Call until the end; what finishes within the window counts."""
    while (started := time.perf_counter()) < end:
        call()
        finished = time.perf_counter()
        if begin <= finished <= end:
            milliseconds.append((finished - started) * 1000)


if __name__ == "__main__":
    serve(BaselinePlan(**json.loads(sys.stdin.readline())))
