"""Register the operations of other apps at start, for views, jobs, replays and evaluations."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.utils.functional import cached_property
from rest_framework.serializers import Serializer

from inference import orchestrator
from inference.estimates import refuse_too_many_characters
from inference.operation import Operation
from inference.orchestrator import OperationRun, Write
from inference.runs.origin import CallOrigin
from tenants.rest.bodies import read_body
from tenants.rest.fields import ListField
from usage.ranking import register_rank

Body = dict[str, Any]
Checkpoint = Callable[[dict[str, Any], Sequence[Write]], None]
Result = TypeVar("Result")


@dataclass(frozen=True, kw_only=True)
class UseCase(Generic[Result]):
    """An operation with its request body, its function and its response.

    takes, gives: serializers of the body and of the answer. perform: runs the operation on a validated body. answer:
    makes the JSON answer of the result. records_key: the key of the body that holds its record or its records.
    text_keys: the keys of a record's text, the preferred one first. asks_once: whether all records go into one call, so
    that too much text is refused before the records are validated.
    check: refuses options that no record could be answered with, such as an unknown framework, before a batch begins.
    path: the path of its endpoint, below /v1/. summary: its line in the API documentation. operation_id: its name in
    the OpenAPI schema, if that is not the path.
    """

    operation: Operation
    takes: type[Serializer[Any]]
    gives: type[Serializer[Any]]
    perform: Callable[[OperationRun, Body], Result]
    answer: Callable[[OperationRun, Body, Result], dict[str, Any]]
    records_key: str = "feedback_record"
    text_keys: tuple[str, ...] = ("content",)
    asks_once: bool = False
    check: Callable[[Body], object] = lambda _: None
    path: str = ""
    summary: str = ""
    operation_id: str = ""

    @cached_property
    def takes_many(self) -> bool:
        """Return whether the body has a list of records, which are answered together."""
        return isinstance(self.takes().fields[self.records_key], ListField)

    def read(self, data: Mapping[str, Any]) -> Body:
        """Validate a body. Raises InvalidRequest, TooManyTokens."""
        if self.asks_once:
            refuse_too_many_characters(self._characters_of_records(data))
        return read_body(self.takes, data)

    def _characters_of_records(self, data: Mapping[str, Any]) -> int:
        """Count the characters of all records, which need not be valid. Blank records are not sent to a model."""
        records = data.get(self.records_key)
        if not isinstance(records, list):
            return 0
        texts = (self._text_of(record) for record in records if isinstance(record, dict))
        return sum(len(text) for text in texts if not text.isspace())

    def _text_of(self, record: Mapping[str, Any]) -> str:
        """Return "" where there is no text."""
        texts = (record.get(key) for key in self.text_keys)
        return next((text for text in texts if text and isinstance(text, str)), "")

    def carry_out(self, body: Body, origin: CallOrigin, checkpoint: Checkpoint | None = None) -> dict[str, Any]:
        """Run the operation on a validated body, and return the JSON answer. Raises what the orchestrator raises.

        checkpoint: stores the answer, together with what the operation wants written; for jobs.
        """
        records = body[self.records_key]
        with orchestrator.operation(
            self.operation,
            origin,
            records_count=len(records) if isinstance(records, list) else 1,
            wants_redaction=body.get("anonymize", True),
        ) as run:
            answer = self.answer(run, body, self.perform(run, body))
            if checkpoint:
                checkpoint(answer, run.take_writes())
            return answer


@dataclass(frozen=True, kw_only=True)
class V1UseCase(UseCase[Result]):
    """A use case of contract v1, whose endpoint may be shared with one of v2.

    shared_path: the path of the v2 endpoint. is_meant_by: whether a body there is one of v1. schema_names: the names of
    the two components of the OpenAPI schema that describe both bodies, and both answers.
    """

    shared_path: str = ""
    is_meant_by: Callable[[Mapping[str, Any]], bool] = lambda _: True
    schema_names: tuple[str, str] = ("", "")


_use_cases: dict[str, UseCase[Any]] = {}


def register_use_cases(use_cases: Iterable[UseCase[Any]]) -> None:
    """Register operations by name, with one use case of the current contract per operation."""
    for use_case in use_cases:
        operation = use_case.operation
        _use_cases[operation.name] = use_case
        register_rank(operation.name, operation.rank)


def use_case_named(name: str) -> UseCase[Any] | None:
    """Return the use case of an operation, None if no app registered one."""
    return _use_cases.get(name)


def registered_operations() -> tuple[Operation, ...]:
    return tuple(use_case.operation for use_case in _use_cases.values())
