"""Answers of a model about feedback records."""

from typing import Annotated, Any, Self

from pydantic import Field, WithJsonSchema, model_validator

from feedback.sensitivity import SensitivityType
from inference.answers import Answer, Share
from inference.errors import UnusableAnswer

FAITHFULNESS_WEIGHT, COVERAGE_WEIGHT, CLARITY_WEIGHT = 0.6, 0.3, 0.1

OwnScore = Annotated[Share | None, WithJsonSchema({"type": "number", "minimum": 0, "maximum": 1})]


class Summary(Answer):
    """A title and a summary, of one feedback record or of many."""

    title: str
    summary: str = Field(min_length=1)


class ScoredSummary(Summary):
    """A summary with the summariser's own score; a score that is missing or out of range is None."""

    quality_score: OwnScore = None

    @model_validator(mode="before")
    @classmethod
    def _drop_impossible_score(cls, value: Any) -> Any:
        if isinstance(value, dict):
            score = value.get("quality_score")
            is_share = isinstance(score, int | float) and not isinstance(score, bool) and 0 <= score <= 1
            return value | {"quality_score": score if is_share else None}
        return value


class QualityJudgement(Answer):
    """The quality of a summary or an analysis. The total is computed here, not by the model."""

    faithfulness: Share
    coverage: Share
    clarity: Share
    explanation: str = ""

    @property
    def quality_score(self) -> float:
        """0.6 faithfulness + 0.3 coverage + 0.1 clarity, from 0 to 1. Source: the contract, section 7."""
        total = (
            FAITHFULNESS_WEIGHT * self.faithfulness + COVERAGE_WEIGHT * self.coverage + CLARITY_WEIGHT * self.clarity
        )
        return round(total, 4)

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """Read a single number as all three scores."""
        is_number = isinstance(value, int | float)
        return cls(faithfulness=value, coverage=value, clarity=value) if is_number else cls.model_validate(value)


class Analysis(Answer):
    """Free text that answers an analyst's question."""

    analysis: str = Field(min_length=1)

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read plain text as the analysis, for models without JSON schemas."""
        is_broken_json = text.lstrip("\ufeff \n").startswith(("{", "[", "```"))
        if is_broken_json or not text.strip():
            raise UnusableAnswer("not_json")
        return cls(analysis=text.strip())


class Sensitivity(Answer):
    """The sensitive matters of a record. A record without any is not sensitive."""

    sensitivity_types: tuple[SensitivityType, ...]
    explanation: str = ""

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """Read an empty answer as no type."""
        return cls.model_validate(value or {"sensitivity_types": ()})
