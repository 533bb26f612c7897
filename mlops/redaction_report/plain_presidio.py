"""Plain Presidio beside ours: its engine with its own recognisers or with ours, without a trained model."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import spacy
import tldextract.tldextract
from presidio_analyzer import AnalyzerEngine, EntityRecognizer, RecognizerRegistry, RecognizerResult
from presidio_analyzer.nlp_engine import NlpArtifacts, SpacyNlpEngine
from presidio_anonymizer import AnonymizerEngine

from inference.redaction.policy import RedactionPolicy
from inference.redaction.reading import Reading, Recogniser

LANGUAGE = "en"


class PlainPresidio:
    """Analyzer and anonymizer, one after the other."""

    def __init__(self, analyzer: AnalyzerEngine) -> None:
        self._analyzer = analyzer
        self._anonymizer: Any = AnonymizerEngine()  # type: ignore[no-untyped-call]

    def find(self, text: str) -> list[RecognizerResult]:
        """Return the values that it would take out."""
        results: list[RecognizerResult] = self._analyzer.analyze(text, LANGUAGE)
        return results

    def redact(self, text: str) -> str:
        """Return the text with values replaced by their types."""
        return str(self._anonymizer.anonymize(text, self.find(text)).text)


class _BlankPipelines(SpacyNlpEngine):
    """spaCy's tokeniser alone: no trained model comes from the package registry."""

    def load(self) -> None:
        pipeline = spacy.blank(LANGUAGE)
        pipeline.max_length = 10_000_000
        self.nlp: Any = {LANGUAGE: pipeline}


class _Wrapped(EntityRecognizer):
    """One of our recognisers as Presidio calls them."""

    def __init__(
        self, recogniser: Recogniser, policy: RedactionPolicy, read: Callable[[str, RedactionPolicy], Reading]
    ) -> None:
        self._recogniser, self._policy, self._read = recogniser, policy, read
        super().__init__(sorted(policy.redacted_entities), name=type(recogniser).__name__, supported_language=LANGUAGE)

    def load(self) -> None:
        """Nothing: it was loaded by us."""

    def analyze(self, text: str, entities: list[str], nlp_artifacts: NlpArtifacts) -> list[RecognizerResult]:
        spans = self._recogniser.find(self._read(text, self._policy))
        return [
            RecognizerResult(span.entity, span.start, span.end, min(span.score, 1.0))
            for span in spans
            if span.entity in entities
        ]


def with_its_own_recognisers() -> PlainPresidio:
    """Presidio as it comes, English, pattern recognisers only."""
    registry = RecognizerRegistry(supported_languages=[LANGUAGE])
    registry.load_predefined_recognizers(languages=[LANGUAGE])
    return _engine(registry)


def with_our_recognisers(
    recognisers: Sequence[Recogniser], policy: RedactionPolicy, *, is_reading_shared: bool
) -> PlainPresidio:
    """Presidio's engine around exactly the recognisers that ours runs.

    is_reading_shared: a text is split into words once for all of them, which Presidio has no way to do by itself.
    """
    read = lru_cache(maxsize=1)(Reading) if is_reading_shared else Reading
    registry = RecognizerRegistry(supported_languages=[LANGUAGE])
    for recogniser in recognisers:
        registry.add_recognizer(_Wrapped(recogniser, policy, read))
    return _engine(registry)


def _engine(registry: RecognizerRegistry) -> PlainPresidio:
    # Presidio's e-mail recogniser fetches the public-suffix list at first use otherwise
    tldextract.tldextract.TLD_EXTRACTOR = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
    nlp_engine = _BlankPipelines()
    nlp_engine.load()
    return PlainPresidio(AnalyzerEngine(registry=registry, nlp_engine=nlp_engine, supported_languages=[LANGUAGE]))
