"""A session with the strictest defaults, and the engine under it."""

import pytest

from inference.redaction import RedactionPolicy, RedactionSession, get_redactor


@pytest.fixture
def session() -> RedactionSession:
    return get_redactor().open_session(RedactionPolicy())
