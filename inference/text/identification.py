"""Tell the language of a text among those that the engine has word lists for."""

import functools
from collections.abc import Sequence

from py3langid.langid import MODEL_FILE, LanguageIdentifier

MAX_CHARACTERS = 3_000


def identified(text: str, languages: Sequence[str]) -> str:
    """Return the likeliest language of a text among some of them. A text without letters gives any of them."""
    ranked = _identifier().rank(text[:MAX_CHARACTERS])
    return str(next(language for language, _ in ranked if language in languages))


def load() -> None:
    """Load the identifier: half a second and 60 MB, which processes that are forked afterwards share."""
    _identifier()


@functools.cache
def _identifier() -> LanguageIdentifier:
    return LanguageIdentifier.from_model_file(MODEL_FILE)
