"""Several calls at a time: order, errors of single records, and calls that are not made."""

import threading
import time

import pytest

from inference.errors import (
    InsufficientTime,
    ModelError,
    ModelFailed,
    ModelUnavailable,
    ModelUnreachable,
    OperationTimedOut,
    TooManyTokens,
    UnusableAnswer,
)
from inference.fan_out import (
    REASONS_ABOUT_PROVIDER,
    REASONS_ABOUT_RECORD,
    RecordError,
    answered,
    ensure_any_answered,
    fan_out,
    fan_out_records,
)
from inference.redaction.errors import RedactionError
from usage.errors import UsageBackendUnavailable
from usage.failure_reasons import FailureReason

pytestmark = pytest.mark.usefixtures("database")
RECORD_ERRORS = [
    UnusableAnswer("not_json"),
    ModelFailed(400),
    ModelUnreachable(),
    ModelUnavailable(),
    TooManyTokens(9, 8),
    InsufficientTime(),
    OperationTimedOut(),
]
FATAL_ERRORS = [RedactionError(), UsageBackendUnavailable(), ZeroDivisionError()]


@pytest.mark.parametrize("error", RECORD_ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_of_a_record_is_its_result(error: RecordError) -> None:
    def work(number: int) -> int:
        if number == 3:
            raise error
        return number

    assert fan_out_records(work, range(12)) == [0, 1, 2, error, *range(4, 12)]


@pytest.mark.parametrize("error", FATAL_ERRORS, ids=lambda error: type(error).__name__)
def test_any_other_error_ends_the_whole(error: Exception) -> None:
    def work(number: int) -> int:
        if number == 3:
            raise error
        return number

    with pytest.raises(type(error)):
        fan_out_records(work, range(12))


def test_nothing_is_begun_after_an_error_that_ends_the_whole() -> None:
    begun: list[int] = []

    def work(number: int) -> None:
        begun.append(number)
        if number == 1:
            raise InsufficientTime
        # The first result comes last: the error behind it may not wait for it.
        time.sleep(0.5 if number == 0 else 0.01)

    with pytest.raises(InsufficientTime):
        fan_out(work, range(400))
    assert len(begun) < 100


def test_a_provider_that_answers_nobody_is_left_alone() -> None:
    asked: list[int] = []

    def work(number: int) -> int:
        asked.append(number)
        raise ModelUnreachable

    results = fan_out_records(work, range(100))
    assert all(isinstance(result, ModelUnreachable) for result in results)
    assert len(asked) < 50


def test_a_provider_that_answered_once_is_asked_about_every_record() -> None:
    asked: list[int] = []
    is_answered = threading.Event()

    def work(number: int) -> int:
        asked.append(number)
        if number:
            is_answered.wait()
            raise ModelUnreachable
        threading.Timer(0.05, is_answered.set).start()
        return number

    assert fan_out_records(work, range(100))[0] == 0
    assert len(asked) == 100


def test_records_that_are_refused_for_their_content_stop_nobody() -> None:
    def work(number: int) -> int:
        raise UnusableAnswer("not_json") if number < 40 else ModelFailed(400)

    asked = fan_out_records(work, range(60))
    assert [type(error) for error in asked] == [UnusableAnswer] * 40 + [ModelFailed] * 20


def test_every_reason_concerns_either_the_record_or_the_provider() -> None:
    assert set(FailureReason) == REASONS_ABOUT_RECORD | REASONS_ABOUT_PROVIDER
    assert not REASONS_ABOUT_RECORD & REASONS_ABOUT_PROVIDER


# Gateways in front of a model answer some refusals of a text with a status of their own, and some failures with 400.
@pytest.mark.parametrize("reason", FailureReason)
@pytest.mark.parametrize("status", [400, 403, 500])
def test_the_reason_decides_whether_other_records_are_asked(reason: FailureReason, status: int) -> None:
    asked: list[int] = []

    def work(number: int) -> int:
        asked.append(number)
        raise ModelFailed(status, reason)

    fan_out_records(work, range(100))
    assert (len(asked) == 100) is (reason in REASONS_ABOUT_RECORD)


def test_a_record_that_cannot_start_in_time_is_not_begun() -> None:
    begun: list[int] = []

    def work(number: int) -> int:
        begun.append(number)
        time.sleep(0.05)
        return number

    results = fan_out_records(work, range(200), start_by=time.monotonic() + 0.2)
    late = [result for result in results if isinstance(result, InsufficientTime)]
    assert len(begun) + len(late) == 200
    assert late
    assert results[0] == 0


def test_a_batch_without_any_answer_raises_what_may_pass_before_what_does_not() -> None:
    with pytest.raises(ModelUnreachable):
        ensure_any_answered([UnusableAnswer("not_json"), ModelUnreachable()])
    with pytest.raises(UnusableAnswer):
        ensure_any_answered([UnusableAnswer("not_json")])
    ensure_any_answered([UnusableAnswer("not_json"), "an answer"])
    ensure_any_answered([])


def test_a_single_result_is_given_or_raised() -> None:
    assert answered("an answer") == "an answer"
    with pytest.raises(ModelError):
        answered(ModelUnreachable())
