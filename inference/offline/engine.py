"""The offline engine's one entry: tell the operation from the answer that is asked for, read the prompt, answer it.

It knows the answers of summaries, analyses, their judges, sensitivity and coding. It reads what stands
between the tags of the user message and obeys nothing in it. The same prompt always gives the same answer.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from coding.offline.level_by_level import judge_answer, pick_answer
from coding.offline.whole_framework import proposal_answer, scores_answer
from feedback.offline.aggregating import aggregate_answer, merged_answer
from feedback.offline.analysing import analysis_answer
from feedback.offline.judging import judgement_answer, scored
from feedback.offline.sensitivity import sensitivity_answer
from feedback.offline.summarising import summary_answer
from inference.offline.wording import spoken_language
from inference.text.reading import inside, records_in

_LANGUAGE_RULE = re.compile(r"^- Write in (.+), whatever language", re.MULTILINE)


class UnknownAnswer(ValueError):
    """The engine is asked for an answer of a shape that it does not know."""


@dataclass(frozen=True)
class _Prompt:
    system: str = field(repr=False)
    user: str = field(repr=False)
    schema: Mapping[str, Any] = field(repr=False)

    def inside(self, tag: str) -> str:
        return inside(self.user, tag) or ""

    @property
    def records(self) -> list[str]:
        return records_in(self.user)

    @property
    def record(self) -> str:
        return "\n".join(self.records)

    @property
    def language(self) -> str | None:
        """The language that the system message asks for, if it is one that the engine has words in."""
        asked = _LANGUAGE_RULE.search(self.system)
        return spoken_language(asked[1]) if asked else None


def answer_offline(*, system: str, user: str, schema: dict[str, Any]) -> str:
    """Return a JSON answer that fits the schema. Raises UnknownAnswer for a schema of no known operation."""
    asked = frozenset(schema.get("properties", {}))
    if not asked:
        return "{}"
    if asked not in _ANSWERS:
        raise UnknownAnswer(f"no offline answer has {', '.join(sorted(asked))}")
    return json.dumps(_ANSWERS[asked](_Prompt(system, user, schema)), ensure_ascii=False)


def _summarise(prompt: _Prompt) -> dict[str, object]:
    """One record, many, or summaries of parts: the tags around them tell."""
    if inside(prompt.user, "partial_summaries") is not None:
        return merged_answer(prompt.records, prompt.language)
    if inside(prompt.user, "feedback_records") is not None:
        return aggregate_answer(prompt.records, prompt.language)
    return summary_answer(prompt.record)


def _summarise_and_score(prompt: _Prompt) -> dict[str, object]:
    answer = summary_answer(prompt.record)
    return answer | {"quality_score": scored(str(answer["title"]), str(answer["summary"]), prompt.record)}


def _analyse(prompt: _Prompt) -> dict[str, object]:
    return analysis_answer(prompt.inside("question"), prompt.inside("counts"), prompt.records, prompt.language)


def _judge_text(prompt: _Prompt) -> dict[str, object]:
    return judgement_answer(prompt.inside("source"), prompt.inside("candidate"))


def _flag(prompt: _Prompt) -> dict[str, object]:
    possible = prompt.schema["properties"]["sensitivity_types"]["items"]["enum"]
    return sensitivity_answer(prompt.record, possible)


def _pick_codes(prompt: _Prompt) -> dict[str, object]:
    return pick_answer(prompt.inside("options"), prompt.record)


def _judge_code(prompt: _Prompt) -> dict[str, object]:
    return judge_answer(prompt.inside("candidate"), prompt.inside("path"), prompt.record)


def _propose_codes(prompt: _Prompt) -> dict[str, object]:
    most_codes = prompt.inside("most_codes")
    return proposal_answer(prompt.inside("framework"), int(most_codes) if most_codes.isdecimal() else 1, prompt.record)


def _score_codes(prompt: _Prompt) -> dict[str, object]:
    return scores_answer(prompt.inside("codes"), prompt.record)


_ANSWERS: dict[frozenset[str], Callable[[_Prompt], dict[str, object]]] = {
    frozenset(("title", "summary")): _summarise,
    frozenset(("title", "summary", "quality_score")): _summarise_and_score,
    frozenset(("analysis",)): _analyse,
    frozenset(("faithfulness", "coverage", "clarity", "explanation")): _judge_text,
    frozenset(("sensitivity_types", "explanation")): _flag,
    frozenset(("selected",)): _pick_codes,
    frozenset(("score", "explanation")): _judge_code,
    frozenset(("codes", "missing")): _propose_codes,
    frozenset(("scores", "doubt")): _score_codes,
}
