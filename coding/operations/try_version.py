"""Try a framework version on a pasted text: the text as the model saw it, the codes it chose, and the cost."""

import uuid
from dataclasses import dataclass, field
from decimal import Decimal

from coding.frameworks.tree import Tree, without_retired
from coding.models import FrameworkVersion, Strategy
from coding.operations.assign_codes import ASSIGN_CODES, STRATEGIES, strategy_in_use
from coding.strategies.policy import coding_choice
from coding.strategies.results import CodingLimits, CodingResult
from feedback.record_text import RecordText
from inference import orchestrator
from inference.fan_out import answered
from inference.runs.origin import CallOrigin
from tenants.models import Tenant
from tenants.scoping import current_tenant_id
from usage.models import LLMCall

MAX_CODES = 5


@dataclass(frozen=True)
class TryResult:
    """The result of a try.

    redacted: the text as a model sees it. could_identify: whether the text may identify a person without a name.
    tokens and cost_usd: of all model calls.
    """

    redacted: str = field(repr=False)
    could_identify: bool
    result: CodingResult
    strategy: Strategy
    calls: int
    tokens: int
    cost_usd: Decimal


def try_codes(*, version: FrameworkVersion, tree: Tree, text: str, user_id: uuid.UUID | None) -> TryResult:
    """Code a text by the policy of the tenant in scope, without storing an assignment.

    Raises InferenceError and RedactionError.
    """
    tenant = Tenant.objects.get(id=current_tenant_id())
    call_id = uuid.uuid4()
    origin = CallOrigin(tenant=tenant, call_id=call_id, actor_id=f"user:{user_id}", user_id=user_id)
    choice = coding_choice()
    strategy = strategy_in_use(choice.strategy)
    limits = CodingLimits(max_codes=MAX_CODES, uses_judge=choice.uses_judge)
    record = RecordText(id="", content=text)
    with orchestrator.operation(ASSIGN_CODES, origin, records_count=1, framework_version_id=version.id) as run:
        [result] = STRATEGIES[strategy](run, [record], without_retired(tree), limits)
        coded = answered(result)
        redacted = run.redact_again(text)
    calls = list(LLMCall.objects.filter(call_id=call_id))
    return TryResult(
        redacted=redacted,
        could_identify=run.redaction.could_identify > 0,
        result=coded,
        strategy=strategy,
        calls=len(calls),
        tokens=sum(call.input_tokens + call.output_tokens for call in calls),
        cost_usd=sum((call.cost_usd for call in calls), Decimal(0)),
    )
