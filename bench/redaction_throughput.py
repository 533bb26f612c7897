"""Prints what redaction costs beside plain Presidio: python -m bench.redaction_throughput."""

import warnings

from inference.redaction import RedactionPolicy
from inference.redaction.redactor import build_engine
from mlops.redaction_report.throughput import SIZES, measure


def main() -> None:
    warnings.simplefilter("ignore")
    print(f"{'CPU ms for a text of':44}" + "".join(f"{size:>12,}" for size in SIZES))
    rows = measure(build_engine({}), RedactionPolicy())
    for row in rows:
        cells = "".join(f"{'given up':>12}" if ms is None else f"{ms:12.2f}" for ms in row.milliseconds.values())
        print(f"{row.name:44}{cells}")


if __name__ == "__main__":
    main()
