"""Plain Presidio beside ours: its own engine with its own recognisers, or with ours wrapped, without a trained model."""

from collections.abc import Sequence
from typing import Any

import spacy
from presidio_analyzer import AnalyzerEngine, EntityRecognizer, RecognizerRegistry, RecognizerResult
from presidio_analyzer.nlp_engine import NlpArtifacts, SpacyNlpEngine

from inference.redaction.policy import RedactionPolicy
from inference.redaction.reading import Reading, Recogniser

LANGUAGE = "en"


class _BlankPipelines(SpacyNlpEngine):
    """spaCy's tokeniser alone: no trained model comes from the package registry."""

    def load(self) -> None:
        self.nlp = {LANGUAGE: spacy.blank(LANGUAGE)}
        self.nlp[LANGUAGE].max_length = 10_000_000


class _Wrapped(EntityRecognizer):  # type: ignore[misc]
    """One of our recognisers as Presidio calls them."""

    def __init__(self, recogniser: Recogniser, policy: RedactionPolicy) -> None:
        self._recogniser, self._policy = recogniser, policy
        super().__init__(sorted(policy.redacted_entities), name=type(recogniser).__name__, supported_language=LANGUAGE)

    def load(self) -> None:
        """Nothing: it was loaded by us."""

    def analyze(self, text: str, entities: list[str], nlp_artifacts: NlpArtifacts) -> list[RecognizerResult]:
        spans = self._recogniser.find(Reading(text, self._policy))
        return [RecognizerResult(span.entity, span.start, span.end, min(span.score, 1.0)) for span in spans if span.entity in entities]


def with_its_own_recognisers() -> Any:
    """Presidio as it comes, English, pattern recognisers only."""
    registry = RecognizerRegistry(supported_languages=[LANGUAGE])
    registry.load_predefined_recognizers(languages=[LANGUAGE])
    return _engine(registry)


def with_our_recognisers(recognisers: Sequence[Recogniser], policy: RedactionPolicy) -> Any:
    """Presidio's engine around exactly the recognisers that ours runs."""
    registry = RecognizerRegistry(supported_languages=[LANGUAGE])
    for recogniser in recognisers:
        registry.add_recognizer(_Wrapped(recogniser, policy))
    return _engine(registry)


def _engine(registry: RecognizerRegistry) -> Any:
    nlp_engine = _BlankPipelines()
    nlp_engine.load()
    return AnalyzerEngine(registry=registry, nlp_engine=nlp_engine, supported_languages=[LANGUAGE])
