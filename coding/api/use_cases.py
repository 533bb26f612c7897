"""Run the coding operation for endpoints and jobs, contract v2: body, run, answer."""

from typing import Any

from coding.api.serializers import AssignCodesAnswerSerializer, AssignCodesSerializer, as_answer, as_limits
from coding.frameworks.versions import ChosenFramework, inline_framework, stored_framework
from coding.models import Strategy
from coding.operations.assign_codes import ASSIGN_CODES, assign_codes, strategy_in_use
from coding.strategies.policy import coding_choice
from coding.strategies.results import CodingResult
from feedback.api.serializers import as_record
from inference.orchestrator import OperationRun
from inference.registry import Body, UseCase


def _assign_codes(run: OperationRun, body: Body) -> CodingResult:
    judge = body["judge"]
    limits = as_limits(body, uses_judge=coding_choice().uses_judge if judge is None else judge)
    record = as_record(body["feedback_record"])
    return assign_codes(run, record, chosen_framework(body), limits, strategy=_strategy(body))


def _answer(run: OperationRun, body: Body, result: CodingResult) -> dict[str, Any]:
    return as_answer(result, _strategy(body), could_identify=run.redaction.could_identify > 0)


def _strategy(body: Body) -> Strategy:
    return strategy_in_use(Strategy(body["strategy"]) if body["strategy"] else coding_choice().strategy)


def chosen_framework(body: Body) -> ChosenFramework:
    """Return the stored framework that a body names, else the tree in the body. Raises NotFound."""
    if "framework_id" in body:
        return stored_framework(body["framework_id"], body["framework_version"])
    return inline_framework(body["coding_levels"])


USE_CASES: tuple[UseCase[Any], ...] = (
    UseCase(
        operation=ASSIGN_CODES,
        path="assign-codes",
        summary="One record, with a tree of any depth; or v1's list of records.",
        takes=AssignCodesSerializer,
        perform=_assign_codes,
        check=chosen_framework,
        answer=_answer,
        gives=AssignCodesAnswerSerializer,
    ),
)
