"""Call model providers. No other package does."""

from inference.gateway.attempts import (
    attempt,
    attempt_to_embed,
    breaker_of,
    embedder_of,
    embedder_version,
    load,
    warm_up,
)
from inference.gateway.calls import ModelAnswer, ModelRequest

__all__ = [
    "ModelAnswer",
    "ModelRequest",
    "attempt",
    "attempt_to_embed",
    "breaker_of",
    "embedder_of",
    "embedder_version",
    "load",
    "warm_up",
]
