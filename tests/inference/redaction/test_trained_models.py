"""A trained model that the operator switches on is run through Presidio and united with the rest."""

from pathlib import Path

import pytest
import spacy
from pytest_django.fixtures import Settings

from inference.admin import name_models_card
from inference.redaction import RedactionPolicy
from inference.redaction.engine import Engine
from inference.redaction.recognisers.trained_models import load_trained_models
from inference.redaction.redactor import Redactor


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A spaCy pipeline on disk that knows one name nobody else would."""
    pipeline = spacy.blank("en")
    pipeline.add_pipe("entity_ruler").add_patterns([{"label": "PERSON", "pattern": "the tall one"}])  # type: ignore[attr-defined]
    folder = tmp_path_factory.mktemp("model") / "pipeline"
    pipeline.to_disk(folder)
    return folder


@pytest.mark.filterwarnings("ignore")
def test_what_a_trained_model_finds_is_redacted_in_its_language_only(model: Path) -> None:
    redactor = Redactor(Engine([load_trained_models({"en": str(model)})]))
    english = redactor.open_session(RedactionPolicy())
    french = redactor.open_session(RedactionPolicy())
    assert (
        english.redact("We have been told that the tall one is here.") == "We have been told that <PERSON_1> is here."
    )
    assert "the tall one" in french.redact("Nous avons vu the tall one dans le camp avec les enfants.")


def test_the_first_page_says_which_languages_have_a_trained_model(settings: Settings) -> None:
    settings.REDACTION_NER_MODELS = {"en": "en_core_web_lg", "fr": "/models/fr"}
    card = name_models_card()
    assert card.figure == "2 / 16"
    assert "es, pt" in card.text
    assert "en," not in card.text
    settings.REDACTION_NER_MODELS = {}
    assert name_models_card().figure == "0 / 16"
