"""The operations of the rooms above, registered at start: views, jobs, replays and evaluations run them from here."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from rest_framework.serializers import Serializer

from inference import orchestrator
from inference.operation import Operation
from inference.orchestrator import CallOrigin, OperationRun
from tenants.rest.bodies import read_body
from usage.ranking import register_rank

Body = dict[str, Any]
Result = TypeVar("Result")


@dataclass(frozen=True)
class UseCase(Generic[Result]):
    """An operation with what it takes, how it runs and how its answer looks on the wire.

    takes: the serializer of the body. perform: runs the operation on a validated body. answer: makes the JSON answer
    of the result. records_key: the key of the body that holds its record or its records.
    """

    operation: Operation
    takes: type[Serializer[Any]]
    perform: Callable[[OperationRun, Body], Result]
    answer: Callable[[OperationRun, Body, Result], dict[str, Any]]
    records_key: str = "feedback_record"

    def read(self, data: Mapping[str, Any]) -> Body:
        """Validate a body that did not come over HTTP. Raises InvalidRequest."""
        return read_body(self.takes, data)

    def carry_out(self, body: Body, origin: CallOrigin) -> dict[str, Any]:
        """Run the operation on a validated body, and return the JSON answer. Raises what the orchestrator raises."""
        records = body[self.records_key]
        with orchestrator.operation(
            self.operation,
            origin,
            records_count=len(records) if isinstance(records, list) else 1,
            wants_redaction=body.get("anonymize", True),
        ) as run:
            return self.answer(run, body, self.perform(run, body))


_use_cases: dict[str, UseCase[Any]] = {}


def register_use_cases(use_cases: Iterable[UseCase[Any]]) -> None:
    """Make operations known by their names, one use case for each: the one of the current contract."""
    for use_case in use_cases:
        operation = use_case.operation
        _use_cases[operation.name] = use_case
        register_rank(operation.name, operation.rank)


def use_case_named(name: str) -> UseCase[Any] | None:
    """Return the use case of an operation, None where no room brought one."""
    return _use_cases.get(name)


def registered_operations() -> tuple[Operation, ...]:
    return tuple(use_case.operation for use_case in _use_cases.values())
