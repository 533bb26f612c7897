"""When a failed attempt is tried again, and after how long: the only retry layer there is."""

import random

from django.conf import settings

from inference.errors import ModelError, ModelFailed, ModelRateLimited, UnusableAnswer

MAX_ATTEMPTS = 3
MAX_ATTEMPTS_AT_AN_ANSWER = 2
MAX_ATTEMPTS_WITH_OTHER_PARAMETERS = 6  # of a server that takes neither schemas nor two of the usual parameters
FIRST_WAIT_SECONDS = 0.25
MAX_WAIT_SECONDS = 4.0


def seconds_until_retry(error: ModelError, *, attempt: int) -> float | None:
    """Return how long to wait before the next attempt, or None when there should be none.

    Full jitter (Brooker 2015, "Exponential Backoff And Jitter"), never shorter than the provider's Retry-After. A
    provider that asks for more patience than LLM_LONGEST_RETRY_WAIT_SECONDS is not waited for: the caller is told
    when to come back.
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
