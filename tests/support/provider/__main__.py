"""Serve the scripted provider alone, for trying things by hand."""

import argparse
import contextlib
import threading

from tests.support.provider import ScriptedProvider, serving


def main() -> None:
    parser = argparse.ArgumentParser(description="Serve the scripted model provider on loopback.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--delay", type=float, default=0.0, help="seconds before each answer")
    parser.add_argument("--fail-every", type=int, default=0, metavar="N", help="status 500 for every N-th call")
    options = parser.parse_args()
    provider = ScriptedProvider(delay_seconds=options.delay, keeps_requests=100)
    if options.fail_every:
        provider.fail_every(options.fail_every)
    with serving(provider, port=options.port):
        print(provider.base_url, flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    main()
