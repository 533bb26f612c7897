"""What a model must return when it codes feedback records."""

from typing import Any, Self

from inference.answers import Answer, Share


class Pick(Answer):
    """Numbers of the options that fit, the best first."""

    selected: tuple[int, ...]

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """Read leniently: what is not a list of numbers picks nothing."""
        listed = value.get("selected") if isinstance(value, dict) else value
        return cls(selected=tuple(filter(_is_number, listed if isinstance(listed, list) else [listed])))

    @classmethod
    def from_text(cls, text: str) -> Self:
        return cls(selected=())

    def within(self, count: int) -> list[int]:
        """The picks that name one of so many options, each once, in the model's order."""
        return [number for number in dict.fromkeys(self.selected) if 0 <= number < count]


class LevelJudgement(Answer):
    """How well one code fits one record, and why."""

    score: Share
    explanation: str = ""

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """A model that answers with one bare number gives the score alone."""
        return cls(score=value) if isinstance(value, int | float) else cls.model_validate(value)


class ProposedCode(Answer):
    """One code that a model chose from the whole framework. Checked against record and framework afterwards.

    Names are short because every letter of an answer is paid for. id: as the prompt numbers codes, from 1. sure: the
    confidence, one a level, from the top. quote: evidence. why: the reason.
    """

    id: int
    sure: tuple[float, ...] = ()
    quote: str = ""
    why: str = ""


class CodeProposal(Answer):
    """What one call over the whole framework gives: codes, or none because none of these fits.

    missing: a name for what the framework lacks then.
    """

    codes: tuple[ProposedCode, ...]
    missing: str = ""


class CandidateScores(Answer):
    """An independent judge's scores of all candidates of a record, in their order. doubt: about the low ones."""

    scores: tuple[Share, ...]
    doubt: str = ""


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
