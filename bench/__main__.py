"""Run all parts of the server's benchmark and write docs/benchmarks.md: `python -m bench`, about ten minutes.

Every part can be run alone in less than three minutes, for example `python -m bench.one_call`.
"""

from bench import delays, many_calls, one_call, shedding, start, stored_keys
from bench.page import run_part

PARTS = (one_call, many_calls, delays, shedding, start, stored_keys)


def main() -> None:
    for part in PARTS:
        run_part(part.__name__.removeprefix("bench."), part.__doc__ or "", part.measure, ["--write"])


if __name__ == "__main__":
    main()
