"""Takes personal data out of text before a model sees it, and puts it back into the answer.

Nothing here touches the database or the network, and nothing heavy is imported before warm_up() or the first record.
"""

from inference.redaction.custom_patterns import CustomPattern, validate_custom_pattern
from inference.redaction.entities import Entity
from inference.redaction.errors import (
    InvalidPattern,
    InvalidPolicy,
    RedactionEngineUnavailable,
    RedactionError,
    RedactionFailed,
    RedactionTimeout,
)
from inference.redaction.policy import RedactionPolicy
from inference.redaction.redactor import Redactor, get_redactor, warm_up
from inference.redaction.session import RedactionSession

__all__ = [
    "CustomPattern",
    "Entity",
    "InvalidPattern",
    "InvalidPolicy",
    "RedactionEngineUnavailable",
    "RedactionError",
    "RedactionFailed",
    "RedactionPolicy",
    "RedactionSession",
    "RedactionTimeout",
    "Redactor",
    "get_redactor",
    "validate_custom_pattern",
    "warm_up",
]
