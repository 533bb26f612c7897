"""Look for calls that get lost where a provider closes persistent connections: `python -m bench.keep_alive`.

64 threads call a provider of another process, which closes connections after random idle times, after answers, and
while a request may be on its way. Every call has to be answered; an attempt that failed on transport is made again, as
the retry layer would. A call is lost when none of three attempts was answered, or when one waited out its time.
The same calls through `litellm.completion` alone give the ratio of processor time.
"""

import argparse
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import django

MAX_ATTEMPTS = 3
TIMEOUT_SECONDS = 30.0
MESSAGES = [{"role": "system", "content": "Rules. " * 200}, {"role": "user", "content": "The pump is broken. " * 20}]
SCHEMA = {
    "type": "object",
    "properties": {"title": {"type": "string"}, "summary": {"type": "string"}},
    "required": ["title", "summary"],
    "additionalProperties": False,
}


def main() -> None:
    parser = argparse.ArgumentParser(description="Call a provider that closes kept-alive connections.")
    parser.add_argument("--calls", type=int, default=10_000)
    parser.add_argument("--threads", type=int, default=64)
    parser.add_argument("--compared-calls", type=int, default=300, help="calls through LiteLLM, for the ratio")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qfa_project.settings")
    django.setup()
    with subprocess.Popen(
        [sys.executable, "-m", "bench.closing_provider"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as provider:
        assert provider.stdout
        base = f"http://127.0.0.1:{int(provider.stdout.readline())}/v1"
        print(f"load average before: {os.getloadavg()[0]:.1f}")
        report_losses(run(direct_caller(base), options.calls, options.threads), options.calls)
        compare(base, options.compared_calls)
        provider.communicate("")


def direct_caller(base: str) -> Callable[[], str]:
    """Return a function that makes one call through the gateway and says how it ended."""
    from inference import gateway  # noqa: PLC0415 (after Django's setup)
    from inference.connections import ModelConnection  # noqa: PLC0415
    from inference.errors import ModelError  # noqa: PLC0415
    from inference.prompting import RenderedPrompt  # noqa: PLC0415

    connection = ModelConnection("openai/scripted", api_base=base, api_key="sk-bench")
    prompt = RenderedPrompt(MESSAGES[0]["content"], MESSAGES[1]["content"])
    request = gateway.ModelRequest(connection, prompt, "Summary", SCHEMA, 4096)

    def call() -> str:
        try:
            return "answered" if gateway.attempt(request, timeout_seconds=TIMEOUT_SECONDS).text else "empty"
        except ModelError as error:
            return type(error).__name__

    return call


def litellm_caller(base: str) -> Callable[[], str]:
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
    import litellm  # noqa: PLC0415 (it takes seconds)

    response_format = {"type": "json_schema", "json_schema": {"name": "Summary", "strict": True, "schema": SCHEMA}}
    parameters: dict[str, Any] = {"temperature": 0, "max_tokens": 4096, "max_retries": 0}

    def call() -> str:
        litellm.completion(
            "openai/scripted", MESSAGES, response_format=response_format, api_base=base, api_key="sk", **parameters
        )
        return "answered"

    return call


def run(call: Callable[[], str], calls: int, threads: int) -> Counter[str]:
    """Make so many calls from so many threads. Outcomes: of the last attempt, and of the attempts before it."""
    outcomes: Counter[str] = Counter()
    numbers = iter(range(calls))
    lock = threading.Lock()

    def work() -> None:
        while True:
            with lock:
                if next(numbers, None) is None:
                    return
            for attempt in range(1, MAX_ATTEMPTS + 1):
                began = time.monotonic()
                outcome = call()
                with lock:
                    outcomes["slowest ms"] = max(outcomes["slowest ms"], round((time.monotonic() - began) * 1000))
                    outcomes[outcome if outcome == "answered" else f"attempt: {outcome}"] += 1
                    outcomes["lost"] += outcome != "answered" and attempt == MAX_ATTEMPTS
                if outcome == "answered":
                    break

    began, used = time.monotonic(), time.process_time()
    workers = [threading.Thread(target=work) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    outcomes["seconds"] = round(time.monotonic() - began)
    outcomes["processor us a call"] = round((time.process_time() - used) / calls * 1e6)
    return outcomes


def report_losses(outcomes: Counter[str], calls: int) -> None:
    print(f"{calls} calls: {dict(sorted(outcomes.items()))}")
    assert outcomes["answered"] == calls, "calls were lost"


def compare(base: str, calls: int) -> None:
    """Compare processor time per call of the callers on persistent connections, in turns and in one thread."""
    steady = base.replace("/v1", "/steady/v1")
    callers = {"direct": direct_caller(steady), "litellm": litellm_caller(steady)}
    used = dict.fromkeys(callers, 0.0)
    for name in [*callers] * 4:
        callers[name]()
        began = time.process_time()
        for _ in range(calls // 4):
            callers[name]()
        used[name] += (time.process_time() - began) / (calls // 4) / 4
    print(", ".join(f"{name} {seconds * 1000:.2f} ms" for name, seconds in used.items()), "of processor time a call;")
    print(f"ratio {used['litellm'] / used['direct']:.1f}")


if __name__ == "__main__":
    main()
