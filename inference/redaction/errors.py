"""Errors of redaction.

RedactionError                  nothing may be sent to a model
├── RedactionTimeout            the deadline passed before the text was safe
├── RedactionEngineUnavailable  a configured part (a trained model, Presidio) did not load
└── RedactionFailed             anything unexpected while redacting
InvalidPolicy                   a tenant's redaction policy cannot be used as written
└── InvalidPattern              a custom pattern does not compile, is too broad or never ends
"""


class RedactionError(Exception):
    """The text could not be made safe: the call is refused and nothing is sent."""


class RedactionTimeout(RedactionError):
    """The deadline passed before the text was safe."""


class RedactionEngineUnavailable(RedactionError):
    """A configured part of the engine did not load."""


class RedactionFailed(RedactionError):
    """Something unexpected happened; its text is left out of the message, since it could quote a record."""


class InvalidPolicy(ValueError):
    """A redaction policy cannot be used as written; the message is fit for the person who wrote it."""


class InvalidPattern(InvalidPolicy):
    """A custom pattern does not compile, is too broad or is not linear in time."""
