"""Train the lexicon and the name model that ship with the platform; needs the development dependencies."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser

from inference.redaction.engine import Engine
from inference.redaction.policy import RedactionPolicy
from inference.redaction.recognisers.names import load_names
from inference.redaction.redactor import NAME_DATA
from mlops.name_model import lexicon_building, sources, trainer
from mlops.name_model.corpus import Corpus, Example
from mlops.name_model.lexicon_building import Words
from mlops.redaction_report.data_sets import lower_case
from mlops.redaction_report.generated_sets import unseen_names
from mlops.redaction_report.scores import LabelledText, Share, Value, recall

_TRIAL_SENTENCES = 600


class Command(BaseCommand):
    help = (
        "Train the name model on synthetic sentences. --trial leaves fifteen locales out, writes to another folder and "
        "prints how many of their names are found: the figure for names that nobody has listed. --without-language "
        "leaves a language's sentences out of a trial and prints how many names are found in them."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--trial", type=Path, metavar="FOLDER", help="train without the held-out locales into FOLDER"
        )
        parser.add_argument("--without-language", nargs="+", default=[], metavar="LANGUAGE")
        parser.add_argument("--examples", type=int, default=trainer.EXAMPLES)

    def handle(self, *, trial: Path | None, without_language: list[str], examples: int, **_options: object) -> None:
        known = set(sources.templates()) - {"any"}
        if unknown := set(without_language) - known:
            raise CommandError(f"no sentences of {', '.join(sorted(unknown))}; there are {', '.join(sorted(known))}")
        if without_language and not trial:
            raise CommandError("--without-language is for a --trial")
        try:
            words = lexicon_building.collect(without=sources.HELD_OUT_LOCALES if trial else ())
        except FileNotFoundError as error:
            raise CommandError(str(error)) from error
        folder = trial or NAME_DATA
        for language in without_language:
            self._train(words, folder, examples, known - {language})
            self._print_language(words, Engine([load_names(folder)]), language)
        if not without_language:
            self._train(words, folder, examples, known)
            if trial:
                self._print_unseen(Engine([load_names(folder)]))

    def _train(self, words: Words, folder: Path, examples: int, languages: set[str]) -> None:
        weights, cues = trainer.train(words, examples=examples, languages=languages, log=self.stdout.write)
        folder.mkdir(parents=True, exist_ok=True)
        trainer.write(folder, words, weights, cues)
        size = sum(path.stat().st_size for path in folder.glob("*.json.gz"))
        self.stdout.write(f"{len(words.flags):,} words, {len(weights):,} features, {size / 1e6:.1f} MB in {folder}")

    def _print_language(self, words: Words, engine: Engine, language: str) -> None:
        """Print how many names are found in the sentences of a language that no model was trained on."""
        examples = Corpus(words, trainer.SEED + 1).sentences_of(language, _TRIAL_SENTENCES)
        shares = recall(engine, RedactionPolicy(), [_labelled(example, language) for example in examples])
        self.stdout.write(f"sentences of {language}: {_with_interval(shares['PERSON', language])}")

    def _print_unseen(self, engine: Engine) -> None:
        texts = unseen_names()
        self.stdout.write("locale   as written   without capitals")
        written, lower = _by_locale(engine, texts), _by_locale(engine, lower_case(texts))
        for locale, share in sorted(written.items()):
            self.stdout.write(f"{locale}    {share.value:.2f}         {lower[locale].value:.2f}   (n {share.n})")
        for name, shares in (("all", written), ("all without capitals", lower)):
            self.stdout.write(f"{name}: {_with_interval(sum(shares.values(), Share()))}")


def _labelled(example: Example, language: str) -> LabelledText:
    values = tuple(Value(start, end, label) for start, end, label in example.spans)
    return LabelledText(language, example.text, values)


def _with_interval(share: Share) -> str:
    low, high = share.interval()
    return f"{share.value:.3f} ({low:.2f} to {high:.2f}, n {share.n})"


def _by_locale(engine: Engine, texts: list[LabelledText]) -> dict[str, Share]:
    shares: dict[str, Share] = {}
    for (locale, _), share in recall(engine, RedactionPolicy(), texts).items():
        shares[locale] = shares.get(locale, Share()) + share
    return shares
