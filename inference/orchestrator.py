"""Run an operation: its checks, redaction, model calls and ledger rows.

    1 scope and policy   2 redact the records   3 render the prompt   4 estimate, refuse prompts over the limit
    5 open the ledger row   6 call the gateway within the deadline   7 validate the answer
    8 close the row in any case, restore the values that this operation may see

Every caller (endpoint, page, job, demo) runs an operation inside `with operation(...) as run`, which checks the scope
of the key, audits an unredacted call, and counts the findings of redaction. Inside it an operation redacts texts, asks
for answers and restores them. Chunking, merging and judging belong to the operation. No database connection is held
while a model is called.
"""

import math
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TypeAlias, TypeVar

from django.utils.functional import cached_property

from inference.catalogue import approved_model
from inference.connections import OFFLINE_MODEL, generation_connection, judge_connection
from inference.embeddings.embedder import TextKind, Vectors
from inference.errors import InferenceError, OperationNotAllowed
from inference.fan_out import RecordError, fan_out, fan_out_records
from inference.operation import Operation
from inference.privacy.counts import add_counts
from inference.prompting import Prompt, prompt_named
from inference.redaction import RedactionPolicy, RedactionSession, get_redactor
from inference.runs.embedding_calls import EmbeddingCalls, embedding_source
from inference.runs.ledger_rows import RunRows
from inference.runs.model_calls import ModelCalls
from inference.runs.origin import CallOrigin
from inference.runs.replies import AnswerT, Reply
from tenants.audit import record_event
from tenants.errors import Forbidden
from usage.errors import CeilingReached, UsageError
from usage.prices import TokenCounts

