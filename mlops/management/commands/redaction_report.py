"""Measure redaction and say plainly what it finds and what it misses; needs the development dependencies."""

import datetime as dt
import warnings
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from inference.redaction.engine import Engine
from inference.redaction.redactor import build_engine, configured_models
from mlops.redaction_report import own_texts
from mlops.redaction_report.report import Report
from mlops.redaction_report.scores import LabelledText

BEGIN, END = "<!-- report -->", "<!-- end of report -->"


class Command(BaseCommand):
    help = "Measure redaction on labelled sets, clean feedback and attacks, beside plain Presidio; print the tables."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--write", type=Path, help="put the tables between the marks of this Markdown file")
        parser.add_argument(
            "--texts",
            type=Path,
            nargs="+",
            metavar="FILE",
            help="measure texts of your own instead: JSON lines with language, text and spans (start, end, kind)",
        )
        parser.add_argument(
            "--fresh", type=Path, nargs="+", default=[], metavar="FILE", help="such texts as a section of the report"
        )
        parser.add_argument(
            "--errors", action="store_true", help="with --texts: print the values missed and the words lost as well"
        )
        parser.add_argument("--data", type=Path, default=settings.BASE_DIR.parent / "shared" / "data")

    def handle(
        self,
        *,
        data: Path,
        write: Path | None,
        texts: list[Path] | None,
        fresh: list[Path],
        errors: bool,
        **_options: object,
    ) -> None:
        warnings.simplefilter("ignore")
        models = configured_models()
        engine = build_engine(models)
        if texts:
            self._measure(engine, texts, prints_errors=errors)
            return
        demo = settings.BASE_DIR / "feedback" / "demo" / "records.jsonl"
        lines = []
        for line in Report(engine, data, demo, models, _read(fresh)).lines():
            self.stdout.write(line)
            lines.append(line)
        if write is not None:
            _put(write, "\n".join(lines))

    def _measure(self, engine: Engine, paths: list[Path], *, prints_errors: bool) -> None:
        texts = _read(paths)
        if not texts:
            raise CommandError("there is no text in these files")
        for line in own_texts.tables(engine, texts):
            self.stdout.write(line)
        if prints_errors:
            for line in own_texts.errors(engine, texts):
                self.stdout.write(line)


def _read(paths: list[Path]) -> list[LabelledText]:
    try:
        return [text for path in paths for text in own_texts.read_texts(path)]
    except (own_texts.UnreadableTexts, OSError, UnicodeDecodeError) as error:
        raise CommandError(str(error)) from error


def _put(path: Path, tables: str) -> None:
    text = path.read_text("utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise CommandError(f"{path} lacks the marks {BEGIN} and {END}")
    today = dt.datetime.now(dt.UTC).date().isoformat()
    stamp = f"Made by `make redaction-report` on {today}."
    path.write_text(f"{before}{BEGIN}\n\n{stamp}\n\n{tables}\n\n{END}{after}", "utf-8")
