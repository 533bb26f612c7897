"""Entry point: one engine per process, one session per API call."""

import os
import threading
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from inference.redaction.engine import Engine
from inference.redaction.errors import RedactionError
from inference.redaction.policy import RedactionPolicy
from inference.redaction.quasi_identifiers import QuasiIdentifiers, quasi_identifiers
from inference.redaction.reading import Recogniser
from inference.redaction.recognisers.contact import ContactRecogniser
from inference.redaction.recognisers.custom import CustomPatternRecogniser
from inference.redaction.recognisers.names import load_names
from inference.redaction.recognisers.national_ids import load_national_ids
from inference.redaction.recognisers.numbers import NumberRecogniser
from inference.redaction.recognisers.personal import PersonalDateRecogniser
from inference.redaction.recognisers.places import PlaceRecogniser
from inference.redaction.recognisers.spoken import SpokenNumberRecogniser
from inference.redaction.recognisers.trained_models import load_trained_models
from inference.redaction.session import RedactionSession

NAME_DATA = Path(__file__).parent / "names" / "data"


class Redactor:
    """Opens sessions on one engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def open_session(
        self, policy: RedactionPolicy, deadline: float | None = None, *, is_redacting: bool = True
    ) -> RedactionSession:
        """A session for one API call.

        deadline: on the clock of time.monotonic(); None means none. is_redacting=False neutralises and
        escapes only, and
        is refused unless the policy allows it: auditing that is the caller's duty. Raises RedactionError.
        """
        if not is_redacting and not policy.may_be_switched_off:
            raise RedactionError("the tenant's policy does not allow redaction to be switched off")
        return RedactionSession(self._engine, policy, deadline, is_redacting=is_redacting)

    def quasi_identifiers(self, text: str) -> QuasiIdentifiers:
        """Find words that together could name a person; a warning for pages, nothing is taken out for it."""
        return quasi_identifiers(text, self._engine)


_lock = threading.Lock()


def build_engine(trained_models: Mapping[str, str]) -> Engine:
    """Load every recogniser. Raises RedactionEngineUnavailable."""
    recognisers: list[Recogniser] = [
        CustomPatternRecogniser(),
        ContactRecogniser(),
        NumberRecogniser(),
        load_national_ids(),
        PlaceRecogniser(),
        SpokenNumberRecogniser(),
        PersonalDateRecogniser(),
        load_names(NAME_DATA),
    ]
    if trained_models:
        recognisers.append(load_trained_models(trained_models))
    return Engine(recognisers)


@lru_cache(maxsize=1)
def _redactor() -> Redactor:
    return Redactor(build_engine(configured_models()))


def configured_models() -> dict[str, str]:
    """Trained models by language, from the setting REDACTION_NER_MODELS."""
    is_configured = settings.configured or "DJANGO_SETTINGS_MODULE" in os.environ
    return dict(getattr(settings, "REDACTION_NER_MODELS", {})) if is_configured else {}


def get_redactor() -> Redactor:
    """The process's redactor, built at first use. Raises RedactionEngineUnavailable."""
    with _lock:
        return _redactor()


def warm_up() -> None:
    """Load everything that the first record would otherwise wait for. Raises RedactionEngineUnavailable."""
    get_redactor().open_session(RedactionPolicy()).redact("Warm up: Amina, أمينة, +000 000 000 000.")
