"""Parse the answers of language models. Every answer class of an operation inherits Answer."""

import functools
import json
import math
import re
import time
from collections.abc import Iterator
from typing import Annotated, Any, Self, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from inference.errors import OperationTimedOut, UnusableAnswer
from inference.redaction.answers import with_texts
from tenants.storable import is_storable, storable
from usage.failure_reasons import FailureReason

CODE_FENCE = re.compile(r"^\s*```[a-zA-Z]*\s*\n(.*?)\n?\s*```\s*$", re.DOTALL)

DECODER = json.JSONDecoder(strict=False)
MAX_BRACES = 64  # every brace may cost a scan of the whole text
# What both OpenAI and Azure OpenAI document for structured outputs, without titles and descriptions, which cost tokens.
STRICT_KEYWORDS = {"type", "enum", "items", "anyOf"}

AnswerT = TypeVar("AnswerT", bound="Answer")


def _refuse_truth(value: Any) -> Any:
    """Refuse booleans as numbers: Pydantic would read true as 1.0."""
    if isinstance(value, bool):
        raise PydanticCustomError("not_a_number", "a number is wanted")
    return value


Share = Annotated[float, Field(ge=0, le=1), BeforeValidator(_refuse_truth)]
"""A number from 0 to 1, as judges give it."""


class Answer(BaseModel):
    """Base of all answers. The model is asked for its JSON schema; additional properties are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    @classmethod
    def parse(cls, text: str, *, is_whole: bool = True, deadline: float = math.inf) -> Self:
        """Read a model's text. Raises UnusableAnswer, which contains none of the text, and OperationTimedOut.

        The text may be JSON, alone or in a code fence, or other text around a single object that fits.
        is_whole: False for a text that was cut off, which is not passed to from_text. deadline: by time.monotonic().
        """
        try:
            value = read_json(text)
        except UnusableAnswer as not_json:
            return cls._embedded(text, deadline) or cls._loosely(text, not_json, is_whole=is_whole)
        if isinstance(value, dict) and not cls._has_required(value):
            found = cls._embedded(text, deadline)
            if found is not None:
                return found
        try:
            return cls.from_json(value)
        except (UnusableAnswer, ValidationError) as error:
            return cls._embedded(text, deadline) or cls._loosely(text, _without_text(error), is_whole=is_whole)

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """Make the answer from parsed JSON. Subclasses override it to accept other forms. May raise either error."""
        return cls.model_validate(value)

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Make the answer from a text without fitting JSON. Raises UnusableAnswer unless a subclass overrides it."""
        raise UnusableAnswer("not_json")

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """Return the schema in the providers' strict form: all properties required, no additional ones allowed."""
        return _strict_schema(cls)

    @classmethod
    def _has_required(cls, value: dict[str, Any]) -> bool:
        return all(name in value for name, field in cls.model_fields.items() if field.is_required())

    @classmethod
    def _embedded(cls, text: str, deadline: float) -> Self | None:
        """Return the single object in a text that fits; None without one, or when several differ."""
        candidates = filter(cls._has_required, _embedded_objects(text, deadline))
        fitting = [answer for answer in map(cls._fitted, candidates) if answer is not None]
        return fitting[0] if fitting and all(answer == fitting[0] for answer in fitting) else None

    @classmethod
    def _fitted(cls, value: dict[str, Any]) -> Self | None:
        try:
            return cls.from_json(value)
        except (UnusableAnswer, ValidationError):
            return None

    @classmethod
    def _loosely(cls, text: str, error: UnusableAnswer, *, is_whole: bool) -> Self:
        try:
            if is_whole:
                return cls.from_text(text)
        except UnusableAnswer:
            pass
        raise error from None


def read_answer(
    answer: type[AnswerT], text: str, *, reasoning: str, failure: FailureReason | None, deadline: float
) -> AnswerT:
    """Parse the text that a model returned.

    reasoning: the model's reasoning, where some servers put the answer as well. failure: the provider's reason why the
    text is not an answer. Raises UnusableAnswer, OperationTimedOut.
    """
    if failure in {FailureReason.CONTENT_FILTER, FailureReason.REFUSAL}:
        raise UnusableAnswer("refused", failure)
    is_cut_off = failure is FailureReason.OUTPUT_CUT_OFF
    try:
        return answer.parse(text if text.strip() else reasoning, is_whole=not is_cut_off, deadline=deadline)
    except UnusableAnswer:
        if is_cut_off:  # some answers are whole, and only something behind them was cut off
            raise UnusableAnswer("cut_off", FailureReason.OUTPUT_CUT_OFF) from None
        raise


def read_json(text: str) -> Any:
    """Parse JSON, also behind a byte-order mark or inside a Markdown code fence. Raises UnusableAnswer.

    JSON escapes can contain NUL and lone surrogates, which PostgreSQL does not store. They are removed.
    """
    text = text.removeprefix("\ufeff")
    fenced = CODE_FENCE.match(text)
    try:
        value = json.loads(fenced.group(1) if fenced else text, strict=False)
    except (ValueError, RecursionError):  # ValueError: also an integer too long to read
        raise UnusableAnswer("not_json") from None
    return _storable(value)


def _embedded_objects(text: str, deadline: float) -> Iterator[dict[str, Any]]:
    """Yield the JSON objects in a text, including nested ones. Tries the first MAX_BRACES braces."""
    position = -1
    for _ in range(MAX_BRACES):
        position = text.find("{", position + 1)
        if position < 0:
            return
        if time.monotonic() > deadline:
            raise OperationTimedOut
        try:
            value, _ = DECODER.raw_decode(text, position)
        except (ValueError, RecursionError):
            continue
        yield _storable(value)


def _storable(value: Any) -> Any:
    return value if is_storable(value) else with_texts(value, storable)


def _without_text(error: UnusableAnswer | ValidationError) -> UnusableAnswer:
    return error if isinstance(error, UnusableAnswer) else UnusableAnswer(str(error.errors()[0]["type"]))


@functools.cache
def _strict_schema(answer: type[Answer]) -> dict[str, Any]:
    schema = answer.model_json_schema()
    strict: dict[str, Any] = _strict(schema, schema.get("$defs", {}))
    return strict


def _strict(node: Any, definitions: dict[str, Any]) -> Any:
    """Close every object, require all properties, inline references, and drop keywords that some providers refuse.

    Lengths, bounds and patterns are checked when the answer is parsed.
    """
    if isinstance(node, list):
        return [_strict(item, definitions) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return _strict(definitions[node["$ref"].rpartition("/")[2]], definitions)
    if "const" in node:
        node = {"type": node.get("type", "string"), "enum": [node["const"]]}
    closed = {key: _strict(value, definitions) for key, value in node.items() if key in STRICT_KEYWORDS}
    if "properties" in node:
        properties = {name: _strict(value, definitions) for name, value in node["properties"].items()}
        closed |= {"properties": properties, "required": list(properties), "additionalProperties": False}
    return closed
