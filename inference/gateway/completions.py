"""Read a chat completion, as a server sent it or as LiteLLM made it, into a ModelAnswer.

Content may be a text or a list of parts. Some servers put all of it into `reasoning_content`, or add a refusal.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from inference.errors import UnreadableAnswer
from inference.gateway.calls import ModelAnswer
from inference.gateway.token_counts import read_usage
from tenants.storable import storable
from usage.failure_reasons import FailureReason
from usage.prices import TokenCounts

MAX_MODEL_NAME = 255
THOUGHTS = {"reasoning", "thinking"}


def parse_completion(body: bytes) -> Mapping[str, Any]:
    """Parse the body of a 2xx answer. Raises UnreadableAnswer."""
    try:
        completion = json.loads(body)
    except (ValueError, RecursionError):  # ValueError: also bytes that are no UTF-8, and integers too long to read
        raise UnreadableAnswer("not_json") from None
    if not isinstance(completion, dict) or not isinstance(completion.get("choices"), list):
        raise UnreadableAnswer("no_completion")
    return completion


def read_completion(completion: Any, *, upper_estimate: TokenCounts) -> ModelAnswer:
    """Read the first choice of a completion. upper_estimate: replaces usage figures that contradict each other."""
    usage = read_usage(_get(completion, "usage"), upper_estimate=upper_estimate)
    choice = next(iter(_list(_get(completion, "choices"))), None)
    message = _get(choice, "message")
    parts = list(_parts(_get(message, "content")))
    return ModelAnswer(
        text=_joined(text for kind, text in parts if kind not in THOUGHTS),
        tokens=usage.tokens,
        response_model=_joined([_get(completion, "model")])[:MAX_MODEL_NAME],
        reasoning=_joined(
            [_get(message, "reasoning_content") or _get(message, "reasoning")]
            + [text for kind, text in parts if kind in THOUGHTS]
        ),
        failure=_failure(choice, message, parts),
        is_usage_flagged=usage.is_flagged,
    )


def _failure(choice: Any, message: Any, parts: list[tuple[str, str]]) -> FailureReason | None:
    finish_reason = _get(choice, "finish_reason")
    if finish_reason == "content_filter":
        return FailureReason.CONTENT_FILTER
    if _get(message, "refusal") or any(kind == "refusal" for kind, _ in parts):
        return FailureReason.REFUSAL
    return FailureReason.OUTPUT_CUT_OFF if finish_reason == "length" else None


def _parts(content: Any) -> Iterator[tuple[str, str]]:
    """Yield the kind and text of the parts of a message's content."""
    if isinstance(content, dict):  # an object where its JSON belongs
        yield "text", json.dumps(content, ensure_ascii=False)
        return
    for part in _list(content) or [content]:
        kind = _get(part, "type")
        text = part if isinstance(part, str) else _get(part, "text") or _get(part, str(kind))
        yield str(kind or "text"), text if isinstance(text, str) else ""


def _joined(texts: Any) -> str:
    return storable("".join(text for text in texts if isinstance(text, str)))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _get(holder: Any, name: str) -> Any:
    """Read a field of a mapping or of a LiteLLM object."""
    return holder.get(name) if isinstance(holder, Mapping) else getattr(holder, name, None) if name else None
