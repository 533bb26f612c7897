"""Answers that a model must return when it codes feedback records."""

from typing import Any, Self

from inference.answers import Answer, Share


class Pick(Answer):
    """Numbers of the options that fit, the best first."""

    selected: tuple[int, ...]

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """Read any value that is not a list of numbers as an empty list."""
        listed = value.get("selected") if isinstance(value, dict) else value
        return cls(selected=tuple(filter(_is_number, listed if isinstance(listed, list) else [listed])))

    @classmethod
    def from_text(cls, text: str) -> Self:
        return cls(selected=())

    def within(self, count: int) -> list[int]:
        """Return the picks that name an option, without repetitions, in the model's order."""
        return [number for number in dict.fromkeys(self.selected) if 0 <= number < count]


class LevelJudgement(Answer):
    """A score from 0 to 1 for the fit of a code to a record, with the reason."""

    score: Share
    explanation: str = ""

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """Read a bare number as the score."""
        return cls(score=value) if isinstance(value, int | float) else cls.model_validate(value)


class ProposedCode(Answer):
    """A code that a model chose from the whole framework. It is checked against record and framework afterwards.

    id: number of the code in the prompt, from 1. sure: confidence for each level, from the top. quote: evidence. why:
    the reason. Names are short because the letters of an answer are paid for.
    """

    id: int
    sure: tuple[float, ...] = ()
    quote: str = ""
    why: str = ""


class CodeProposal(Answer):
    """Codes that one call over the whole framework chose, or none if none fits.

    missing: name of the code that the framework lacks.
    """

    codes: tuple[ProposedCode, ...]
    missing: str = ""


class CandidateScores(Answer):
    """A second model's scores for all candidates of a record, in their order. doubt: the reason for low scores."""

    scores: tuple[Share, ...]
    doubt: str = ""


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
