"""Measure the quality of the offline engine: `python -m bench.offline`.

Coding of the demo's records by language, and sensitivity of a file of texts that somebody else wrote, one JSON object a
line with `language`, `text` and `is_sensitive`: `python -m bench.offline --sensitivity FILE`.
"""

import argparse
import json
import os
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qfa_project.settings")
django.setup()

from coding.frameworks.formats.registry import read_file  # noqa: E402 - models exist only now
from coding.strategies.offline_coder import OfflineCoder  # noqa: E402
from feedback.offline.sensitivity import sensitive_matters  # noqa: E402
from inference.text.reading import read_text  # noqa: E402
from tests.support.offline_texts import DEMO, ROOT  # noqa: E402

FRAMEWORK = ROOT / "coding" / "demo" / "framework.json"


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the offline engine; see docs/offline.md.")
    parser.add_argument("--sensitivity", type=Path, help="texts as JSON Lines")
    file = parser.parse_args().sensitivity
    print("\n".join(sensitivity_table(file) if file else coding_table()))


def coding_table() -> Iterator[str]:
    """Yield the shares of the demo's records whose type, category and code come first."""
    coder = OfflineCoder(read_file(FRAMEWORK.name, FRAMEWORK.read_bytes()).tree)
    by_id = {placed.code.id: placed for placed in coder.codes}
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0, 0])
    for record in DEMO:
        if not record["code"]:
            continue
        right = by_id[record["code"]]
        ranked = [code.placed for code in coder.rank(record["content"])]
        found = ranked[0].path
        hits = (
            True,
            found[:1] == right.path[:1],
            found[:2] == right.path[:2],
            found == right.path,
            right in ranked[:5],
        )
        for language in ("all", record["language"]):
            counts[language] = [count + hit for count, hit in zip(counts[language], hits, strict=True)]
    yield "| language | records | type | category | code | code in the first five |"
    yield "|---|---|---|---|---|---|"
    for language, (records, *found_counts) in counts.items():
        shares = " | ".join(f"{count / records:.0%}" for count in found_counts)
        yield f"| {language} | {records} | {shares} |"


def sensitivity_table(file: Path) -> Iterator[str]:
    """Yield how many sensitive texts are flagged, and how many harmless ones."""
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for line in file.read_text(encoding="utf-8").splitlines():
        text = json.loads(line)
        is_flagged, is_sensitive = bool(sensitive_matters(read_text(text["text"]))), text["is_sensitive"]
        hits = (is_sensitive and is_flagged, is_sensitive, not is_sensitive and is_flagged, not is_sensitive)
        for language in ("all", text["language"]):
            counts[language] = [count + hit for count, hit in zip(counts[language], hits, strict=True)]
    yield "| language | sensitive, flagged | harmless, flagged |"
    yield "|---|---|---|"
    for language, (found, sensitive, false, harmless) in counts.items():
        yield f"| {language} | {found} of {sensitive} | {false} of {harmless} |"


if __name__ == "__main__":
    main()
