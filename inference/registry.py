"""The operations that upper rooms bring: what the orchestrator has to know of each."""

from dataclasses import dataclass

from django.conf import settings


@dataclass(frozen=True)
class Operation:
    """A use case that calls a model.

    name: as the ledger and the usage endpoints have it. keeps: entity types whose placeholders stay in what the caller
    gets. deadline_setting: the setting with its deadline in seconds.
    """

    name: str
    keeps: frozenset[str] = frozenset()
    deadline_setting: str = "OPERATION_DEADLINE_SECONDS"

    @property
    def deadline_seconds(self) -> float:
        seconds: float = getattr(settings, self.deadline_setting)
        return seconds


_operations: dict[str, Operation] = {}


def register_operation(operation: Operation) -> Operation:
    """Make an operation known by its name."""
    _operations[operation.name] = operation
    return operation


def registered_operations() -> tuple[Operation, ...]:
    return tuple(_operations.values())
