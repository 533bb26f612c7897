"""Call model providers. No other package does."""

from inference.gateway.attempts import attempt, breaker_of, load, warm_up
from inference.gateway.calls import ModelAnswer, ModelRequest

__all__ = ["ModelAnswer", "ModelRequest", "attempt", "breaker_of", "load", "warm_up"]
