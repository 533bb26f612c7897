"""Parsed answers of models, and the model and prompt that they come from."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from inference.answers import Answer

AnswerT = TypeVar("AnswerT", bound=Answer)


@dataclass(frozen=True)
class Provenance:
    """model: the provider's name of the model that answered. prompt_version: the version of its prompt."""

    model: str
    prompt_version: str


@dataclass(frozen=True)
class Reply(Generic[AnswerT]):
    """A parsed answer with placeholders, and its provenance."""

    answer: AnswerT
    provenance: Provenance
