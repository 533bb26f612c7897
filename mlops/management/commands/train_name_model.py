"""Train the lexicon and the name model that ship with the platform; needs the development dependencies."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser

from inference.redaction.engine import Engine
from inference.redaction.policy import RedactionPolicy
from inference.redaction.recognisers.names import load_names
from inference.redaction.redactor import DATA
from mlops.name_model import lexicon_building, sources, trainer
from mlops.redaction_report.data_sets import lower_case
from mlops.redaction_report.generated_sets import unseen_names
from mlops.redaction_report.scores import LabelledText, Share, recall


class Command(BaseCommand):
    help = (
        "Train the name model on synthetic sentences. --trial leaves fifteen locales out, writes "
        "to another folder and prints "
        "how many of their names are found: the figure for names that nobody has listed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--trial", type=Path, metavar="FOLDER", help="train without the held-out locales into FOLDER"
        )
        parser.add_argument("--examples", type=int, default=trainer.EXAMPLES)

    def handle(self, *, trial: Path | None, examples: int, **_options: object) -> None:
        try:
            words = lexicon_building.collect(without=sources.HELD_OUT_LOCALES if trial else ())
        except FileNotFoundError as error:
            raise CommandError(str(error)) from error
        weights, cues = trainer.train(words, examples=examples, log=self.stdout.write)
        folder = trial or DATA
        folder.mkdir(parents=True, exist_ok=True)
        trainer.write(folder, words, weights, cues)
        size = sum(path.stat().st_size for path in folder.glob("*.json.gz"))
        self.stdout.write(f"{len(words.flags):,} words, {len(weights):,} features, {size / 1e6:.1f} MB in {folder}")
        if trial:
            self._print_unseen(Engine([load_names(folder)]))

    def _print_unseen(self, engine: Engine) -> None:
        texts = unseen_names()
        self.stdout.write("locale   as written   without capitals")
        written, lower = _by_locale(engine, texts), _by_locale(engine, lower_case(texts))
        for locale, share in sorted(written.items()):
            self.stdout.write(f"{locale}    {share.value:.2f}         {lower[locale].value:.2f}   (n {share.n})")
        for name, shares in (("all", written), ("all without capitals", lower)):
            total = sum(shares.values(), Share())
            low, high = total.interval()
            self.stdout.write(f"{name}: {total.value:.3f} ({low:.2f} to {high:.2f})")


def _by_locale(engine: Engine, texts: list[LabelledText]) -> dict[str, Share]:
    found: dict[str, Share] = {}
    for (locale, _), share in recall(engine, RedactionPolicy(), texts).items():
        found[locale] = found.get(locale, Share()) + share
    return found
