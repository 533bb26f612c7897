"""Measure the cost of coding and the quality of coding without a language model: `python -m bench.coding`.

The framework, the quotes and the labelled texts are those of ../shared/data; without them the demo's framework is used
and quality is not measured. A full run keeps its figures in docs/coding.md.
"""

import argparse
import os
import re
from collections.abc import Iterator

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qfa_project.settings")
django.setup()

from bench.coding_costs import costs_table  # noqa: E402 - labels need the applications
from bench.coding_editor import editor_table  # noqa: E402
from bench.coding_quality import (  # noqa: E402
    QUOTES,
    SHARED,
    SYNTHETIC,
    growth_table,
    labelled_sets,
    prefixes_table,
    quotes_table,
    taught_table,
)
from coding.frameworks.formats.registry import read_file  # noqa: E402
from coding.frameworks.tree import leaves  # noqa: E402
from tests.support.web_server import REPOSITORY  # noqa: E402

FRAMEWORK = SHARED / "coding_framework_trees" / "ifrc_covid19.dev.json"
DEMO = REPOSITORY / "coding" / "demo" / "framework.json"
PAGE = REPOSITORY / "docs" / "coding.md"
FIGURES = re.compile(r"(?<=<!-- figures -->\n).*?(?=<!-- end of figures -->)", re.DOTALL)
RECORDS, RECORDS_SHORT = 1_000, 50


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure coding; see docs/coding.md.")
    parser.add_argument("--short", action="store_true", help="fewer records, no training, printed only")
    print(run(parser.parse_args().short))


def run(short: bool) -> str:
    """Measure, and return a section in Markdown; a full run over the real framework writes it into docs/coding.md."""
    section = "\n\n".join(_parts(short)) + "\n"
    if not short and FRAMEWORK.exists():
        PAGE.write_text(FIGURES.sub(lambda _: f"\n{section}\n", PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    return section


def _parts(short: bool) -> Iterator[str]:
    file = FRAMEWORK if FRAMEWORK.exists() else DEMO
    tree = read_file(file.name, file.read_bytes()).tree
    count = RECORDS_SHORT if short else RECORDS
    yield f"Cost, {len(leaves(tree))} codes of `{file.name}`, {count:,} records:"
    yield costs_table(tree, count)
    if SYNTHETIC.exists() and FRAMEWORK.exists():
        yield "What cutting the framework costs in quality, the offline coder as the reader of the prompt:"
        yield prefixes_table(tree)
    if QUOTES.exists() and FRAMEWORK.exists():
        yield "Coding without a model:"
        yield quotes_table(tree)
    yield "The editor, its server's part:"
    yield editor_table()
    sets = [] if short else list(labelled_sets())
    if sets:
        yield "With reviewed records:"
        yield taught_table(sets)
        yield growth_table(sets[0])


if __name__ == "__main__":
    main()
