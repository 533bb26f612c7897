"""Writes that outlive a restart of PostgreSQL."""

import pytest
from django.db import IntegrityError, OperationalError, transaction

from tenants.postgresql.persistent import persistently


def failing(times: int, error: type[Exception], calls: list[int]) -> str:
    calls.append(1)
    if len(calls) <= times:
        raise error
    return "written"


@pytest.mark.usefixtures("database")
def test_a_write_is_tried_again_while_the_database_is_away() -> None:
    calls: list[int] = []
    assert persistently(lambda: failing(2, OperationalError, calls)) == "written"
    assert len(calls) == 3


@pytest.mark.usefixtures("database")
def test_a_write_is_given_up_after_its_time_and_at_once_for_another_error() -> None:
    calls: list[int] = []
    with pytest.raises(OperationalError):
        persistently(lambda: failing(9, OperationalError, calls), seconds=0)
    assert len(calls) == 1
    with pytest.raises(IntegrityError):
        persistently(lambda: failing(9, IntegrityError, []))


@pytest.mark.usefixtures("database")
def test_in_a_transaction_a_write_runs_once() -> None:
    calls: list[int] = []
    with pytest.raises(OperationalError), transaction.atomic():
        persistently(lambda: failing(9, OperationalError, calls))
    assert len(calls) == 1
