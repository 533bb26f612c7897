"""Trained NER models that the operator switches on, run by Presidio; what they find is united with everything else.

A model is a spaCy package or folder (`en_core_web_lg`), or a folder with a transformers model, written
`transformers:/path`.
It must be installed: nothing is ever downloaded.
"""

import importlib
import importlib.util
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

from inference.redaction.entities import Entity
from inference.redaction.errors import RedactionEngineUnavailable
from inference.redaction.language import UNKNOWN, languages_by_segment
from inference.redaction.reading import Reading
from inference.redaction.spans import Span

TRANSFORMERS = "transformers:"
_PIECE_CHARS = 5_000
_ENTITIES = {
    "PERSON": Entity.PERSON,
    "LOCATION": Entity.LOCATION,
    "ORGANIZATION": Entity.ORGANISATION,
}


class TrainedModel(Protocol):
    """One language's model."""

    def find(self, text: str) -> Iterable[Span]: ...


class TrainedModelRecogniser:
    """Runs each sentence through the model of its language; the rest is left to the other recognisers."""

    def __init__(self, models: Mapping[str, TrainedModel]) -> None:
        self._models = models

    def find(self, reading: Reading) -> Iterable[Span]:
        for start, end, language in _joined(languages_by_segment(reading.text)):
            model = self._models.get(language) or self._models.get(UNKNOWN)
            if model is None:
                continue
            for piece in range(start, end, _PIECE_CHARS):
                text = reading.text[piece : min(end, piece + _PIECE_CHARS)]
                for span in model.find(text):
                    yield Span(span.start + piece, span.end + piece, span.entity, span.score)


def _joined(segments: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Neighbouring sentences of one language as one: a model is called once for them."""
    joined: list[tuple[int, int, str]] = []
    for start, end, language in segments:
        if joined and joined[-1][2] == language:
            joined[-1] = (joined[-1][0], end, language)
        else:
            joined.append((start, end, language))
    return joined


class _PresidioModel:
    """A recogniser of Presidio's and the NLP engine that feeds it."""

    def __init__(self, recogniser: Any, nlp_engine: Any, language: str) -> None:
        self._recogniser = recogniser
        self._nlp_engine = nlp_engine
        self._language = language

    def find(self, text: str) -> Iterable[Span]:
        artifacts = self._nlp_engine.process_text(text, self._language) if self._nlp_engine else None
        for result in self._recogniser.analyze(text, list(_ENTITIES), artifacts):
            entity = _ENTITIES.get(result.entity_type)
            if entity is not None:
                yield Span(result.start, result.end, entity, min(float(result.score), 0.95) * 0.7)


def load_trained_models(models: Mapping[str, str]) -> TrainedModelRecogniser:
    """Load a model per language code. Raises RedactionEngineUnavailable: none is ever left out."""
    loaded: dict[str, TrainedModel] = {}
    for language, name in models.items():
        try:
            loaded[language] = (
                _transformers(name, language) if name.startswith(TRANSFORMERS) else _spacy(name, language)
            )
        except RedactionEngineUnavailable:
            raise
        except Exception as error:
            message = f"REDACTION_NER_MODELS: {name} for {language} did not load: {type(error).__name__}"
            raise RedactionEngineUnavailable(message) from error
    return TrainedModelRecogniser(loaded)


def _spacy(name: str, language: str) -> TrainedModel:
    if not (importlib.util.find_spec(name) if name.isidentifier() else Path(name).is_dir()):
        raise RedactionEngineUnavailable(f"REDACTION_NER_MODELS: {name} for {language} is not installed")
    engines: Any = importlib.import_module("presidio_analyzer.nlp_engine")
    recognisers: Any = importlib.import_module("presidio_analyzer.predefined_recognizers")
    engine = engines.SpacyNlpEngine(models=[{"lang_code": language, "model_name": name}])
    engine.load()
    return _PresidioModel(recognisers.SpacyRecognizer(supported_language=language), engine, language)


def _transformers(name: str, language: str) -> TrainedModel:
    folder = Path(name.removeprefix(TRANSFORMERS))
    if not folder.is_dir() or importlib.util.find_spec("transformers") is None:
        raise RedactionEngineUnavailable(
            f"REDACTION_NER_MODELS: {name} for {language}: no such folder, or no transformers"
        )
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    recognisers: Any = importlib.import_module("presidio_analyzer.predefined_recognizers")
    recogniser = recognisers.HuggingFaceNerRecognizer(model_name=str(folder), supported_language=language)
    recogniser.load()
    return _PresidioModel(recogniser, None, language)
