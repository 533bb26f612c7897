"""Walk a model's parsed answer field by field."""

from collections.abc import Callable
from enum import Enum
from typing import Any, TypeVar, cast

from pydantic import BaseModel

Answer = TypeVar("Answer")


def with_texts(answer: Answer, change: Callable[[str], str]) -> Answer:
    """The same answer with every text in it changed; enumeration members, numbers and dictionary keys stay."""
    return cast(Answer, _changed(answer, change))


def _changed(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, Enum):
        return value
    if isinstance(value, str):
        return change(value)
    if isinstance(value, BaseModel):
        return value.model_copy(update={name: _changed(field, change) for name, field in value})
    if isinstance(value, list | tuple | set | frozenset):
        return type(value)(_changed(item, change) for item in value)
    if isinstance(value, dict):
        return {key: _changed(item, change) for key, item in value.items()}
    return value
