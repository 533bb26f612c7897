"""The page of the benchmarks: a section for every part, which the part itself writes."""

import argparse
import datetime
import os
import platform
import re
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.web_server import REPOSITORY

PAGE = REPOSITORY / "docs" / "benchmarks.md"


@dataclass(frozen=True)
class Aim:
    text: str
    measured: str
    is_met: bool


@dataclass
class Section:
    """Results of a part. texts: paragraphs and tables in Markdown, after the table of aims."""

    title: str
    aims: list[Aim] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)


def run_part(
    name: str, description: str, measure: Callable[[], Section], arguments: Sequence[str] | None = None
) -> None:
    """Run a part as a command, print its section, and write it into the page with --write."""
    parser = argparse.ArgumentParser(prog=f"python -m bench.{name}", description=description)
    parser.add_argument("--write", action="store_true", help="also write the section into docs/benchmarks.md")
    options = parser.parse_args(arguments)
    load_average, started = os.getloadavg()[0], time.monotonic()
    section = measure()
    text = render(section, f"python -m bench.{name}", load_average)
    print(text)
    say(f"({time.monotonic() - started:.0f} s)")
    if options.write:
        write_section(PAGE, name, text)


def render(section: Section, command: str, load_average: float) -> str:
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    how = f"`{command}`, {today}, {machine}, load average {load_average:.1f} before the start."
    return "\n\n".join([f"## {section.title}", how, *_aims(section.aims), *section.texts]) + "\n"


def _aims(aims: Iterable[Aim]) -> Iterable[str]:
    cells = [[aim.text, aim.measured, "yes" if aim.is_met else "**no**"] for aim in aims]
    return [table("aim|measured|met", cells)] if cells else []


def write_section(page: Path, name: str, text: str) -> None:
    """Replace the section between the part's comments. The page must have them."""
    block = re.compile(rf"(?<=<!-- {name} -->\n).*?(?=<!-- end of {name} -->)", re.DOTALL)
    written, count = block.subn(lambda _: f"\n{text}\n", page.read_text(encoding="utf-8"))
    assert count == 1, f"{page} has no section {name}"
    page.write_text(written, encoding="utf-8")


def table(heads: str, rows: Iterable[Sequence[str]]) -> str:
    names = heads.split("|")
    lines = [names, ["---"] * len(names), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
