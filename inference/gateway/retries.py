"""Decide whether and when a failed attempt is tried again. There is no other retry layer."""

import random

from django.conf import settings

from inference.errors import ModelError, ModelFailed, ModelRateLimited, UnusableAnswer

MAX_ATTEMPTS = 3
MAX_ATTEMPTS_AT_AN_ANSWER = 2
MAX_ATTEMPTS_WITH_OTHER_PARAMETERS = 6  # enough for a server without schemas and two other parameters
FIRST_WAIT_SECONDS = 0.25
MAX_WAIT_SECONDS = 4.0


def seconds_until_retry(error: ModelError, *, attempt: int) -> float | None:
    """Return the seconds to wait before the next attempt, or None for no further attempt.

    Full jitter (Brooker 2015, "Exponential Backoff And Jitter"), never shorter than the provider's Retry-After. There
    is no further attempt when Retry-After exceeds LLM_LONGEST_RETRY_WAIT_SECONDS: the caller is told when to retry.
    """
    if isinstance(error, ModelFailed) and error.was_adapted_to:
        return 0.0 if attempt < MAX_ATTEMPTS_WITH_OTHER_PARAMETERS else None
    limit = MAX_ATTEMPTS_AT_AN_ANSWER if isinstance(error, UnusableAnswer) else MAX_ATTEMPTS
    if attempt >= limit or not error.is_transient:
        return None
    jittered = random.uniform(0, min(MAX_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2**attempt))
    if not isinstance(error, ModelRateLimited) or error.retry_after_seconds is None:
        return jittered
    if error.retry_after_seconds > settings.LLM_LONGEST_RETRY_WAIT_SECONDS:
        return None
    return error.retry_after_seconds + jittered
