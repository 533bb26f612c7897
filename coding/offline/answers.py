"""Answers of the offline engine to the prompts of the coding room, by the name of the prompt.

The prompts that choose codes are not among them: with the offline model every strategy goes to the offline coder.
"""

from coding.offline.judging import judge_answer, scores_answer
from inference.offline.engine import OfflineAnswers, OfflinePrompt

Answer = dict[str, object]


def _judge_level(prompt: OfflinePrompt) -> Answer:
    return judge_answer(prompt.inside("candidate"), prompt.inside("path"), prompt.record)


def _judge_codes(prompt: OfflinePrompt) -> Answer:
    return scores_answer(prompt.inside("codes"), prompt.record)


ASSIGN_CODES: OfflineAnswers = {"judge_code": _judge_level, "judge_codes": _judge_codes}
