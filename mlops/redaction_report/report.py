"""The report: every promise of redaction measured and written as tables in Markdown."""

import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from inference.redaction.engine import Engine
from inference.redaction.entities import ON_REQUEST
from inference.redaction.language import UNKNOWN, supported
from inference.redaction.policy import RedactionPolicy
from inference.redaction.redactor import Redactor
from mlops.redaction_report import data_sets, generated_sets, own_texts, plain_presidio, throughput
from mlops.redaction_report.generated_layouts import Layouts
from mlops.redaction_report.scores import (
    LabelledText,
    Share,
    WordScore,
    clean_words,
    covered_characters,
    macro_mean,
    recall,
    word_score,
)
from mlops.redaction_report.tables import percent, table, with_interval

IGNORED_IN_PRESIDIOS_SET = frozenset({"DATE_TIME", "TITLE", "PREFIX", "NRP"})
"""Kinds of that set that no policy of ours redacts."""
_PLACES_AND_ORGANISATIONS = frozenset({"GPE", "LOCATION", "ORGANIZATION", "AGE"})
_BLIND_LANGUAGES = ("ar", "es", "fa", "fr", "pt", "ru", "tr", "uk")
_FEW = 30


class Report:
    """Measures one engine; sections yield lines of Markdown."""

    def __init__(
        self, engine: Engine, data: Path, demo: Path, models: Mapping[str, str], fresh: Sequence[LabelledText] = ()
    ) -> None:
        self._engine = engine
        self._data = data
        self._demo = demo
        self._models = models
        self._fresh = list(fresh)
        self._policy = RedactionPolicy()
        self._everything = RedactionPolicy(extra_entities=frozenset(ON_REQUEST))

    def lines(self) -> Iterator[str]:
        """All sections; data sets that are absent are named as such."""
        sections: tuple[Callable[[], Iterable[str]], ...] = (
            self._languages,
            self._fresh_texts,
            self._structured,
            self._layouts,
            self._own_set,
            self._demo_records,
            self._presidios_set,
            self._clinical_set,
            self._clean_feedback,
            self._blind_sentences,
            self._quasi_identifiers,
            self._attacks,
            self._throughput,
        )
        for section in sections:
            yield from section()
            yield ""

    def _languages(self) -> Iterator[str]:
        yield "### Name models by language"
        yield ""
        names = [*supported(), UNKNOWN]
        trained = [f"{language} ({self._models[language]})" for language in names if language in self._models]
        yield f"Trained model from REDACTION_NER_MODELS: {', '.join(trained) or 'none'}."
        rest = [language for language in names if language not in self._models]
        yield f"Lexicon and the linear model that ships with the platform alone: {', '.join(rest)}."

    def _fresh_texts(self) -> Iterator[str]:
        yield "### Fresh texts: written by others, by their forms and not by ours"
        yield ""
        if not self._fresh:
            yield "Absent here; `manage.py redaction_report --fresh FILE...` measures them."
            return
        yield from own_texts.tables(self._engine, self._fresh)

    def _structured(self) -> Iterator[str]:
        texts = generated_sets.structured()
        yield "### Structured values, generated, by language (recall; n per kind in the last column)"
        yield ""
        recalled = recall(self._engine, self._policy, texts)
        kinds = list(dict.fromkeys(kind for kind, _ in recalled))
        yield from table(["language", *kinds, "n", "lowest bound of 95 %"], self._structured_rows(recalled, kinds))

    def _structured_rows(self, recalled: Mapping[tuple[str, str], Share], kinds: list[str]) -> Iterator[list[str]]:
        for language in dict.fromkeys(language for _, language in recalled):
            shares = [recalled[kind, language] for kind in kinds]
            lowest = min(share.interval()[0] for share in shares)
            yield [language, *(f"{share.value:.3f}" for share in shares), str(shares[0].n), f"{lowest:.3f}"]
        by_kind = [[share for (named, _), share in recalled.items() if named == kind] for kind in kinds]
        yield ["all values alike (micro)", *(f"{sum(shares, Share()).value:.3f}" for shares in by_kind), "", ""]
        yield ["all languages alike (macro)", *(f"{macro_mean(shares):.3f}" for shares in by_kind), "", ""]

    def _layouts(self) -> Iterator[str]:
        yield "### Structured values, generated, several to a text: lists without spaces, CSV, forms, JSON"
        yield ""
        shares: dict[str, Share] = {}
        for (kind, _), share in recall(self._engine, self._policy, Layouts().texts()).items():
            shares[kind] = shares.get(kind, Share()) + share
        yield from table(
            ["layout and kind", "recall"], ([kind, with_interval(share)] for kind, share in shares.items())
        )

    def _own_set(self) -> Iterator[str]:
        texts = data_sets.labelled(self._data, "own_pii_feedback_7lang/items.jsonl")
        yield "### own_pii_feedback_7lang"
        yield ""
        if not texts:
            yield "Absent here."
            return
        kinds = ("PERSON", "PHONE", "EMAIL", "ID")
        recalled = recall(self._engine, self._policy, texts)
        lower = recall(self._engine, self._policy, data_sets.lower_case(texts))
        clean = clean_words(self._engine, self._policy, texts)
        columns = [{language: recalled[kind, language] for language in clean} for kind in kinds]
        columns += [{language: lower["PERSON", language] for language in clean}, clean]
        headers = ["language", *kinds, "PERSON without capitals", "clean words redacted"]
        yield from table(headers, _by_language(columns))

    def _demo_records(self) -> Iterator[str]:
        texts = data_sets.demo_records(self._demo)
        yield "### The demo's feedback records (written by others than who built redaction, never trained on)"
        yield ""
        recalled = recall(self._engine, self._policy, texts)
        clean = clean_words(self._engine, self._policy, texts)
        columns = [
            {language: recalled.get((kind, language), Share()) for language in clean}
            for kind in ("PERSON", "STRUCTURED")
        ]
        yield from table(["language", "PERSON", "STRUCTURED", "clean words redacted"], _by_language([*columns, clean]))

    def _presidios_set(self) -> Iterator[str]:
        texts = data_sets.labelled(self._data, "presidio_synth_en/sentences.jsonl")
        yield "### presidio_synth_en"
        yield ""
        if not texts:
            yield "Absent here."
            return
        default, recalled = (recall(self._engine, policy, texts) for policy in (self._policy, self._everything))
        yield from table(
            ["kind", "default policy", "everything asked for"],
            (
                [kind, with_interval(default[kind, language]), with_interval(share)]
                for (kind, language), share in sorted(recalled.items())
            ),
        )
        yield ""
        yield "Words of all types:"
        yield ""
        plain = plain_presidio.with_its_own_recognisers()
        ignored = IGNORED_IN_PRESIDIOS_SET | _PLACES_AND_ORGANISATIONS
        rows = {
            "ours, default policy": self._word_score(texts, self._policy, ignored),
            "plain Presidio, default policy's kinds": word_score(_found_by(plain, texts), ignored),
            "ours, everything asked for": self._word_score(texts, self._everything, IGNORED_IN_PRESIDIOS_SET),
            "plain Presidio, everything": word_score(_found_by(plain, texts), IGNORED_IN_PRESIDIOS_SET),
        }
        yield from table(
            ["engine", "precision", "recall", "F2"],
            (
                [name, f"{score.precision:.3f}", f"{score.recall:.3f}", f"{score.f2:.3f}"]
                for name, score in rows.items()
            ),
        )

    def _word_score(self, texts: list[LabelledText], policy: RedactionPolicy, ignored: frozenset[str]) -> WordScore:
        pairs = ((text, covered_characters(self._engine, policy, text.text)) for text in texts)
        return word_score(pairs, ignored)

    def _clinical_set(self) -> Iterator[str]:
        texts = data_sets.labelled(self._data, "meddocan_es_surrogate/documents.jsonl")
        yield "### meddocan_es_surrogate (long Spanish documents)"
        yield ""
        if not texts:
            yield "Absent here."
            return
        described = [data_sets.without_described_ids(text) for text in texts]
        default, recalled = (recall(self._engine, policy, described) for policy in (self._policy, self._everything))
        rows = (
            [kind, with_interval(default[kind, language]), with_interval(share)]
            for (kind, language), share in sorted(recalled.items())
            if share.n >= _FEW
        )
        yield from table(["kind", "default policy", "everything asked for"], rows)

    def _clean_feedback(self) -> Iterator[str]:
        yield "### Clean feedback: words redacted although nobody marked them (real names left in the data count too)"
        yield ""
        sets = {
            "nhs_fft_v6 (en)": data_sets.clean(self._data, "nhs_fft_v6/comments.jsonl", "text", "en"),
            "disaster_response_messages (en)": data_sets.clean(
                self._data, "disaster_response_messages/messages.jsonl", "text_en", "en"
            ),
            "disaster_response_messages, originals (ht, fr, ur in Latin script)": data_sets.clean(
                self._data, "disaster_response_messages/messages.jsonl", "text_original", "ht"
            ),
        }
        rows: list[list[str]] = []
        for name, texts in sets.items():
            shares = clean_words(self._engine, self._policy, texts).values()
            rows.extend([name, percent(share), f"{share.n:,}"] for share in shares)
        yield from table(["set", "words redacted", "words"], rows)

    def _blind_sentences(self) -> Iterator[str]:
        yield "### Clean sentences of another field: translations of Django REST framework"
        yield ""
        texts = data_sets.interface_sentences(_BLIND_LANGUAGES)
        shares = clean_words(self._engine, self._policy, texts)
        rows = ([language, percent(share), f"{share.n:,}"] for language, share in sorted(shares.items()))
        yield from table(["language", "words redacted", "words"], rows)

    def _quasi_identifiers(self) -> Iterator[str]:
        yield "### Quasi-identifiers: demo records with a role, an event; those with both and a place are warned of"
        yield ""
        redactor = Redactor(self._engine)
        counts: dict[str, Counter[str]] = {}
        for record in data_sets.demo_records(self._demo):
            identifiers = redactor.quasi_identifiers(record.text)
            count = counts.setdefault(record.language, Counter())
            count += Counter(
                records=1,
                role=bool(identifiers.roles),
                event=bool(identifiers.events),
                warned=identifiers.could_identify,
            )
        columns = ("records", "role", "event", "warned")
        rows = ([language, *(str(count[column]) for column in columns)] for language, count in sorted(counts.items()))
        yield from table(["language", *columns], rows)

    def _attacks(self) -> Iterator[str]:
        texts = data_sets.attacks(self._data)
        yield "### Attacks (injection_in_feedback)"
        yield ""
        redacted = [Redactor(self._engine).open_session(self._policy).redact(text) for text in texts]
        tags = sum(bool(re.search(r"</|<(?![A-Z_]+_[0-9]+>)", text)) for text in redacted)
        yield f"{len(texts)} attacked records; {tags} still hold a tag that a prompt would read as its own."

    def _throughput(self) -> Iterator[str]:
        yield f"### CPU milliseconds on one core ({os.cpu_count()} cores in the machine)"
        yield ""
        measured = throughput.measure(self._engine, self._policy)
        yield from table(
            ["engine", *(f"{size:,} characters" for size in throughput.SIZES)],
            (
                [row.name, *("given up" if ms is None else f"{ms:,.2f}" for ms in row.milliseconds.values())]
                for row in measured
            ),
        )
        yield ""
        ours, *others = measured
        yield "Characters a second, ours against the others, in the same run:"
        yield ""
        yield from table(
            ["against", *(f"{size:,} characters" for size in throughput.SIZES)],
            ([other.name, *(_times(ours, other, size) for size in throughput.SIZES)] for other in others),
        )


def _times(ours: throughput.Throughput, other: throughput.Throughput, size: int) -> str:
    mine, theirs = ours.milliseconds[size], other.milliseconds[size]
    return f"{theirs / mine:.1f} x" if mine and theirs else "-"


def _by_language(columns: Sequence[Mapping[str, Share]]) -> Iterator[list[str]]:
    """Rows of shares by language, the last column in per cent, and both means below them."""
    *recalls, clean = columns
    for language in sorted(clean):
        yield [language, *(with_interval(column[language]) for column in recalls), percent(clean[language])]
    micro = [with_interval(sum(column.values(), Share())) for column in recalls]
    yield ["all values alike (micro)", *micro, percent(sum(clean.values(), Share()))]
    macro = [f"{macro_mean(column.values()):.3f}" for column in recalls]
    yield ["all languages alike (macro)", *macro, f"{100 * macro_mean(clean.values()):.2f} %"]


def _found_by(
    plain: plain_presidio.PlainPresidio, texts: list[LabelledText]
) -> Iterator[tuple[LabelledText, set[int]]]:
    for text in texts:
        yield text, {place for result in plain.find(text.text) for place in range(result.start, result.end)}