Write: TypeAlias = Callable[[], None]
Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True)
class OperationRun:
    """A running operation: its redaction session, its model calls and its ledger rows.

    writes: what the operation stores, which is written when it has its answer.
    """

    operation: Operation
    rows: RunRows
    redaction: RedactionSession = field(repr=False)
    is_redacting: bool = True
    writes: list[Write] = field(default_factory=list, repr=False)

    @property
    def origin(self) -> CallOrigin:
        return self.rows.origin

    @property
    def redaction_version(self) -> str:
        return self.rows.redaction_version

    @property
    def framework_version_id(self) -> uuid.UUID | None:
        return self.rows.framework_version_id

    def with_framework(self, version_id: uuid.UUID | None) -> "OperationRun":
        """Return the same run with the framework version that its ledger rows name from now on."""
        return replace(self, rows=replace(self.rows, framework_version_id=version_id))

    def redact(self, text: str) -> str:
        """Return the text with placeholders, escaped for the tags of a user message. Raises RedactionError."""
        return self.redaction.redact(text)

    def redact_record(self, text: str, metadata: Mapping[str, str] | None = None) -> str:
        """Redact a record's text, and line by line before it the metadata that the operation's prompts may contain."""
        visible = self.operation.visible_part(metadata or {})
        lines = [f"{name}: {self.redact(value)}" for name, value in visible.items()]
        return "\n".join([*lines, self.redaction.redact_record(text)])

    def redact_again(self, text: str) -> str:
        """Return the result of redact_record for a text without redacting or counting it again."""
        return self.redaction.redact(text, is_counted=False)

    def restore(self, answer: Result) -> Result:
        """Mask values that no record contains, then restore the values that the operation's caller may see."""
        masked = self.redaction.mask_answer(answer)
        return self.redaction.restore_answer(masked, self.operation.restored_except)

    def storable(self, text: str) -> str:
        """Return a part of a record or an answer in the form that may be stored, with placeholders.

        "" when nothing was redacted, and for a tenant that stores no results.
        """
        is_stored = self.is_redacting and self.origin.tenant.stores_records
        return self.redaction.mask(text, is_counted=False) if is_stored and text else ""

    # Django's, which has no lock: the one of functools is shared by all runs in Python 3.11, and a slow redaction would
    # hold up every other run. Before threads begin, fan_out sees to it that the note is there.
    @cached_property
    def tenant_note(self) -> str:
        """Return the tenant's note to its models, escaped for the tags of a user message."""
        return self.redact(self.origin.tenant.prompt_note)

    def prompt(self, name: str) -> Prompt:
        """Return the version of a prompt that this run uses."""
        return prompt_named(name)

    def halfway(self) -> float:
        """Return the middle of the time left, for a call that has to leave time for others. See give_up_at in ask."""
        return (time.monotonic() + self._calls().answer_by) / 2

    def ask(
        self, prompt: str, answer: type[AnswerT], *, step: str, give_up_at: float = math.inf, **variables: str
    ) -> Reply[AnswerT]:
        """Ask the generating model with the prompt of this name.

        give_up_at: by the monotonic clock. A call has eight seconds in any case.
        Raises ModelError after the last retry, ModelUnavailable, OperationTimedOut, TooManyTokens, ModelNotApproved.
        """
        calls = self._calls(give_up_at)
        return calls.ask(generation_connection(), self.prompt(prompt), answer, step, variables)

    def ask_judge(
        self, prompt: str, answer: type[AnswerT], *, step: str = "judge", give_up_at: float = math.inf, **variables: str
    ) -> Reply[AnswerT] | None:
        """Ask the judging model. Returns None when it failed or its answer is out of range."""
        try:
            return self._calls(give_up_at).ask(judge_connection(), self.prompt(prompt), answer, step, variables)
        except CeilingReached:  # the batch stops here, rather than go on without its judge
            raise
        except (InferenceError, UsageError):
            return None

    def work_offline(self, work: Callable[[], Result], *, step: str, version: str) -> Result:
        """Do work on this machine in place of a model, under the same policy and with a ledger row without cost.

        version: the version of the method, in place of a prompt's. Raises ModelNotApproved, BudgetExceeded.
        """
        closing = self.rows.open(
            model=OFFLINE_MODEL,
            upper_estimate=TokenCounts(),
            entry_id=approved_model(OFFLINE_MODEL).id,
            step=step,
            prompt_name=step,
            prompt_version=version,
        )
        try:
            result = work()
            closing.succeed(TokenCounts(), OFFLINE_MODEL)
            return result
        finally:
            closing.close()

    @property
    def can_embed(self) -> bool:
        """Return whether texts can be embedded: a model is configured, approved and readable."""
        return bool(self.embedding_source)

    @property
    def embedding_source(self) -> str:
        """Return the model that embeds texts, with its version, "" if there is none. Vectors of two differ."""
        return embedding_source()

    def embed(self, texts: Sequence[str], kind: TextKind) -> Vectors:
        """Return vectors of texts, which are redacted first, from the tenant's cache or the embedding model.

        Shape (texts, dimensions), of unit length. Every batch that is computed has a ledger row. What redaction finds
        is not counted: the records of a run are counted when they are redacted for its prompts.
        Raises EmbeddingsUnavailable, ModelNotApproved, ModelError, ModelUnavailable, OperationTimedOut, RedactionError.
        """
        is_stored = self.is_redacting and self.origin.tenant.stores_records
        return EmbeddingCalls(self._calls(), is_stored).embed(texts, kind)

    def fan_out(self, work: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
        """Do work for all items, several at a time, and return the results in order. Raises the first error."""
        return fan_out(self._with_note(work), items)

    def fan_out_records(self, work: Callable[[Item], Result], items: Sequence[Item]) -> list[Result | RecordError]:
        """Do work for all records, several at a time.

        A record that a model failed on, or that it did not answer in time, has the error as its result.
        """
        return fan_out_records(self._with_note(work), items, start_by=self._calls().answer_by)

    def write_later(self, write: Write) -> None:
        """Have rows written when the operation has its answer, and not at all when somebody else answered meanwhile."""
        self.writes.append(write)

    def take_writes(self) -> list[Write]:
        """Return what is to be written, for a caller that writes it together with the answer."""
        taken, self.writes[:] = list(self.writes), []
        return taken

    def _calls(self, give_up_at: float = math.inf) -> ModelCalls:
        return ModelCalls(self.operation, self.rows, self.redaction, give_up_at)

    def _with_note(self, work: Callable[[Item], Result]) -> Callable[[Item], Result]:
        """Redact the tenant's note before the threads start, and return the work unchanged."""
        _ = self.tenant_note  # threads that redact it at the same time would count its findings twice
        return work


@contextmanager
def operation(
    declared: Operation,
    origin: CallOrigin,
    *,
    records_count: int,
    wants_redaction: bool = True,
    framework_version_id: uuid.UUID | None = None,
) -> Iterator[OperationRun]:
    """Run an operation for the tenant in scope, from the check of the key's scope to the counts of redaction.

    wants_redaction: False is honoured only when the tenant's policy says so; see OperationRun.is_redacting.
    Raises Forbidden, OperationNotAllowed, RedactionError.
    """
    ensure_in_scope(declared, origin.scopes)
    if declared.name in origin.tenant.refused_operations:
        raise OperationNotAllowed
    policy = RedactionPolicy.from_dict(origin.tenant.redaction_policy)
    is_redacting = wants_redaction or not policy.may_be_switched_off
    deadline = time.monotonic() + declared.deadline_seconds
    rows = RunRows(
        operation=declared.name,
        origin=origin,
        redaction_version=policy.version if is_redacting else "off",
        records_count=records_count,
        deadline=deadline,
        framework_version_id=framework_version_id,
    )
    redaction = get_redactor().open_session(policy, deadline, is_redacting=is_redacting)
    run = OperationRun(declared, rows, redaction, is_redacting)
    if not is_redacting:
        _audit_unredacted(run)
    try:
        yield run
        for write in run.take_writes():
            write()
    finally:
        add_counts(declared.name, run.redaction)


def ensure_in_scope(declared: Operation, scopes: Sequence[str]) -> None:
    """Refuse a key whose scopes do not name the operation. Raises Forbidden."""
    if scopes and declared.name not in scopes:
        raise Forbidden(f"This key may not use {declared.name}")


def _audit_unredacted(run: OperationRun) -> None:
    record_event(
        tenant_id=run.origin.tenant.id,
        actor_id=run.origin.actor_id,
        action="redaction.switched_off",
        resource_type="operation",
        resource_id=run.operation.name,
        metadata={"call_id": str(run.origin.call_id), "records": run.rows.records_count},
    )
