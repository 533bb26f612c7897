"""When a failed attempt is tried again, and when not."""

from collections.abc import Callable

import pytest

from inference.errors import ModelError, ModelFailed, ModelRateLimited, ModelTimedOut, ModelUnreachable, UnusableAnswer
from inference.gateway.retries import seconds_until_retry
from usage.failure_reasons import FailureReason


@pytest.mark.parametrize("error", [ModelUnreachable(), ModelTimedOut(), ModelFailed(500), ModelFailed(503)])
def test_transport_and_server_errors_are_tried_three_times(error: ModelError) -> None:
    assert seconds_until_retry(error, attempt=1) is not None
    assert seconds_until_retry(error, attempt=2) is not None
    assert seconds_until_retry(error, attempt=3) is None


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
def test_a_refusal_is_not_tried_again(status: int) -> None:
    assert seconds_until_retry(ModelFailed(status), attempt=1) is None


def test_an_unusable_answer_is_asked_for_once_more() -> None:
    assert seconds_until_retry(UnusableAnswer("not_json"), attempt=1) is not None
    assert seconds_until_retry(UnusableAnswer("not_json"), attempt=2) is None


@pytest.mark.parametrize(
    "reason",
    [
        FailureReason.CONTENT_FILTER,
        FailureReason.AUTHENTICATION,
        FailureReason.MODEL_NOT_FOUND,
        FailureReason.CONTEXT_LENGTH,
        FailureReason.REFUSAL,
        FailureReason.OUTPUT_CUT_OFF,
    ],
)
@pytest.mark.parametrize("make", [lambda why: ModelFailed(500, why), lambda why: UnusableAnswer("any", why)])
def test_a_call_that_cannot_come_out_differently_is_not_tried_again(
    make: Callable[[FailureReason], ModelError], reason: FailureReason
) -> None:
    assert seconds_until_retry(make(reason), attempt=1) is None


def test_a_quota_that_is_used_up_is_not_waited_for() -> None:
    assert seconds_until_retry(ModelRateLimited(1.0, is_out_of_quota=True), attempt=1) is None


def test_a_request_with_other_parameters_is_sent_at_once_and_not_for_ever() -> None:
    error = ModelFailed(400, refused_parameter="max_tokens")
    assert seconds_until_retry(error, attempt=1) is None
    error.was_adapted_to = True
    assert [seconds_until_retry(error, attempt=number) for number in (1, 5, 6)] == [0.0, 0.0, None]


def test_a_rate_limit_is_waited_for_as_long_as_the_provider_asks() -> None:
    wait = seconds_until_retry(ModelRateLimited(3.0), attempt=1)
    assert wait is not None
    assert 3.0 <= wait <= 3.5


def test_a_provider_that_asks_for_long_patience_is_not_waited_for() -> None:
    assert seconds_until_retry(ModelRateLimited(60.0), attempt=1) is None


def test_waits_stay_below_their_bound_and_differ() -> None:
    waits = [seconds_until_retry(ModelFailed(500), attempt=1) for _ in range(50)]
    assert all(wait is not None and 0 <= wait <= 0.5 for wait in waits)
    assert len(set(waits)) > 1
