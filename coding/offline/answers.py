"""How the offline engine answers the prompts of the coding room, by the name of the prompt."""

from coding.offline.level_by_level import judge_answer, pick_answer
from coding.offline.whole_framework import proposal_answer, scores_answer
from inference.offline.engine import OfflineAnswers, OfflinePrompt

Answer = dict[str, object]


def _pick(prompt: OfflinePrompt) -> Answer:
    return pick_answer(prompt.inside("options"), prompt.record)


def _judge_level(prompt: OfflinePrompt) -> Answer:
    return judge_answer(prompt.inside("candidate"), prompt.inside("path"), prompt.record)


def _propose(prompt: OfflinePrompt) -> Answer:
    max_codes = prompt.inside("most_codes")
    return proposal_answer(prompt.inside("framework"), int(max_codes) if max_codes.isdecimal() else 1, prompt.record)


def _score(prompt: OfflinePrompt) -> Answer:
    return scores_answer(prompt.inside("codes"), prompt.record)


ASSIGN_CODES: OfflineAnswers = {
    "pick_codes": _pick,
    "judge_code": _judge_level,
    "code_one_shot": _propose,
    "judge_codes": _score,
}
