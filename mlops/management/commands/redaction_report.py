"""Measure redaction and say plainly what it finds and what it misses; needs the development dependencies."""

import datetime as dt
import warnings
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from inference.redaction.redactor import build_engine, configured_models
from mlops.redaction_report.report import Report

BEGIN, END = "<!-- report -->", "<!-- end of report -->"


class Command(BaseCommand):
    help = "Measure redaction on labelled sets, clean feedback and attacks, beside plain Presidio; print the tables."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--write", type=Path, help="put the tables between the marks of this Markdown file")
        parser.add_argument("--data", type=Path, default=settings.BASE_DIR.parent / "shared" / "data")

    def handle(self, *, data: Path, write: Path | None, **_options: object) -> None:
        warnings.simplefilter("ignore")
        models = configured_models()
        demo = settings.BASE_DIR / "feedback" / "demo" / "records.jsonl"
        lines = []
        for line in Report(build_engine(models), data, demo, models).lines():
            self.stdout.write(line)
            lines.append(line)
        if write is not None:
            _put(write, "\n".join(lines))


def _put(path: Path, tables: str) -> None:
    text = path.read_text("utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise CommandError(f"{path} lacks the marks {BEGIN} and {END}")
    today = dt.datetime.now(dt.UTC).date().isoformat()
    stamp = f"Made by `make redaction-report` on {today}."
    path.write_text(f"{before}{BEGIN}\n\n{stamp}\n\n{tables}\n\n{END}{after}", "utf-8")
